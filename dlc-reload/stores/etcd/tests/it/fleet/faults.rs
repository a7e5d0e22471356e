//! Faults of etcd, of what is in it, and of nodes.

use std::{thread, time::Duration};

use dlc_reload::fleet::{
    Because, Desk, Document, Goal, NodeState, Outcome, Revision, SigningKey, Store as _,
};

use rustix::process::Signal;

use super::{Traffic, World, plan, process::KEY};
use crate::cluster::{SOON, until, until_within};

/// The time within which a node is back that was cut off: its tries are up to ten seconds apart.
const BACK_WITHIN: Duration = Duration::from_secs(90);

/// The time after which a node says that it is stale, and a margin.
const STALE_WITHIN: Duration = Duration::from_secs(90);

/// The time after which the state of a process that was killed has vanished.
const GONE_WITHIN: Duration = Duration::from_secs(120);

#[test]
fn without_the_store_a_node_starts_with_what_it_kept() {
    let mut world = World::new(1);
    let node = world.begin("n1", "").unwrap();
    world.state_of(SOON, "n1", |state| state.running == Some(1));
    node.end();
    world.cluster.kill(0);

    let refused = world.begin_at(&world.cluster.address(&[0]), "n2", "n2", "").unwrap_err();
    assert!(refused.contains("cannot start") && refused.contains("cannot be reached"), "{refused}");

    let node = world.begin("n1", "").unwrap();
    assert_eq!(node.rate(), 10);
    let sources = node.sources();
    assert!(sources.contains("stale"), "{sources}");
    until("its metric says so", || node.is_stale());
    follows(&mut world, &node);
}

#[test]
fn without_the_store_and_a_copy_a_node_starts_with_its_last_known_good() {
    let mut world = World::new(1);
    let options = "no-cache known-good";
    let node = world.begin("n1", options).unwrap();
    world.state_of(SOON, "n1", |state| state.running == Some(1));
    node.end();
    world.cluster.kill(0);

    let node = world.begin("n1", options).unwrap();
    assert_eq!(node.rate(), 10);
    assert!(node.log().contains("last known good"), "{}", node.log());
    let sources = node.sources();
    assert!(sources.contains("\"missing\""), "{sources}");
    until("its metric says so", || node.is_stale());
    follows(&mut world, &node);
}

/// Brings the store back, and waits until a node that started without it runs what comes then, and says so.
fn follows(world: &mut World, node: &super::Node) {
    world.cluster.run(0);
    world.cluster.is_well();
    let version = world.publish(20, "");
    world.desk.start(version, plan(), "a test").unwrap();
    let state = world.state_of(BACK_WITHIN, &node.name, |state| state.running == Some(version));
    assert_eq!(state.stale, None);
    assert_eq!(node.rate(), 20);
    until("it is fresh", || !node.sources().contains("stale") && !node.is_stale());
}

#[test]
fn without_the_store_a_node_goes_on_and_says_that_it_is_stale() {
    let mut world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let traffic = Traffic::to(&nodes);
    world.cluster.kill(0);
    until_within(STALE_WITHIN, &"its sources say so", || nodes[0].sources().contains("stale"));
    until("its metric says so", || nodes[0].is_stale());
    assert_eq!(nodes[0].rate(), 10);
    world.cluster.run(0);
    until_within(BACK_WITHIN, &"its sources say so", || !nodes[0].sources().contains("stale"));
    world.run(BACK_WITHIN, &nodes, 1);
    let version = world.promote(BACK_WITHIN, 20);
    world.run(SOON, &nodes, version);
    traffic.sees("it answers with it", |rate| rate == 20);
    assert_eq!(traffic.end(), [[10, 20]]);
}

#[test]
fn a_store_that_was_restored_from_a_backup_is_followed_and_told_of() {
    let mut world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let saved = world.cluster.folder.path().join("saved");
    let saved = saved.to_str().unwrap();
    world.cluster.ctl(&["snapshot", "save", saved]);
    world.promote(SOON, 20);
    let version = world.promote(SOON, 30);
    world.run(SOON, &nodes, version);
    world.cluster.restore(saved, "of-a-test");
    until("the older one is in force", || nodes[0].rate() == 10);
    // It tells of the trouble first, and then of what it runs.
    let told = |state: &NodeState| state.trouble.is_some() && state.running == Some(1);
    let state = world.state_of(BACK_WITHIN, "n1", told);
    assert!(state.trouble.unwrap().contains("was the store restored"));
    // Its versions are numbered on from there.
    assert_eq!(world.promote(BACK_WITHIN, 40), 2);
    until("it is in force", || nodes[0].rate() == 40);
}

