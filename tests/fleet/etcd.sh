#!/usr/bin/env bash
# Tests the fleet on real members of etcd, which are killed, stopped, restored and taken permissions from: whole fleets
# and the store on etcd 3.5, and the store on 3.4 too. Installs the compiler of protocol buffers by `apt-get`, and takes
# etcd from Debian to `target/etcd`. What follows is for the test runner: `tests/fleet/etcd.sh members::`.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v protoc >/dev/null || missing+=(protobuf-compiler)
[ -e /usr/include/google/protobuf/any.proto ] || missing+=(libprotobuf-dev)
command -v faketime >/dev/null || missing+=(faketime)
command -v curl >/dev/null || missing+=(curl ca-certificates)
if ((${#missing[@]})); then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
fi

architecture=$(dpkg --print-architecture)
sums='
7eb67e305ba2ce523a5a0b29bf88750ded3f724769c7111a83382b7909f9977b  etcd-client_3.5.16-4_amd64.deb
0875921bb0d023f2af9b8e15cdfbe417a03e65731345fb832c40f9c2dd72967b  etcd-server_3.5.16-4_amd64.deb
56c3527045c4ddd0aca5a572897b9a72e43a015cb09a01c79acc08eda17904ca  etcd-client_3.5.16-4_arm64.deb
5e21469a4f59f1cb2ed7af9c6eb9dda7d9734809c011cfa8a39b34f82a161a32  etcd-server_3.5.16-4_arm64.deb
db3a484d5d924b50bf71f459ee544ecd7b11c25dc2f6becc0c50352d67299cc8  etcd-client_3.4.23-4+b4_amd64.deb
3a9445d4560ad6de1c375756b2a17d97713df44cbd20a658c871fe108af7ef5d  etcd-server_3.4.23-4+b4_amd64.deb
3f1bcd6d47e2c9eaa274c5bb2f7b2ebc090226dc10dde00e13e32d0b03d137d7  etcd-client_3.4.23-4+b4_arm64.deb
821e59be145fa42bd72b3e003d275640947c3d824b4c06b1ed2a01a631d555a1  etcd-server_3.4.23-4+b4_arm64.deb
'
for version in 3.5.16-4 3.4.23-4+b4; do
    folder=target/etcd/$version
    [ -e "$folder/usr" ] && continue
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    for package in server client; do
        file=etcd-${package}_${version}_$architecture.deb
        curl --fail --silent --show-error --location --retry 3 --output "$folder.new/$file" \
            "http://deb.debian.org/debian/pool/main/e/etcd/$file"
        (cd "$folder.new" && grep --fixed-strings --word-regexp "$file" <<<"$sums" | sha256sum --check --quiet)
        dpkg -x "$folder.new/$file" "$folder.new"
    done
    mv "$folder.new" "$folder"
done

on() {
    local version=$1
    shift
    printf -- '-- etcd %s\n' "$version"
    DLC_RELOAD_TEST_ETCD=$PWD/target/etcd/$version/usr/bin cargo test -p dlc-reload-etcd "$@"
}
on 3.5.16-4 -- "$@"
on 3.4.23-4+b4 --test it -- --skip fleet:: "$@"
# The page for the first fleet shows what comes.
(($#)) || DLC_RELOAD_TEST_ETCD=$PWD/target/etcd/3.5.16-4/usr/bin cargo test -p dlc-reload-docs --test followed -- fleet/
# The example shows what its page says, by the commands and the service as people have them.
(($#)) || examples/fleet/check.sh
