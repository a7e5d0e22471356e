//! What is too large, and what is many.

use std::{thread, time::Instant};

use dlc_reload::fleet::{Revision, Store};

use crate::cluster::{Cluster, SOON};

#[test]
fn a_value_that_is_too_large_is_refused_with_the_limit() {
    let cluster = Cluster::start(1);
    let store = cluster.client();
    // One that etcd refuses, and one that does not get that far.
    for bytes in [1_600_000, 5_000_000] {
        let value = vec![b'x'; bytes];
        let error = store.swap("versions/1", Revision::ABSENT, &value).unwrap_err();
        assert!(error.is_refusal());
        let message = error.to_string();
        assert!(
            message.contains(&format!("write {bytes} bytes to `/dlc/coach/test/versions/1`")),
            "{message}"
        );
        assert!(message.contains("1.5 MiB"), "{message}");
    }
    // What a version may have fits.
    store.swap("versions/1", Revision::ABSENT, &vec![b'x'; 1 << 20]).unwrap().unwrap();
    assert_eq!(store.get("versions/1").unwrap().unwrap().value.len(), 1 << 20);
}

#[test]
fn ten_thousand_nodes_and_forty_large_versions_are_listed() {
    let cluster = Cluster::start(1);
    thread::scope(|scope| {
        for part in 0..8 {
            let store = cluster.client();
            scope.spawn(move || {
                for node in (part..10_000).step_by(8) {
                    let key = format!("nodes/n{node}");
                    store.swap(&key, Revision::ABSENT, &[b'x'; 600]).unwrap().unwrap();
                }
            });
        }
    });
    let store = cluster.client();
    let begun = Instant::now();
    let nodes = store.list("nodes/").unwrap();
    assert_eq!(nodes.len(), 10_000);
    assert!(nodes.contains_key("n0") && nodes.contains_key("n9999"));
    assert!(
        nodes.values().all(|entry| entry.value.len() == 600 && entry.revision > Revision::ABSENT)
    );
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    for number in 0..40 {
        let key = format!("versions/{number}");
        store.swap(&key, Revision::ABSENT, &vec![b'x'; 1 << 20]).unwrap().unwrap();
    }
    let versions = store.list("versions/").unwrap();
    assert_eq!(versions.len(), 40);
    assert!(versions.values().all(|entry| entry.value.len() == 1 << 20));
    // Their names alone are no forty megabytes.
    let before = cluster.sent(0);
    let mut keys = store.keys("versions/").unwrap();
    let sent = cluster.sent(0) - before;
    assert!((40..1 << 20).contains(&sent), "{sent} bytes");
    keys.sort_by_key(|key| key.parse::<u32>().unwrap());
    assert_eq!(keys, (0..40).map(|number| number.to_string()).collect::<Vec<_>>());
    // What only begins like it is another one.
    assert_eq!(store.list("versions/3").unwrap().len(), 11);
    assert_eq!(store.list("nothing/").unwrap().len(), 0);
}