#[test]
fn a_version_that_is_not_there_is_waited_for() {
    let world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let version = world.publish(20, "");
    let key = format!("versions/{version}");
    let bytes = world.store.get(&key).unwrap().unwrap().value;
    world.cluster.ctl(&["del", &format!("/dlc/coach/test/{key}")]);
    world.meddle("target", |target| target.replace("\"stable\":1", "\"stable\":2"));
    let state = world.state_of(SOON, "n1", |state| state.trouble.is_some());
    assert!(state.trouble.unwrap().contains("version 2"));
    assert_eq!((state.running, state.refused), (Some(1), None));
    assert_eq!(nodes[0].rate(), 10);
    world.store.swap(&key, Revision::ABSENT, &bytes).unwrap().unwrap();
    let state = world.state_of(BACK_WITHIN, "n1", |state| state.running == Some(2));
    assert_eq!(state.trouble, None);
}

#[test]
fn a_version_that_was_altered_is_never_applied() {
    let world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let traffic = Traffic::to(&nodes);
    let version = world.publish(20, "");
    world.meddle(&format!("versions/{version}"), |text| {
        let altered = text.replace("rate: 20", "rate: 29").replace("double: 40", "double: 58");
        assert_ne!(altered, text);
        altered
    });
    world.meddle("target", |target| target.replace("\"stable\":1", "\"stable\":2"));
    let state = world.state_of(SOON, "n1", |state| state.refused.is_some());
    assert_eq!(state.refused.unwrap().because, Because::Untrusted);
    assert_eq!(state.running, Some(1));
    assert_eq!(traffic.end(), [[10]]);
}

#[test]
fn a_version_that_another_key_has_signed_is_never_applied() {
    let other = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPf9CBrochgVYPxhS6rD9naXMzvp5qWJluO5ZWKi3k9A\n-----END PRIVATE KEY-----\n";
    let world = World::new(1);
    let publish = |key: &str, rate: u32| {
        let key = SigningKey::from_pem(key).unwrap();
        let text = format!("rate: {rate}\ndouble: {}\n", 2 * rate);
        let document = Document { name: "base.yaml".into(), text };
        let desk = Desk::new(world.store.clone(), "alice").sign_with(key);
        desk.publish(vec![document], "a test").unwrap()
    };
    let trusted = publish(KEY, 20);
    world.desk.start(trusted, plan(), "nobody is in sight").unwrap();
    let nodes = [world.begin("n1", "signed").unwrap()];
    world.run(SOON, &nodes, trusted);
    let traffic = Traffic::to(&nodes);
    let stable = |version: u64| format!("\"stable\":{version}");
    let forged = publish(other, 30);
    world.meddle("target", |target| target.replace(&stable(trusted), &stable(forged)));
    let state = world.state_of(SOON, "n1", |state| state.refused.is_some());
    let refused = state.refused.unwrap();
    assert_eq!((refused.version, refused.because), (forged, Because::Untrusted));
    assert_eq!(state.running, Some(trusted));
    assert_eq!(traffic.end(), [[20]]);
}

#[test]
fn a_node_that_was_away_goes_straight_to_the_last_version() {
    let world = World::new(1);
    let near = world.begin("n1", "").unwrap();
    let far = world.begin("n2", "").unwrap();
    world.state_of(SOON, "n2", |state| state.running == Some(1));
    far.end();
    let last = [20, 30, 40].map(|rate| world.promote(SOON, rate))[2];
    let far = [world.begin("n2", "").unwrap()];
    assert_eq!(far[0].rate(), 40);
    world.run(GONE_WITHIN, &far, last);
    assert_eq!(near.rate(), 40);
}

