//! The store against real members of etcd, which are killed, stopped, restored and taken permissions from.
//!
//! `DLC_RELOAD_TEST_ETCD` names the folder with `etcd` and `etcdctl`; `tests/fleet/etcd.sh` gets them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod access;
mod calls;
#[allow(dead_code, reason = "the example `load` uses the rest")]
mod cluster;
mod fleet;
mod history;
mod leases;
mod members;
mod sizes;
