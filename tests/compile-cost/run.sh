#!/usr/bin/env bash
# What the derive costs to compile, against serde's and those of other libraries.
#
# Writes a crate of 1,000 fields in 50 structs, every role among them, once for each set of derives. Prints the user
# seconds that each derive adds to a rebuild of that crate alone (the least of several runs, all sets in turn), for
# `cargo check`, a build, and a release build. `Reloadable`, schema included, should add at most 0.75 of what
# `Deserialize` adds.
#
# A second table is of the same structs with what real services have besides: each of the ten roots has a leaf of a type
# without a schema, a map of sections, and a section with a hook of its own that may come and go.
#
# The others: `Difference` of structdiff, `JsonSchema` of schemars, `Config` of confique. figment has no derive of its own: it
# reads into what derives `Deserialize`.
#
#     tests/compile-cost/run.sh [RUNS]      # 3 runs unless said otherwise
set -euo pipefail

runs=${1:-3}
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
confique = { version = "0.4", default-features = false }
dlc-reload = { path = "$root/dlc-reload" }
schemars = "1.2"
serde = { version = "1", features = ["derive"] }
structdiff = "0.7"
MANIFEST
cp "$root/Cargo.lock" "$work/Cargo.lock"

# One struct in five is a root of four others; 20 fields each. `library` is the one whose attributes stand on the fields.
# `kinds` is `real` for the second table.
source_for() {
    local derives=$1 library=$2 kinds=$3
    if [ "$kinds" = real ]; then
        echo "/// As a crate has it that knows nothing of schemas."
        echo "#[derive(Clone, Debug, PartialEq${derives/, dlc_reload::Reloadable/})]"
        echo "pub struct Foreign(u8);"
    fi
    local types=(u64 String bool "Vec<String>" f64 "Option<u32>")
    for struct in $(seq 0 49); do
        echo "/// Section $struct."
        echo "#[derive(Clone, Debug${derives})]"
        case $derives in *erialize*) echo "#[serde(deny_unknown_fields)]" ;; esac
        echo "pub struct S$struct {"
        for field in $(seq 0 19); do
            local type=${types[$((field % 6))]} mark=restart kind=$kinds$((struct % 5))-$field
            case $((field % 5)) in
            0) mark=hot ;;
            1) mark="hot, live" ;;
            2) [ "$type" = String ] && mark="restart, secret" ;;
            esac
            if [ $((struct % 5)) = 4 ] && [ "$field" -lt 4 ]; then
                type=S$((struct - 4 + field)) mark=nested
                [ "$field" = 3 ] && mark="restart, nested"
            fi
            case $kind in
            real4-4) type=Foreign mark=hot ;;
            real4-5) type="std::collections::BTreeMap<String, S$((struct - 4))>" mark="hot, entries" ;;
            real4-6) type="Option<S$((struct - 3))>" mark="nested, live, hook" ;;
            esac
            echo "    /// Field $field of section $struct."
            case $library$mark in
            reload*) echo "    #[reload($mark)]" ;;
            confique*nested) echo "    #[config(nested)]" ;;
            esac
            echo "    pub f$field: $type,"
        done
        echo "}"
    done
}

# The sets of derives: a name, the derives, and the library whose attributes they need.
sets=(
    "plain||"
    "Serialize|, serde::Serialize|"
    "Deserialize|, serde::Deserialize|"
    "both|, serde::Serialize, serde::Deserialize|"
    "Reloadable|, serde::Serialize, serde::Deserialize, dlc_reload::Reloadable|reload"
    "JsonSchema|, schemars::JsonSchema|"
    "PartialEq|, PartialEq|"
    "Difference|, PartialEq, structdiff::Difference|structdiff"
    "Config|, confique::Config|confique"
)

# Prints the user seconds of a rebuild with a set of derives, a command, and the kinds of fields.
rebuild() {
    local name derives library
    IFS='|' read -r name derives library <<<"$1"
    {
        case $library in structdiff) echo "#[allow(unused_imports)] use structdiff::StructDiff;" ;; esac
        source_for "$derives" "$library" "$3"
    } >"$work/src/lib.rs"
    local TIMEFORMAT=%U
    { time CARGO_INCREMENTAL=0 cargo $2 -q --offline --manifest-path "$work/Cargo.toml" \
        --target-dir "$target/target" >/dev/null 2>"$target/errors" || { cat "$target/errors" >&2; exit 1; }; } 2>&1
}

# Notes the least seconds of `command` for each of the sets that follow the kinds of fields, in `least`.
measure() {
    local kinds=$1 name seconds
    shift
    least=()
    rebuild "plain||" "$command" "$kinds" >/dev/null # builds the dependencies
    for _ in $(seq "$runs"); do
        for set in "$@"; do
            name=${set%%|*}
            seconds=$(rebuild "$set" "$command" "$kinds" | tail -1)
            if [ -z "${least[$name]:-}" ] || awk "BEGIN { exit !($seconds < ${least[$name]}) }"; then
                least[$name]=$seconds
            fi
        done
    done
}

: >"$work/src/lib.rs"
cargo fetch -q --manifest-path "$work/Cargo.toml"
declare -A least
echo "| user s added | Deserialize (figment) | Serialize | JsonSchema | structdiff | confique | Reloadable | Reloadable / Deserialize |"
echo "|---|---|---|---|---|---|---|---|"
for command in check build "build --release"; do
    measure plain "${sets[@]}"
    awk -v command="$command" -v plain="${least[plain]}" -v ser="${least[Serialize]}" \
        -v de="${least[Deserialize]}" -v both="${least[both]}" -v all="${least[Reloadable]}" \
        -v schema="${least[JsonSchema]}" -v eq="${least[PartialEq]}" -v diff="${least[Difference]}" \
        -v config="${least[Config]}" 'BEGIN {
        printf "| `cargo %s` | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", command, de - plain,
            ser - plain, schema - plain, diff - eq, config - plain, all - both, (all - both) / (de - plain)
    }'
done

echo
echo "| user s added, with what real services have | Deserialize | Reloadable | Reloadable / Deserialize |"
echo "|---|---|---|---|"
for command in check build "build --release"; do
    measure real "${sets[@]:0:5}"
    awk -v command="$command" -v plain="${least[plain]}" -v de="${least[Deserialize]}" \
        -v both="${least[both]}" -v all="${least[Reloadable]}" 'BEGIN {
        printf "| `cargo %s` | %.2f | %.2f | %.2f |\n", command, de - plain, all - both, (all - both) / (de - plain)
    }'
done
