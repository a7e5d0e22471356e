#!/usr/bin/env bash
# Shows configuration files that name their schema to the language servers of editors. Needs Node.js 20.11 or newer; the
# servers come below `target/`.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/node.sh

root=$PWD
tools=$root/target/editors
mkdir -p "$tools"
if ! cmp --silent tests/authors/package-lock.json "$tools/package-lock.json" || ! [ -e "$tools/node_modules/.package-lock.json" ]; then
    cp tests/authors/package.json tests/authors/package-lock.json "$tools"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$tools"
fi

cargo build --quiet -p coach -p dlc-reload-tests --bin coach --example authored
target=${CARGO_TARGET_DIR:-$root/target}/debug
export COACH=$target/coach AUTHORED=$target/examples/authored TOOLS=$tools
exec node --test --test-reporter=spec --test-timeout=1200000 "$@" tests/authors/editors.mjs
