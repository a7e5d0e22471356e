//! Nodes that see other things than those around them: clocks that are wrong, histories that are cut short, permissions
//! that are gone, members of etcd without their peers, and pointers that change between two reads.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    Error, Loader, Reloader, SourceState,
    fleet::{Document, Fleet, Outcome},
};
use dlc_reload_etcd::Options;

use super::{
    Traffic, World,
    process::{Config, Hooks},
    timed,
};
use crate::cluster::{SOON, until, until_within};

/// The time within which a node says that it is stale: 30 seconds without contact, and a margin.
const STALE_WITHIN: Duration = Duration::from_secs(90);

/// The time within which a node is back that was cut off: its tries are up to ten seconds apart.
const BACK_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn clocks_that_are_wrong_by_a_day_change_no_bake_and_no_deadline() {
    let world = World::new(1);
    let clocks = [("n1", "clock=-1d"), ("n2", "clock=+1d"), ("n3", "")];
    let nodes = clocks.map(|(name, clock)| world.begin(name, clock).unwrap());
    world.run(SOON, &nodes, 1);
    let states = world.overview().unwrap().nodes;
    let apart = |early: &str, late: &str| {
        let since = |name: &str| states[name].state.since;
        since(late).duration_since(since(early)).unwrap()
    };
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(apart("n1", "n3") > day / 2 && apart("n3", "n2") > day / 2, "{states:?}");

    // Whichever of the three controls it: three bakes of three tenths of a second each, and no deadline has passed.
    let (ending, took) = timed(|| world.roll_out(SOON, 20, ""));
    assert_eq!(ending.outcome, Outcome::Reached, "{ending:?}");
    assert!(took >= Duration::from_millis(900), "{took:?}");
    world.run(SOON, &nodes, ending.version);
}

#[test]
fn a_history_that_was_compacted_while_a_node_was_cut_off_is_read_anew() {
    let mut world = World::new(3);
    let node = world.begin_at(&world.cluster.address(&[0]), "n1", "n1", "").unwrap();
    world.state_of(SOON, "n1", |state| state.running == Some(1));
    world.cluster.kill(0);
    until("the others have a leader", || world.overview().is_some());
    for rate in [20, 30] {
        let version = world.publish(rate, "");
        world.meddle("target", |target| {
            let before = format!("\"stable\":{}", version - 1);
            target.replace(&before, &format!("\"stable\":{version}"))
        });
    }
    let status = world.cluster.ctl(&["endpoint", "status", "--write-out=fields"]);
    let revision = status.lines().find_map(|line| line.strip_prefix("\"Revision\" : ")).unwrap();
    world.cluster.ctl(&["compact", "--physical", revision]);
    assert_eq!(node.rate(), 10);
    world.cluster.run(0);
    until_within(BACK_WITHIN, &"the last one is in force", || node.rate() == 30);
    world.state_of(BACK_WITHIN, "n1", |state| state.running == Some(3));
}

#[test]
fn a_node_whose_permission_was_taken_keeps_its_values_and_says_so() {
    let world = World::new(1);
    let ctl = |arguments: &[&str]| world.cluster.ctl(arguments);
    let as_root =
        |arguments: &[&str]| world.cluster.ctl(&[&["--user=root:secret"], arguments].concat());
    let grant =
        ["role", "grant-permission", "--prefix=true", "node", "readwrite", "/dlc/coach/test/"];
    ctl(&["role", "add", "node"]);
    ctl(&grant);
    for (user, role) in [("root", "root"), ("node", "node")] {
        ctl(&["user", "add", &format!("{user}:secret")]);
        ctl(&["user", "grant-role", user, role]);
    }
    ctl(&["auth", "enable"]);
    let node = world.begin("n1", "user").unwrap();
    assert_eq!(node.rate(), 10);
    until("it watches", || world.cluster.watched().is_some());

    // Its watch goes on, and its next read finds it out.
    as_root(&["role", "revoke-permission", "--prefix=true", "node", "/dlc/coach/test/"]);
    let get = as_root(&["get", "--print-value-only", "/dlc/coach/test/target"]);
    as_root(&["put", "/dlc/coach/test/target", get.trim()]);
    until_within(STALE_WITHIN, &"it says so", || node.sources().contains("permission denied"));
    assert_eq!(node.rate(), 10);
    as_root(&grant);
    let fresh = || !node.sources().contains("stale");
    until_within(BACK_WITHIN, &"it is back", fresh);
    assert_eq!(node.rate(), 10);
}

