#!/usr/bin/env bash
# Compares schema and loader on the texts that the tests of the workspace load, and on nothing but these.
# Usage: tests/authors/agreement.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
DLC_RELOAD_TEST_WITNESSED=$folder cargo test --quiet -- --skip ui::
DLC_RELOAD_TEST_WITNESSES=$folder cargo test --test authors -- agreement:: witnessed:: --nocapture
