//! Values that vanish with their owner.

use std::{
    thread,
    time::{Duration, Instant},
};

use dlc_reload::fleet::{Lost, Store};
use dlc_reload_etcd::Options;

use crate::cluster::{Cluster, SOON, until};

/// The life of a value. Its lease is renewed after a third of it, or later on a busy machine.
const LIFE: Duration = Duration::from_secs(12);

/// The numbers of the leases of a cluster.
fn leases(cluster: &Cluster) -> Vec<String> {
    let listed = cluster.ctl(&["lease", "list"]);
    listed.lines().skip(1).map(str::to_owned).collect()
}

fn has(store: &dyn Store, key: &str, value: &[u8]) -> bool {
    store.get(key).unwrap().is_some_and(|found| found.value == value)
}

#[test]
fn values_are_kept_under_one_lease_until_their_owner_is_gone() {
    let cluster = Cluster::start(1);
    let (owner, reader) = (cluster.client(), cluster.client());
    owner.keep("nodes/n1", b"one", LIFE).unwrap().unwrap();
    owner.keep("nodes/n1", b"two", LIFE).unwrap().unwrap();
    owner.keep("controller", b"n1", LIFE).unwrap().unwrap();
    assert_eq!(leases(&cluster).len(), 1);
    thread::sleep(2 * LIFE); // it is renewed meanwhile
    assert!(has(&reader, "nodes/n1", b"two"));

    owner.release("controller").unwrap();
    assert_eq!(reader.get("controller").unwrap(), None);
    assert!(has(&reader, "nodes/n1", b"two"));

    drop(owner);
    let begun = Instant::now();
    until("the value has vanished", || reader.get("nodes/n1").unwrap().is_none());
    assert!(begun.elapsed() < 3 * LIFE, "{:?}", begun.elapsed());
}

#[test]
fn a_value_of_another_living_owner_stays() {
    let cluster = Cluster::start(1);
    let (first, second) = (cluster.client(), cluster.client());
    first.keep("nodes/n1", b"first", LIFE).unwrap().unwrap();
    assert_eq!(second.keep("nodes/n1", b"second", LIFE).unwrap(), Err(Lost));
    assert_eq!(second.keep("nodes/n1", b"second", LIFE).unwrap(), Err(Lost));
    // What it does not own it does not remove either.
    second.release("nodes/n1").unwrap();
    assert!(has(&second, "nodes/n1", b"first"));
    // The other way round, it is still the first's.
    first.keep("nodes/n1", b"again", LIFE).unwrap().unwrap();

    drop(first);
    until("the first has vanished", || second.keep("nodes/n1", b"second", LIFE).unwrap().is_ok());
    assert!(has(&second, "nodes/n1", b"second"));
}

#[test]
fn a_value_that_nobody_owns_is_taken_over() {
    let cluster = Cluster::start(1);
    let store = cluster.client();
    cluster.ctl(&["put", "/dlc/coach/test/nodes/n1", "by hand"]);
    store.keep("nodes/n1", b"one", LIFE).unwrap().unwrap();
    drop(store);
    let reader = cluster.client();
    until("it has vanished", || reader.get("nodes/n1").unwrap().is_none());
}

#[test]
fn a_lease_that_was_lost_is_replaced_with_all_its_values() {
    let cluster = Cluster::start(1);
    let (owner, reader) = (cluster.client(), cluster.client());
    owner.keep("nodes/n1", b"one", LIFE).unwrap().unwrap();
    owner.keep("controller", b"n1", LIFE).unwrap().unwrap();
    let before = reader.get("controller").unwrap().unwrap();
    cluster.ctl(&["lease", "revoke", &leases(&cluster)[0]]);
    // It went with its lease, so what is there now was written again.
    until("it is written again", || has(&reader, "nodes/n1", b"one"));
    until("both are", || has(&reader, "controller", b"n1"));
    assert!(reader.get("controller").unwrap().unwrap().revision > before.revision);

    // A write finds out by itself.
    cluster.ctl(&["lease", "revoke", &leases(&cluster)[0]]);
    owner.keep("nodes/n1", b"two", LIFE).unwrap().unwrap();
    assert!(has(&reader, "nodes/n1", b"two"));
    until("the other one is written again", || has(&reader, "controller", b"n1"));
}

#[test]
fn what_was_taken_over_meanwhile_is_not_taken_back() {
    let cluster = Cluster::start(1);
    let (first, second) = (cluster.client(), cluster.client());
    first.keep("controller", b"first", LIFE).unwrap().unwrap();
    first.keep("nodes/n1", b"first", LIFE).unwrap().unwrap();
    let lost = leases(&cluster);
    // Not by the end of the lease, which the first would find out: the value goes, and the lease after it.
    cluster.ctl(&["del", "/dlc/coach/test/controller"]);
    second.keep("controller", b"second", LIFE).unwrap().unwrap();
    cluster.ctl(&["lease", "revoke", &lost[0]]);
    until("the rest is written again", || has(&second, "nodes/n1", b"first"));
    thread::sleep(LIFE); // renewed at least once more by both
    assert!(has(&second, "controller", b"second"));
    assert_eq!(first.keep("controller", b"first", LIFE).unwrap(), Err(Lost));
}

#[test]
fn a_change_of_the_leader_ends_no_lease() {
    let mut cluster = Cluster::start(3);
    let store = cluster.client();
    store.keep("nodes/n1", b"one", LIFE).unwrap().unwrap();
    let born = |cluster: &Cluster| {
        let fields = cluster.ctl(&["get", "/dlc/coach/test/nodes/n1", "--write-out=fields"]);
        fields.lines().find(|line| line.contains("CreateRevision")).map(str::to_owned)
    };
    let before = born(&cluster);
    assert!(before.is_some());
    let leader = cluster.leader();
    cluster.kill(leader);
    cluster.leader();
    thread::sleep(2 * LIFE); // a lease that is not renewed would be over
    assert_eq!(born(&cluster), before);
    store.keep("nodes/n1", b"two", LIFE).unwrap().unwrap();
}

#[test]
fn what_could_not_be_written_or_removed_is_so_later() {
    let mut cluster = Cluster::start(1);
    let (store, reader) = (cluster.client_with(Options::new()), cluster.client());
    store.keep("nodes/n1", b"one", LIFE).unwrap().unwrap();
    store.keep("controller", b"n1", LIFE).unwrap().unwrap();
    cluster.kill(0);
    assert!(!store.keep("nodes/n1", b"two", LIFE).unwrap_err().is_refusal());
    assert!(!store.release("controller").unwrap_err().is_refusal());
    cluster.run(0);
    cluster.is_well();
    until("it is written", || has(&reader, "nodes/n1", b"two"));
    until("it is removed", || reader.get("controller").unwrap().is_none());
    thread::sleep(LIFE);
    assert!(has(&reader, "nodes/n1", b"two"));
    assert_eq!(reader.get("controller").unwrap(), None);
    assert!(SOON > LIFE);
}
