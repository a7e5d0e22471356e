#!/usr/bin/env bash
# Compares what the crates offer to others with the lists in `api.txt` of each: what went breaks users, what came is new.
# With `--write`, writes these lists. They are those of Linux. Reads the JSON of rustdoc, whose form changes with the
# compiler, so that is always the same one, which rustup gets; a newer one goes with a newer `public-api` in `Cargo.toml`.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."

compiler=1.95.0
if rustc --version | grep --quiet --fixed-strings "rustc $compiler "; then
    on=() # the compiler that is there
elif command -v rustup >/dev/null; then
    rustup run "$compiler" rustc --version >/dev/null 2>&1 ||
        rustup toolchain install "$compiler" --profile minimal --no-self-update
    on=("+$compiler")
else
    echo "left out: the list of what the crates offer is made by Rust $compiler, which rustup would get"
    exit 0
fi

target=${CARGO_TARGET_DIR:-$PWD/target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo "${on[@]}" build --quiet --locked --manifest-path tests/api/Cargo.toml --target-dir "$target/api"
list() { "$target/api/debug/api" "$1"; }

# Lists the features of a package.
features() {
    cargo metadata --format-version 1 --no-deps | python3 -c '
import json, sys
features = next(it["features"] for it in json.load(sys.stdin)["packages"] if it["name"] == sys.argv[1])
for name in sorted(features.keys() - {"default"}):
    print("feature", name, "(on by default)" if name in features.get("default", []) else "(off by default)")' "$1"
}

# Lists what is in the first list, and says what of it is not in the second one, which has the default features.
marked() {
    awk 'NR == FNR { by_default[$0]++; next }
         { print $0 (by_default[$0]-- > 0 ? "" : " (with a feature)") }
         END { for (line in by_default) if (by_default[line] > 0) print line " (by default alone)" }' "$2" "$1"
}

# Says what is in the first list alone and in the second alone. Fails if there is something.
compare() {
    comm -3 <(sort "$1") <(sort "$2") | sed -e 's/^\t/  adds: /; t' -e 's/^/  breaks: /' >"$work/differences"
    ! [ -s "$work/differences" ]
}

# An option of rustdoc that is not stable; its JSON lies beside the pages.
json=(-Z unstable-options --output-format json)

# The comparison finds what it should.
for version in before after; do
    RUSTC_BOOTSTRAP=1 rustdoc "${on[@]}" "${json[@]}" --edition 2024 --crate-name offered \
        --out-dir "$work/$version" "tests/api/$version.rs"
    list "$work/$version/offered.json" >"$work/$version.txt"
done
compare "$work/before.txt" "$work/before.txt"
if compare "$work/before.txt" "$work/after.txt"; then
    echo 'the comparison finds no difference where there is one'
    exit 1
fi
sort "$work/differences" | diff - tests/api/expected.txt

# Only rustdoc may know that it is to take unstable options: for cargo, it would be another compiler.
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc %s "$@"\n' "${on[*]}" >"$work/rustdoc"
chmod +x "$work/rustdoc"
# Lists what a package offers with the features that the other arguments of cargo switch on. They are those of this package
# alone: of several at once, cargo would add them up. The name that is new each time has rustdoc run each time: cargo would
# take the file of other features, which lies in the same place, for the one that it wants.
offered() {
    RUSTDOC=$work/rustdoc RUSTDOCFLAGS="${json[*]} --cfg listing_$$_$((++listings))" cargo "${on[@]}" doc --quiet --no-deps --lib --package "$@"
    list "$target/doc/${1//-/_}.json"
}

listings=0
failed=0
for folder in dlc-reload dlc-reload-derive dlc-reload/stores/etcd; do
    name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$folder/Cargo.toml" | head -n 1)
    offered "$name" >"$work/default.txt"
    offered "$name" --all-features >"$work/all.txt"
    { features "$name"; marked "$work/all.txt" "$work/default.txt"; } >"$work/now.txt"
    if [ "${1:-}" = --write ]; then
        cp "$work/now.txt" "$folder/api.txt"
    elif ! compare "$folder/api.txt" "$work/now.txt"; then
        echo "$folder/api.txt is not what $name offers:"
        cat "$work/differences"
        failed=1
    fi
done
# The search of the documentation finds what it is called elsewhere.
for name in arc-swap config-rs confique figment 'hot reload' IOptionsMonitor online_config refresh RefreshScope viper watch_config; do
    if ! grep --quiet --fixed-strings "doc(alias = \\\"$name\\\"" "$target/doc/dlc_reload.json"; then
        echo "no item has the search alias $name"
        exit 1
    fi
done
((failed)) && echo 'If that is meant, `tests/api/api.sh --write` writes it down, and CHANGELOG.md says it.'
exit $failed