#[test]
fn a_member_without_its_peers_holds_up_a_node_only_until_they_are_back() {
    let world = World::new(3);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    let traffic = Traffic::to(&nodes);
    let own = world.cluster.watched().unwrap();
    for peer in (0..3).filter(|member| *member != own) {
        world.cluster.stop(peer);
    }
    // No member has a leader, so that there is nowhere to go: it says so, and keeps its values.
    until_within(STALE_WITHIN, &"it says so", || nodes[0].sources().contains("stale"));
    assert_eq!(nodes[0].rate(), 10);
    (0..3).filter(|member| *member != own).for_each(|peer| world.cluster.go_on(peer));
    until("they have a leader", || world.overview().is_some());
    let version = world.promote(BACK_WITHIN, 20);
    world.run(BACK_WITHIN, &nodes, version);
    traffic.sees("it answers with it", |rate| rate == 20);
    assert_eq!(traffic.end(), [[10, 20]]);
}

#[test]
fn a_pointer_that_changes_between_two_reads_mixes_no_two_versions() {
    let world = World::new(1);
    let nodes = [world.begin("n1", "").unwrap()];
    world.run(SOON, &nodes, 1);
    // Two documents of each: half of one version and half of the other would be seen by who asks.
    let versions = [20, 30].map(|rate| {
        let document = |name: &str, text: String| Document { name: name.to_owned(), text };
        let documents = vec![
            document("base.yaml", format!("rate: {rate}\n")),
            document("more.yaml", format!("double: {}\n", 2 * rate)),
        ];
        world.desk.publish(documents, "a test").unwrap()
    });
    let traffic = Traffic::to(&nodes);
    let stable = |version: u64| format!("\"stable\":{version}");
    for round in 0..200 {
        let to = stable(versions[round % 2]);
        world.meddle("target", |target| {
            [1, versions[0], versions[1]]
                .iter()
                .fold(target, |target, version| target.replace(&stable(*version), &to))
        });
        // So that some reads fall between two changes.
        thread::sleep(Duration::from_millis(5));
    }
    world.state_of(SOON, "n1", |state| state.running == Some(versions[1]));
    until("the last one is in force", || nodes[0].rate() == 30);
    let seen = traffic.end();
    assert!(seen[0].iter().all(|rate| [10, 20, 30].contains(rate)), "{seen:?}");
}

#[test]
fn nodes_that_return_together_spread_their_reads_over_the_splay() {
    const NODES: usize = 200;
    const SPLAY: Duration = Duration::from_secs(30);
    let mut world = World::new(1);
    // In this process: two hundred of the other kind would be measured, and not what they ask for.
    let load = |number: usize| {
        let store = world.cluster.client_with(Options::new());
        let fleet = Fleet::new(store, format!("n{number}")).splay(SPLAY);
        let fleet = fleet.control(false).build("1.0");
        Loader::<Config>::new().fleet(&fleet).load().map(|boot| (boot, fleet))
    };
    let start = |number: usize| -> Reloader<Config> {
        let mut loaded = load(number);
        // On a busy machine, the two seconds that it waits for the store may be over.
        until("it has begun", || {
            let is_late = |error: &Error| error.to_string().contains("no answer within");
            let again = loaded.as_ref().is_err_and(is_late);
            if again {
                loaded = load(number);
            }
            !again
        });
        let (boot, fleet) = loaded.unwrap();
        boot.reloader().hooks(Arc::new(Hooks)).fleet(fleet).start().unwrap()
    };
    let nodes: Vec<_> = (0..NODES).map(start).collect();
    until("all are in sight", || world.overview().is_some_and(|it| it.nodes.len() == NODES));
    let stale = |node: &Reloader<Config>| {
        node.status().sources.iter().any(|source| source.state == SourceState::Stale)
    };
    world.cluster.kill(0);
    until_within(STALE_WITHIN, &"all are stale", || nodes.iter().all(stale));

    world.cluster.run(0);
    world.cluster.is_well();
    let (mut before, mut seconds) = (world.cluster.reads(0), Vec::new());
    while nodes.iter().any(stale) {
        assert!(seconds.len() < 120, "not within two minutes: {seconds:?}");
        let begun = Instant::now();
        thread::sleep(Duration::from_secs(1));
        let reads = world.cluster.reads(0);
        // On a busy machine, it is more than a second.
        let length = u64::try_from(begun.elapsed().as_millis()).unwrap();
        seconds.push((reads - before) * 1000 / length);
        before = reads;
    }
    // A node reads two or three times, which is some 500 for all at once; calls that were under way when the store came
    // back are answered in the first second.
    let most = seconds.iter().max().unwrap();
    assert!(*most < NODES as u64, "{seconds:?}");
    println!("{NODES} nodes returned with these reads a second: {seconds:?}");
}
