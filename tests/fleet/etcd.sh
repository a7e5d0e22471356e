#!/usr/bin/env bash
# Tests the fleet on real members of etcd, which are killed, stopped, restored and taken permissions from: whole fleets
# and the store on etcd 3.5, and the store on 3.4 too where it can be had. Installs the compiler of protocol buffers by
# `apt-get`, and takes etcd from Debian to `target/etcd`. What follows is for the test runner:
# `tests/fleet/etcd.sh members::`.
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
# Debian keeps a version until a later one takes its place; the other one keeps all that Debian ever had.
sites=(http://deb.debian.org/debian http://snapshot.debian.org/archive/debian/20261101T000000Z)

# Unpacks the packages in a folder, and gives it its name.
unpack() {
    local package
    for package in "$1.new"/*.deb; do dpkg -x "$package" "$1.new"; done
    rm -rf "$1"
    mv "$1.new" "$1"
}
# Gets a version of etcd; fails where no site has it.
get() {
    local folder=target/etcd/$1 package file site
    [ ! -e "$folder/usr" ] || return 0
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    for package in server client; do
        file=etcd-${package}_$1_$architecture.deb
        for site in "${sites[@]}"; do
            curl --fail --silent --show-error --location --retry 3 --output "$folder.new/$file" "$site/pool/main/e/etcd/$file" &&
                (cd "$folder.new" && grep --fixed-strings --word-regexp "$file" <<<"$sums" | sha256sum --check --quiet) &&
                continue 2
        done
        rm -rf "$folder.new"
        return 1
    done
    unpack "$folder"
}
# Gets the version that the Debian of this machine has, and prints it.
get_own() {
    local folder=target/etcd/own version
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    (cd "$folder.new" && apt-get download etcd-server etcd-client >&2) || return 1
    version=$(dpkg-deb --field "$folder.new"/etcd-server_*.deb Version)
    mv "$folder.new" "target/etcd/$version.new"
    unpack "target/etcd/$version"
    printf '%s' "$version"
}
new=3.5.16-4 old=3.4.23-4+b4
get "$new" || new=$(get_own)
case $new in
    3.4.*)
        printf 'etcd 3.5 cannot be had: no site has the one of this script, and the Debian of this machine has %s\n' "$new" >&2
        exit 1
        ;;
esac

on() {
    local version=$1
    shift
    printf -- '-- etcd %s\n' "$version"
    # Three tests at a time are nine members and some services, which keep a small machine busy.
    RUST_TEST_THREADS=3 \
    DLC_RELOAD_TEST_ETCD=$PWD/target/etcd/$version/usr/bin cargo test -p dlc-reload-etcd "$@"
}
on "$new" -- "$@"
if get "$old"; then
    on "$old" --test it -- --skip fleet:: "$@"
else
    printf -- '-- etcd 3.4 is left out: no site has %s for %s\n' "$old" "$architecture"
fi
# The page for the first fleet shows what comes.
(($#)) || DLC_RELOAD_TEST_ETCD=$PWD/target/etcd/$new/usr/bin cargo test -p dlc-reload-docs --test followed -- fleet/
# The example shows what its page says, by the commands and the service as people have them.
(($#)) || examples/fleet/check.sh
