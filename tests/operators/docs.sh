#!/usr/bin/env bash
# Checks docs/operators: that the names, the alert rules, the expressions and the dashboard are true of the metrics that
# tests/operators/metrics.txt and node_metrics.txt have. Needs node and npm, and installs promtool where it is absent.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/operators
mkdir -p "$out/types"
command -v promtool >/dev/null || { apt-get update && apt-get install -y prometheus; }
printf '%s\n' '{"private":true,"type":"module"}' >"$out/package.json"
npm install --prefix "$out" --no-save --no-audit --no-fund --loglevel=error @grafana/schema@13.2.3 typescript@5.9.3
cp tests/operators/docs/dashboard.ts "$out/types/dashboard.ts"

rm -rf "$out/broken"
node tests/operators/docs/generate.mjs "$out"

promtool check rules docs/operators/alerts.yml "$out/expressions.yml"
promtool test rules docs/operators/alerts.test.yml "$out/expressions.test.yml"

types() {
    "$out/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler "$@"
}
types "$out/dashboard.ts"
errors=$(types "$out"/broken/*.ts || true)
for file in "$out"/broken/*.ts; do
    grep -qF "$file(" <<<"$errors" || { printf 'the types take %s\n' "$file"; exit 1; }
done
printf 'docs/operators is true\n'
