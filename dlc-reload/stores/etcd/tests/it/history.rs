//! Histories that are cut short, or are another one.

use dlc_reload::fleet::{Hint, Revision, Store};

use crate::cluster::{Cluster, Hints, SOON};

#[test]
fn a_watch_whose_history_was_compacted_begins_anew() {
    let mut cluster = Cluster::start(3);
    let store = cluster.client_of(0);
    let other = cluster.client_of(1);
    let hints = Hints::of(&store, "");
    cluster.kill(0);
    for number in 0..5 {
        other.swap(&format!("versions/{number}"), Revision::ABSENT, b"one").unwrap().unwrap();
    }
    let last = other.get("versions/4").unwrap().unwrap().revision;
    cluster.ctl(&["compact", "--physical", &last.to_string()]);
    assert!(matches!(hints.next(SOON), Hint::CutOff(_)));
    cluster.run(0);
    assert_eq!(hints.up_to(SOON, |hint| *hint == Hint::Back).len(), 1);
    assert_eq!(store.list("versions/").unwrap().len(), 5);
    other.swap("target", Revision::ABSENT, b"one").unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
}

/// Writes, saves, writes more, and restores what was saved, with another token or the same.
fn restored(token: &str) {
    let mut cluster = Cluster::start(1);
    let store = cluster.client();
    let hints = Hints::of(&store, "");
    let mut target = store.swap("target", Revision::ABSENT, b"0").unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    let saved = cluster.folder.path().join("saved");
    cluster.ctl(&["snapshot", "save", saved.to_str().unwrap()]);
    for number in 1..=20 {
        target = store.swap("target", target, number.to_string().as_bytes()).unwrap().unwrap();
        // One by one: several may come as one. So it holds the last.
        assert_eq!(hints.next(SOON), Hint::Changed);
    }
    let before = cluster.client();

    cluster.restore(saved.to_str().unwrap(), token);
    let seen = hints.up_to(SOON, |hint| matches!(hint, Hint::Back | Hint::Changed));
    // It is back before anybody has missed it, or not.
    assert!(seen == [Hint::Changed] || seen.len() == 2, "{seen:?}");
    let found = store.get("target").unwrap().unwrap();
    assert_eq!(found.value, b"0");
    assert!(found.revision < target);
    // A watch that went on where it was would wait for revisions that are far ahead.
    let next = before.swap("target", found.revision, b"1").unwrap().unwrap();
    assert!(next < target);
    assert_eq!(hints.next(SOON), Hint::Changed);
}

#[test]
fn a_cluster_that_was_restored_is_watched_from_its_own_revision() {
    restored("of-a-test");
}

#[test]
fn a_cluster_that_was_restored_as_another_one_is_watched_from_its_own_revision() {
    restored("of-another-test");
}
