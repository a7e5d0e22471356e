//! What the calls of a store promise, on etcd.

use std::time::Duration;

use dlc_reload::fleet::{Hint, Lost, Revision, Store};

use crate::cluster::{Cluster, Hints, SOON};

#[test]
fn a_key_is_changed_by_compare_and_swap_alone() {
    let cluster = Cluster::start(1);
    let store = cluster.client();
    assert_eq!(store.fleet(), "coach/test");
    assert_eq!(store.get("target").unwrap(), None);

    let first = store.swap("target", Revision::ABSENT, b"one").unwrap().unwrap();
    assert_eq!(store.swap("target", Revision::ABSENT, b"two").unwrap(), Err(Lost));
    let second = store.swap("target", first, b"two").unwrap().unwrap();
    assert!(second > first);
    assert_eq!(store.swap("target", first, b"three").unwrap(), Err(Lost));
    // Another one who writes the same has not written it for us.
    assert_eq!(store.swap("target", first, b"two").unwrap(), Err(Lost));

    let entry = store.get("target").unwrap().unwrap();
    assert_eq!((entry.value.as_slice(), entry.revision), (&b"two"[..], second));
    assert_eq!(cluster.ctl(&["get", "--print-value-only", "/dlc/coach/test/target"]), "two\n");
}

#[test]
fn a_watch_tells_of_its_prefix_alone() {
    let cluster = Cluster::start(1);
    let store = cluster.client();
    let hints = Hints::of(&store, "nodes/");
    store.swap("target", Revision::ABSENT, b"one").unwrap().unwrap();
    store.keep("nodes/n1", b"one", Duration::from_secs(10)).unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    store.release("nodes/n1").unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    assert_eq!(hints.come(), []);
}
