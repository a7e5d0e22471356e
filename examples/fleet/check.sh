#!/usr/bin/env bash
# Tests that `run.sh` shows what the README says, times and the node that controls the fleet aside.
set -euo pipefail
cd "$(dirname "$0")"

same() { sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z/TIME/; s/[0-9]{2}:[0-9]{2}Z \([^)]*\)/TIME/; s/controller on n[0-9]/controller on nX/; s/[0-9]+ of [0-9]+ requests/some requests/'; }
shown=$(./run.sh)
diff --unified <(sed -n '/^```text$/,/^```$/p' README.md | sed '1d;$d' | same) <(same <<<"${shown#$'\n'}")
printf 'examples/fleet: shown as the README says\n'