#[test]
fn a_second_process_of_a_name_is_not_taken_for_the_first() {
    let world = World::new(1);
    let first = [world.begin("n1", "").unwrap()];
    world.run(SOON, &first, 1);
    let process = world.overview().unwrap().nodes["n1"].state.process.clone();
    let second = world.begin_at(&world.cluster.address(&[0]), "n1", "second", "").unwrap();
    let version = world.promote(SOON, 20);
    // The state of the first changes, so that it lives. One that looks only later learns it when that outlives its end.
    let says = || second.log().contains("another process is node `n1`");
    until_within(GONE_WITHIN, &"the second says so", says);
    until("both run the version", || (first[0].rate(), second.rate()) == (20, 20));
    let state = world.state_of(SOON, "n1", |state| state.running == Some(version));
    assert_eq!(state.process, process);
    first.into_iter().for_each(super::Node::kill);
    world.state_of(GONE_WITHIN, "n1", |state| state.process != process);
}

#[test]
fn a_storm_of_hints_is_a_few_reads_and_the_last_pointer_wins() {
    let world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let versions = [20, 30].map(|rate| world.publish(rate, ""));
    // It comes at once, however long this machine takes to make it.
    nodes[0].signal(Signal::STOP);
    for round in 0..300 {
        let now = if round % 2 == 0 { "\"stable\":2" } else { "\"stable\":3" };
        world.meddle("target", |target| {
            target
                .replace("\"stable\":1", now)
                .replace("\"stable\":2", now)
                .replace("\"stable\":3", now)
        });
    }
    nodes[0].signal(Signal::CONT);
    let state = world.state_of(SOON, "n1", |state| state.running == Some(versions[1]));
    until("it is in force", || nodes[0].rate() == 30);
    assert!(state.generation < 100, "{} reloads", state.generation);
}

#[test]
fn a_lease_that_is_lost_during_a_long_hook_is_replaced() {
    let world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let version = world.publish(20, "slow: 40000"); // far longer than what it takes to renew a lease
    world.desk.start(version, plan(), "a test").unwrap();
    thread::sleep(Duration::from_secs(1)); // the hook runs
    let before = world.store.get("nodes/n1").unwrap().unwrap();
    let leases = world.cluster.ctl(&["lease", "list"]);
    for lease in leases.lines().skip(1) {
        world.cluster.ctl(&["lease", "revoke", lease]);
    }
    // It went with its lease, so what is there now was written again.
    let state = world.state_of(SOON, "n1", |_| true);
    assert_eq!(state.running, Some(1), "the hook still runs");
    assert!(world.store.get("nodes/n1").unwrap().unwrap().revision > before.revision);
    world.state_of(BACK_WITHIN, "n1", |state| state.running == Some(version));
    assert_eq!(nodes[0].rate(), 20);
}

#[test]
fn a_report_that_cannot_be_written_holds_nothing_up() {
    let world = World::new(1);
    let root = "/dlc/coach/test/";
    world.cluster.ctl(&["role", "add", "node"]);
    world.cluster.ctl(&["role", "grant-permission", "--prefix=true", "node", "read", root]);
    for (user, role) in [("root", "root"), ("node", "node")] {
        world.cluster.ctl(&["user", "add", &format!("{user}:secret")]);
        world.cluster.ctl(&["user", "grant-role", user, role]);
    }
    world.cluster.ctl(&["auth", "enable"]);
    let options = dlc_reload_etcd::Options::new().user("root", "secret");
    let store = std::sync::Arc::new(
        dlc_reload_etcd::Etcd::connect(&world.cluster.address(&[0]), options).unwrap(),
    );
    let desk = Desk::new(store.clone(), "alice");
    let world = World { cluster: world.cluster, store, desk };

    let node = world.begin("n1", "user").unwrap();
    let version = world.publish(20, "");
    world.desk.start(version, plan(), "nobody is in sight").unwrap();
    until("it is in force", || node.rate() == 20);
    assert!(world.overview().unwrap().nodes.is_empty());
    let grant = |key: &str| {
        let key = format!("{root}{key}");
        let grant = ["role", "grant-permission", "--prefix=true", "node", "readwrite", &key];
        world.cluster.ctl(&[&["--user=root:secret"][..], &grant].concat());
    };
    grant("nodes/");
    grant("schema/");
    world.state_of(BACK_WITHIN, "n1", |state| state.running == Some(version));
    let ending = world.desk.wait(Goal::Converged, SOON).unwrap();
    assert_eq!(ending.outcome, Outcome::Reached, "{ending:?}");
}
