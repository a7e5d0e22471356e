#!/usr/bin/env bash
# Builds the documentation as docs.rs does, where items that need a feature say so, and looks whether they do.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Only rustdoc may know that it is to take unstable features: for cargo, it would be another compiler.
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n' >"$work/rustdoc"
chmod +x "$work/rustdoc"
RUSTDOC=$work/rustdoc RUSTDOCFLAGS='--cfg docsrs --deny warnings' \
    cargo doc --quiet -p dlc-reload --all-features --no-deps

pages=${CARGO_TARGET_DIR:-target}/doc/dlc_reload
for page in admin/index audit/index cli/index fleet/index testing/index webhooks/index \
    fn.block_on fn.garde struct.Excerpts struct.Systemd; do
    grep --quiet 'Available on .*crate feature' "$pages/$page.html" || { echo "$page does not say which feature it needs"; exit 1; }
done
