#!/usr/bin/env bash
# Asks the admin API what its OpenAPI document allows and what it does not, as nobody, as one who may read and as one who may
# operate: no answer may be a failure of the server, or another one than the document says. Needs Python; installs schemathesis
# below `target/`.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
fuzz=$root/target/fuzz
mkdir -p "$fuzz"
if ! [ -x "$fuzz/bin/schemathesis" ]; then
    python3 -m venv "$fuzz"
    "$fuzz/bin/pip" install --quiet 'schemathesis==4.32.5' 'openapi-spec-validator==0.9.0'
fi

cargo build --quiet -p dlc-reload-tests --example operated
coproc service { exec "${CARGO_TARGET_DIR:-$root/target}/debug/examples/operated"; }
# The service ends with its input.
trap 'exec {service[1]}>&-' EXIT
{ read -r url; read -r operate; read -r read; } <&"${service[0]}"

python3 - "$url/openapi.json" "$read" > "$fuzz/openapi.json" <<'PYTHON'
import sys, urllib.request
url, token = sys.argv[1:]
request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
sys.stdout.write(urllib.request.urlopen(request, timeout=60).read().decode())
PYTHON
"$fuzz/bin/openapi-spec-validator" "$fuzz/openapi.json"

for who in nobody reads operates; do
    case $who in
        nobody) header=() ;;
        reads) header=(--header "Authorization: Bearer $read") ;;
        operates) header=(--header "Authorization: Bearer $operate") ;;
    esac
    printf -- '-- %s\n' "$who"
    # The event stream has no end; a test reads it.
    cd "$fuzz" # where it leaves files
    "$fuzz/bin/schemathesis" --config-file "$root/tests/operators/fuzz.toml" run openapi.json --url "$url" \
        --exclude-path /events --phases examples,coverage,fuzzing --max-examples 20 --seed 16 \
        --request-timeout 60 --no-shrink --suppress-health-check too_slow "${header[@]}"
done
