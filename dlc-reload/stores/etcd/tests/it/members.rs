//! Members that are killed, stopped and cut off from each other.

use std::{
    thread,
    time::{Duration, Instant},
};

use dlc_reload::fleet::{Hint, Revision, Store};
use dlc_reload_etcd::Options;

use crate::cluster::{Cluster, Hints, SOON, until};

/// The time within which a member that is of no use is left for another one, and a busy machine shows it.
const NOTICED: Duration = Duration::from_secs(60);

/// Writes ten versions and reads each of them, and looks that the watch has heard of them.
fn goes_on(store: &dyn Store, hints: &Hints, round: u32) {
    for number in 0..10 {
        let key = format!("versions/{round}{number}");
        store.swap(&key, Revision::ABSENT, b"one").unwrap().unwrap();
        assert!(store.get(&key).unwrap().is_some());
        // No restart of the watch may hide one.
        hints.up_to(NOTICED, |hint| *hint == Hint::Changed);
    }
}

#[test]
fn the_leader_is_killed_and_nothing_is_missed() {
    let mut cluster = Cluster::start(3);
    let store = cluster.client();
    let hints = Hints::of(&store, "versions/");
    goes_on(&store, &hints, 1);
    let leader = cluster.leader();
    cluster.kill(leader);
    goes_on(&store, &hints, 2);
    let next = cluster.leader();
    assert_ne!(next, leader);
    cluster.run(leader);
    cluster.is_well();
    goes_on(&store, &hints, 3);
}

#[test]
fn the_own_member_is_killed_and_the_watch_goes_on_where_it_was() {
    let mut cluster = Cluster::start(3);
    let store = cluster.client();
    let hints = Hints::of(&store, "versions/");
    let (own, leader) = (cluster.watched().unwrap(), cluster.leader());
    // Written through another one, so that it is there before the watch is again.
    let other = cluster.client_of((own + 1) % 3);
    until("the other client is connected", || other.get("target").is_ok());
    cluster.kill(own);
    other.swap("versions/1", Revision::ABSENT, b"one").unwrap().unwrap();
    let seen = hints.up_to(NOTICED, |hint| *hint == Hint::Changed);
    // Without a leader nobody can tell.
    if own != leader {
        assert_eq!(seen, [Hint::Changed]);
    }
    assert_ne!(cluster.watched(), Some(own));
}

#[test]
fn the_own_member_stops_and_is_left() {
    let cluster = Cluster::start(3);
    let store = cluster.client_with(Options::new());
    let hints = Hints::of(&store, "versions/");
    let own = cluster.watched().unwrap();
    cluster.stop(own);
    let begun = Instant::now();
    // A call does not wait for the watch: it leaves after a third of its time.
    until("a call is answered", || store.swap("versions/1", Revision::ABSENT, b"one").is_ok());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    hints.up_to(NOTICED, |hint| *hint == Hint::Changed);
    cluster.go_on(own);
}

#[test]
fn a_member_without_its_peers_is_noticed_and_left() {
    let cluster = Cluster::start(3);
    let store = cluster.client();
    let hints = Hints::of(&store, "versions/");
    let own = cluster.watched().unwrap();
    let others: Vec<_> = (0..3).filter(|member| *member != own).collect();
    // The own one goes on to answer, and to open watches, without a leader.
    let opened = cluster.watches(own);
    others.iter().for_each(|other| cluster.stop(*other));
    let seen = hints.up_to(NOTICED, |hint| matches!(hint, Hint::CutOff(_)));
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(store.get("target").unwrap_err().to_string().contains("cannot be reached"));
    thread::sleep(Duration::from_secs(5)); // in which a client that does not wait comes back 45 times
    let tries = cluster.watches(own) - opened;
    assert!(tries <= 15, "{tries} tries to watch");

    others.iter().for_each(|other| cluster.go_on(*other));
    cluster.stop(own);
    let seen = hints.up_to(NOTICED, |hint| *hint == Hint::Back);
    assert_eq!(seen, [Hint::Back]);
    goes_on(&store, &hints, 1);
    cluster.go_on(own);
}

#[test]
fn a_member_that_is_removed_is_left() {
    // Without this, etcd removes none before all have been well for five seconds.
    let cluster = Cluster::start_with(3, "http", &["--strict-reconfig-check=false".into()]);
    let store = cluster.client();
    let hints = Hints::of(&store, "versions/");
    let own = cluster.watched().unwrap();
    let list = cluster.ctl(&["member", "list"]);
    let port = format!(":{},", cluster.members[own].client);
    let row = list.lines().find(|row| row.contains(&port)).unwrap();
    cluster.ctl(&["member", "remove", row.split(',').next().unwrap()]);
    goes_on(&store, &hints, 1);
    until("another one is watched", || cluster.watched().is_some_and(|member| member != own));
}

#[test]
fn a_store_that_is_not_there_yet_may_come() {
    let mut cluster = Cluster::start(1);
    cluster.kill(0);
    let begun = Instant::now();
    let store = cluster.client_with(Options::new());
    let error = store.get("target").unwrap_err();
    assert!(!error.is_refusal());
    let message = error.to_string();
    let member = format!("127.0.0.1:{}", cluster.members[0].client);
    assert!(message.starts_with(&format!(
        "cannot read `/dlc/coach/test/target`: etcd at {member} cannot be reached"
    )));
    assert!(message.contains("refused"), "{message}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    let (sender, hints) = std::sync::mpsc::channel();
    let _watch = store.watch("", Box::new(move |hint| drop(sender.send(hint))));
    assert!(matches!(hints.recv_timeout(NOTICED).unwrap(), Hint::CutOff(_)));
    cluster.run(0);
    assert_eq!(hints.recv_timeout(NOTICED).unwrap(), Hint::Back);
    store.swap("target", Revision::ABSENT, b"one").unwrap().unwrap();
    assert_eq!(hints.recv_timeout(SOON).unwrap(), Hint::Changed);
}
