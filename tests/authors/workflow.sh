#!/usr/bin/env bash
# Checks the workflows for pull requests against what GitHub takes. Needs Node.js; installs `action-validator` below `target/`.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=target/action-validator
[ -d "$tools/node_modules/@action-validator/cli" ] ||
    npm install --silent --no-fund --no-audit --prefix "$tools" @action-validator/core@0.6.0 @action-validator/cli@0.6.0
problems() { "$tools/node_modules/.bin/action-validator" "$1" 2>&1 | grep -v '^WARNING: Glob validation' || true; }

for workflow in docs/authors/config-plan.yml docs/authors/schema-diff.yml; do
    found=$(problems "$workflow")
    if [ -n "$found" ]; then
        printf '%s\n' "$found"
        exit 1
    fi
done

damaged=target/damaged-workflow.yml
sed 's/runs-on/run-on/' "$workflow" >"$damaged"
found=$(problems "$damaged")
if [[ $found != *"'run-on' is not allowed"* ]]; then
    echo 'a damaged workflow is not noticed'
    exit 1
fi
