#!/usr/bin/env bash
# Looks at the page of the admin API with a real browser. Needs Node.js 20.11 or newer and
# Chromium; the packages that drive it come below `target/`.
# With `--screenshots FOLDER` it takes pictures of the page instead, in both themes and two widths.
set -euo pipefail
if [ "${1:-}" = --screenshots ]; then
    mkdir -p "$2"
    SCREENSHOTS=$(realpath "$2")
    export SCREENSHOTS
    set -- --test-name-pattern='^screenshots'
fi
cd "$(dirname "$0")/../.."
. tests/node.sh

root=$PWD
tools=$root/target/page
mkdir -p "$tools"
if ! [ -d "$tools/node_modules/@axe-core/playwright" ]; then
    npm install --silent --no-audit --no-fund --prefix "$tools" 'playwright-core@1.65.1' '@axe-core/playwright@4.13.0'
fi
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)

cargo build --quiet -p dlc-reload-tests --example paged
export SERVICE=${CARGO_TARGET_DIR:-$root/target}/debug/examples/paged TOOLS=$tools BROWSER=$browser
exec node --test --test-reporter=spec --test-timeout=1200000 "$@" tests/operators/page.mjs
