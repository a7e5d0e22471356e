#!/usr/bin/env bash
# A fleet on this machine: one member of etcd and five nodes, which get a good version, one with a typo, and one that makes them ill.
# It takes about a minute, keeps everything below a folder of its own, and leaves nothing behind.
#
# It needs etcd and the compiler of protocol buffers, and says how to get them.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-$PWD/target}

# --- what it needs -------------------------------------------------------------------------------------------------------------

etcd=$(command -v etcd || true)
for found in target/etcd/*/usr/bin/etcd; do
    # As tests/fleet/etcd.sh gets it. The last one is the latest.
    if [ -x "$found" ]; then etcd=$found; fi
done
if [ -z "$etcd" ] || ! command -v protoc >/dev/null; then
    cat >&2 <<'NEEDED'
This example needs etcd, and the compiler of protocol buffers to build its client.
  Debian, Ubuntu: apt install etcd-server protobuf-compiler libprotobuf-dev
  macOS:          brew install etcd protobuf
NEEDED
    exit 1
fi
cargo build --quiet -p coach -p dlc-reload-command --features coach/fleet,dlc-reload-command/etcd
PATH=$target/debug:$PATH

# --- a member of etcd and five nodes -------------------------------------------------------------------------------------------

folder=$(mktemp -d)
processes=()
finish() {
    local process
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

# Asks until it is so, for two minutes.
until_it_is() {
    local end=$((SECONDS + 120))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { printf 'waited in vain: %s\n' "$*" >&2; exit 1; }
        sleep 0.1
    done
}

# A pair of ports that nobody has: those above the ones that the system gives to programs that do not care.
port=$((20000 + RANDOM % 5000 * 2))
peer=http://127.0.0.1:$((port + 1))
"$etcd" --data-dir "$folder/etcd" --listen-client-urls "http://127.0.0.1:$port" --advertise-client-urls "http://127.0.0.1:$port" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" >"$folder/etcd.log" 2>&1 &
processes+=($!)
until_it_is curl --silent --fail "http://127.0.0.1:$port/health"

store=etcd://127.0.0.1:$port/coach/dev
for node in n1 n2 n3 n4 n5; do
    coach --config examples/fleet/node.yaml --fleet "$store" --node "$node" \
        --fleet-cache "$folder/$node" >"$folder/$node.log" 2>&1 &
    processes+=($!)
done
declare -A url
started() { grep -q 'listening on' "$folder/$1.log"; }
for node in n1 n2 n3 n4 n5; do
    until_it_is started "$node"
    url[$node]=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$folder/$node.log")
done

export DLC_RELOAD_STORE=$store DLC_RELOAD_BY=alice
# Asks etcd for what lies below a key of the fleet.
below() {
    local from to
    from=$(printf '/dlc/coach/dev/%s/' "$1" | base64) to=$(printf '/dlc/coach/dev/%s0' "$1" | base64)
    curl --silent "http://127.0.0.1:$port/v3/kv/range" --data "{\"key\": \"$from\", \"range_end\": \"$to\", \"count_only\": true}"
}
# All nodes have told that they are there, and what their build takes.
are_told() { below schema | grep -q '"count"' && below nodes | grep -q '"count":"5"'; }
until_it_is are_told

# --- what is shown -------------------------------------------------------------------------------------------------------------

say() { printf '\n# %s\n' "$*"; }
# Prints a command and runs it. That it fails is part of what is shown.
run() {
    printf '$'
    local word
    for word; do [[ $word == *' '* ]] && printf " '%s'" "$word" || printf ' %s' "$word"; done
    printf '\n'
    local code=0
    "$@" 2>&1 || code=$?
    [ "$code" = 0 ] || printf '(exit code %s)\n' "$code"
}
# Asks every node for the better greeting, again and again, and writes down what it answers. One process asks all of them: on a
# machine that is busy, each would ask so seldom that three failures in two seconds are not to be had.
ask() {
    local node each=()
    for node in "${!url[@]}"; do
        each+=(--next --silent --output /dev/null --write-out "$node %{http_code}\n" "${url[$node]}/api/v2/greet/Ada")
    done
    while :; do
        curl "${each[@]:1}"
        sleep 0.02
    done >>"$folder/answers"
}
# Says which nodes have failed to answer since it was asked last.
failures() {
    local failed
    failed=$(awk '$2 != 200 { print $1 }' "$folder/answers" | sort -u | paste -sd ' ')
    : >"$folder/answers"
    if [ -n "$failed" ]; then failed="some, all at $failed"; fi
    printf 'requests that failed: %s\n' "${failed:-none}"
}

versions=examples/fleet/versions
plan=examples/fleet/plan.yaml

say 'Five nodes, which run what their own file says.'
run dlc-reload fleet status

say 'A good version.'
run dlc-reload fleet publish $versions/1-good/coach.yaml -m 'the better greeting'
run dlc-reload fleet start 1 --plan $plan -m 'the better greeting'
run dlc-reload fleet wait --for converged

say 'From here on somebody asks all of them for that greeting, all the time. Another good version: nothing fails.'
: >"$folder/answers"
ask &
processes+=($!)
run dlc-reload fleet publish $versions/2-longer/coach.yaml -m 'fewer logins'
run dlc-reload fleet start 2 --plan $plan -m 'fewer logins'
run dlc-reload fleet wait --for converged
failures

say 'A typo. Publishing it is refused, since the nodes have told what they take.'
run dlc-reload fleet publish $versions/3-typo/coach.yaml -m 'why are logins slow?'

say 'Published all the same, it comes as far as the first node.'
run dlc-reload fleet publish $versions/3-typo/coach.yaml -m 'why are logins slow?' --unchecked
run dlc-reload fleet start 3 --plan $plan -m 'why are logins slow?'
run dlc-reload fleet wait
run dlc-reload fleet status
run dlc-reload fleet abort -m 'a typo'
failures

say 'A version that every node takes, and that makes them ill: it takes away what clients still ask for.'
run dlc-reload fleet publish $versions/4-ill/coach.yaml -m 'nobody asks for v2 any more'
run dlc-reload fleet start 4 --plan $plan -m 'nobody asks for v2 any more'
run dlc-reload fleet wait
run dlc-reload fleet abort -m 'somebody does'
run dlc-reload fleet status
failures

say 'What was done.'
run dlc-reload fleet log
run dlc-reload fleet versions
run dlc-reload fleet diff 2 4
