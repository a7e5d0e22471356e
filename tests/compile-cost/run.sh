#!/usr/bin/env bash
# What the derive costs to compile, against serde's.
#
# Writes a crate of 1,000 fields in 50 structs, every role among them, three times: with
# `Clone, Debug`, with `Serialize` or `Deserialize` besides, and with `Reloadable` on top of both.
# Prints the user seconds that a rebuild of that crate alone takes (the least of several runs), and
# what each derive adds. `Reloadable`, schema included, should cost no more than `Deserialize`.
#
#     tests/compile-cost/run.sh [RUNS]      # 5 runs unless said otherwise
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}/compile-cost
work=$target/crate
mkdir -p "$work/src"

cat >"$work/Cargo.toml" <<MANIFEST
[package]
name = "cost"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
dlc-reload = { path = "$root/dlc-reload" }
serde = { version = "1", features = ["derive"] }
MANIFEST
cp "$root/Cargo.lock" "$work/Cargo.lock"

# One struct in five is a root of four others; 20 fields each.
source_for() {
    local derives=$1 reload=$2 serde=$3
    local types=(u64 String bool "Vec<String>" f64 "Option<u32>")
    echo "#![allow(dead_code)]"
    for struct in $(seq 0 49); do
        echo "/// Section $struct."
        echo "#[derive(Clone, Debug${derives})]"
        [ "$serde" ] && echo "#[serde(deny_unknown_fields)]"
        echo "pub struct S$struct {"
        for field in $(seq 0 19); do
            local type=${types[$((field % 6))]} mark=restart
            case $((field % 5)) in
            0) mark=hot ;;
            1) mark="hot, live" ;;
            2) [ "$type" = String ] && mark="restart, secret" ;;
            esac
            if [ $((struct % 5)) = 4 ] && [ "$field" -lt 4 ]; then
                type=S$((struct - 4 + field)) mark=nested
                [ "$field" = 3 ] && mark="restart, nested"
            fi
            echo "    /// Field $field of section $struct."
            [ "$reload" ] && echo "    #[reload($mark)]"
            echo "    pub f$field: $type,"
        done
        echo "}"
    done
}

# The least user seconds of a rebuild.
measure() {
    local best=
    for _ in $(seq "$runs"); do
        touch "$work/src/lib.rs"
        TIMEFORMAT=%U
        local seconds
        seconds=$({ time CARGO_INCREMENTAL=0 cargo build -q --offline \
            --manifest-path "$work/Cargo.toml" --target-dir "$target/target" >/dev/null; } 2>&1 | tail -1)
        if [ -z "$best" ] || awk "BEGIN { exit !($seconds < $best) }"; then best=$seconds; fi
    done
    echo "$best"
}

variant() {
    {
        echo "#[allow(unused_imports)] use serde::{Deserialize, Serialize};"
        [ "$2" ] && echo "use dlc_reload::Reloadable;"
        source_for "$1" "$2" "$3"
    } | sed '/^#!\[allow/d' >"$work/src/lib.rs"
    measure
}

variant "" "" "" >/dev/null # builds the dependencies
plain=$(variant "" "" "")
serialize=$(variant ", Serialize" "" yes)
deserialize=$(variant ", Deserialize" "" yes)
both=$(variant ", Serialize, Deserialize" "" yes)
all=$(variant ", Serialize, Deserialize, Reloadable" yes yes)

awk -v plain="$plain" -v ser="$serialize" -v de="$deserialize" -v both="$both" -v all="$all" 'BEGIN {
    printf "Clone, Debug              %.2f s\n", plain
    printf "  + Serialize            +%.2f s\n", ser - plain
    printf "  + Deserialize          +%.2f s\n", de - plain
    printf "  + both                 +%.2f s\n", both - plain
    printf "  + both and Reloadable  +%.2f s, of which Reloadable %.2f s\n", all - plain, all - both
    printf "Reloadable / Deserialize  %.2f\n", (all - both) / (de - plain)
}'
