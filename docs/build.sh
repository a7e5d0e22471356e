#!/usr/bin/env bash
# Builds the book below `target/book`, with mdBook, which it installs below `target/mdbook`.
set -euo pipefail
cd "$(dirname "$0")/.."

mdbook=target/mdbook/bin/mdbook
if ! "$mdbook" --version 2>/dev/null | grep -q '0\.5\.4'; then
    cargo install --quiet mdbook --version 0.5.4 --locked --no-default-features --features search \
        --root target/mdbook --target-dir target/mdbook/build
    rm -rf target/mdbook/build
fi
# What mdBook only warns of is an error here.
"$mdbook" build docs 2>&1 | tee target/mdbook/log
if grep -E 'WARN|ERROR' target/mdbook/log; then
    echo 'the book was not built as it should be'
    exit 1
fi
# mdBook copies whatever lies beside the pages.
rm -rf target/book/{tests,Cargo.toml,lib.rs,build.sh,book.toml}
# The playground of Rust does not have this crate.
if grep --recursive --files-with-matches --include='*.html' 'class="playground"' target/book; then
    echo 'these pages have a button that runs an example where it cannot run'
    exit 1
fi
printf 'the book: %s\n' "$PWD/target/book/index.html"
