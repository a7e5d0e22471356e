//! Versions on their way to the nodes.

use std::time::{Duration, SystemTime};

use dlc_reload::{
    Reloadable, Trigger, Verdict,
    fleet::{Because, Goal, Hints, Outcome, Phase, Store as _, Trial},
};

use super::fixture::{Config, ILL, LONG, World, plan};

#[test]
fn a_good_version_reaches_all_nodes_and_each_tells_where_it_is_from() {
    let world = World::new();
    let nodes: Vec<_> = (1..=5).map(|number| world.start(&format!("n{number}"))).collect();
    world.promote("rate: 50");
    let version = world.promote("rate: 60");
    for (number, node) in (1..).zip(&nodes) {
        let state = world.runs(&format!("n{number}"), version);
        assert_eq!((state.build.as_str(), state.drift), ("1.0.0", vec![]));
        assert_eq!(node.config.load().rate, 60);
        assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50, 60]);
    }
    let status = nodes[0].reloader.status();
    let rate = status.fields.iter().find(|field| field.key.to_string() == "rate").unwrap();
    assert_eq!(rate.origin.to_string(), "base.yaml@2:1:7");
    let source = status.sources.iter().find(|source| &*source.name == "fleet").unwrap();
    assert_eq!(source.version.as_deref(), Some("2"));
    let report = status.last_report.unwrap();
    let trigger = report.trigger().to_string();
    assert!(trigger.starts_with("remote (rollout r2, stage "), "{trigger}");
    assert!(trigger.ends_with(" for alice"), "{trigger}");
    assert_eq!(world.engine.client().list("schema/").unwrap().len(), 1);
}

#[test]
fn a_typo_is_stopped_at_the_first_node_with_its_key_and_line() {
    let world = World::new();
    let nodes: Vec<_> = (1..=5).map(|number| world.start(&format!("n{number}"))).collect();
    let good = world.promote("rate: 50");
    let ending = world.roll_out("rate: 60\nmotdd: hello");
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let (name, refused) = {
        let overview = world.desk.overview().unwrap();
        let refused: Vec<_> =
            overview.refused().map(|(name, it)| (name.to_owned(), it.clone())).collect();
        assert_eq!(refused.len(), 1, "{refused:?}");
        refused[0].clone()
    };
    let problem = &refused.problems[0];
    assert_eq!(problem.place.as_deref(), Some("base.yaml@2:2:1"));
    assert!(problem.message.contains("unknown key"), "{problem:?}");
    assert!(nodes.iter().all(|node| *node.rates.seen.lock().unwrap() == [7, 50]));
    assert_eq!(world.runs(&name, good).refused.unwrap().because, Because::Rejected);

    // The node is as it was: a change of its own file counts.
    let node = &nodes[name[1..].parse::<usize>().unwrap() - 1];
    assert_eq!(world.edit(&name, node, "{rate: 7, motd: new}"), Verdict::Applied);
    assert_eq!((&*node.config.load().motd, node.config.load().rate), ("new", 50));
}

#[test]
fn a_version_that_makes_ill_is_taken_back_through_the_hooks() {
    let world = World::new();
    let nodes: Vec<_> = (1..=3).map(|number| world.start(&format!("n{number}"))).collect();
    let good = world.promote("rate: 50");
    let ending = world.roll_out(&format!("rate: {ILL}"));
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let overview = world.desk.overview().unwrap();
    let (name, refused) = overview.refused().next().unwrap();
    assert_eq!(refused.because, Because::Ill);
    assert!(refused.problems[0].message.contains("requests fail"), "{refused:?}");
    world.runs(name, good);
    let ill: Vec<_> =
        nodes.iter().filter(|node| node.rates.seen.lock().unwrap().contains(&ILL)).collect();
    assert_eq!(ill.len(), 1);
    assert_eq!(*ill[0].rates.seen.lock().unwrap(), [7, 50, ILL, 50]);

    world.desk.abort("it made a node ill").unwrap();
    world.promote("rate: 70");
    assert!(nodes.iter().all(|node| node.config.load().rate == 70));
}

#[test]
fn an_abort_takes_the_candidate_back() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    let (second, mut held) = (world.publish("rate: 60"), plan());
    held.stages[0].bake = LONG.into();
    world.desk.start(second, held, "a test").unwrap();
    world.runs("n1", second);
    world.desk.abort("no").unwrap();
    world.runs("n1", 1);
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50, 60, 50]);
}

#[test]
fn a_node_that_was_away_for_three_versions_goes_straight_to_the_last_one() {
    let world = World::new();
    let (near, far) = (world.start("n1"), world.start("n2"));
    world.promote("rate: 50");
    far.client.cut_off("no cable");
    world.engine.advance(Duration::from_secs(60));
    // The controller promotes none of them before the desk does.
    let mut held = plan();
    held.stages[0].bake = LONG.into();
    for rate in [60, 70, 80] {
        let version = world.publish(&format!("rate: {rate}"));
        world.desk.start(version, held.clone(), "a test").unwrap();
        world.desk.promote("in a hurry").unwrap();
    }
    world.runs("n1", 4);
    assert_eq!(far.config.load().rate, 50, "it goes on with what it has");
    far.client.mend();
    world.runs("n2", 4);
    assert_eq!(*far.rates.seen.lock().unwrap(), [7, 50, 80]);
    assert_eq!(near.config.load().rate, 80);
}

#[test]
fn versions_arrive_though_hints_are_doubled() {
    let world = World::new();
    world.engine.hints(Hints::Doubled);
    let node = world.start("n1");
    world.promote("rate: 50");
    world.promote("rate: 60");
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50, 60]);
}

#[test]
fn a_pinned_node_keeps_its_version_and_a_frozen_fleet_changes_nothing() {
    let world = World::new();
    let (pinned, other) = (world.start("n1"), world.start("n2"));
    world.promote("rate: 50");
    world.desk.pin("n1", 1, "looking into it").unwrap();
    world.promote("rate: 60");
    world.runs("n2", 2);
    assert_eq!((pinned.config.load().rate, other.config.load().rate), (50, 60));
    let until = SystemTime::now() + Duration::from_secs(600);
    world.desk.freeze(until, "a holiday").unwrap();
    world.desk.unpin("n1", "done").unwrap();
    let other = world.restart("n2", other);
    assert_eq!((pinned.config.load().rate, other.config.load().rate), (50, 60));
    world.desk.unfreeze("it is over").unwrap();
    world.runs("n1", 2);
    assert_eq!(*pinned.rates.seen.lock().unwrap(), [7, 50, 60]);
}

#[test]
fn what_waits_for_a_restart_is_told_and_gone_after_it() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("{rate: 50, port: 1}");
    let state = world.runs("n1", 1);
    assert_eq!((state.pending, node.config.load().port), (vec!["port".to_owned()], 0));
    let node = world.restart("n1", node);
    let state = world.wait("n1", "without pending", |state| state.pending.is_empty());
    assert_eq!((state.running, node.config.load().port), (Some(1), 1));
}

#[test]
fn a_plan_that_holds_waits_for_the_restart() {
    let world = World::new();
    let node = world.start("n1");
    let mut holds = plan();
    holds.restart = dlc_reload::fleet::Restart::Hold;
    // The restart may take longer than a node has that was killed.
    holds.max_lost = Some(1);
    world.desk.start(world.publish("{rate: 50, port: 1}"), holds, "a test").unwrap();
    world.wait("n1", "waiting", |state| state.pending == ["port"] && state.trial == Trial::Proved);
    let (_, target) = world.desk.target().unwrap();
    assert_eq!(target.rollout.unwrap().phase, Phase::Running);
    let _node = world.restart("n1", node);
    assert_eq!(world.desk.wait(Goal::Promoted, LONG).unwrap().outcome, Outcome::Reached);
}

#[test]
fn a_missing_version_is_trouble_and_no_refusal() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    let version = world.publish("rate: 60");
    let client = world.engine.client();
    let text = client.get("versions/2").unwrap().unwrap().value;
    world.engine.remove("versions/2");
    // The desk does not point to what is not there.
    let (revision, mut target) = world.desk.target().unwrap();
    (target.stable, target.rollout) = (Some(version), None);
    client.swap("target", revision, &serde_json::to_vec(&target).unwrap()).unwrap().unwrap();
    let is_so = |state: &_| {
        let state: &dlc_reload::fleet::NodeState = state;
        state.trouble.as_deref() == Some("missing version 2")
    };
    let state = world.wait("n1", "in trouble", is_so);
    assert_eq!((state.running, state.refused), (Some(1), None));
    client.swap("versions/2", Default::default(), &text).unwrap().unwrap();
    let state = world.runs("n1", 2);
    assert_eq!((state.trouble, node.config.load().rate), (None, 60));
}

#[test]
fn an_altered_version_is_refused_and_never_applied() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    let version = world.publish("rate: 60");
    let client = world.engine.client();
    let entry = client.get("versions/2").unwrap().unwrap();
    let altered = String::from_utf8(entry.value).unwrap().replace("60", "61");
    client.swap("versions/2", entry.revision, altered.as_bytes()).unwrap().unwrap();
    let (revision, mut target) = world.desk.target().unwrap();
    target.pins.insert("n1".to_owned(), version);
    client.swap("target", revision, &serde_json::to_vec(&target).unwrap()).unwrap().unwrap();
    world.refuses("n1", 2, Because::Untrusted);
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50]);
}

#[test]
fn an_override_is_told_as_drift_and_so_is_what_another_source_sets() {
    let world = World::new();
    let (fleet, client) = world.member("n1");
    let loader = world.loader(&fleet).set("motd", "from the command line");
    let node = world.start_with(fleet, client, loader).unwrap();
    world.promote("{rate: 50, motd: fleet}");
    world.wait("n1", "drifting", |state| state.drift == ["motd"]);
    let rate = Config::fields().rate();
    node.reloader.override_field(rate, 51).until_ended().wait().unwrap();
    world.wait("n1", "drifting", |state| state.drift == ["motd", "rate"]);
    node.reloader.end_override(rate, Trigger::api("a test")).wait().unwrap();
    world.wait("n1", "drifting", |state| state.drift == ["motd"]);
}

#[test]
fn an_orderly_end_is_told() {
    let world = World::new();
    let node = world.start("n1");
    // What it has told stays as long as its client does.
    let _client = node.client.clone();
    drop(node);
    let state = world.wait("n1", "leaving", |state| state.leaving);
    assert_eq!(state.running, None);
}

#[test]
fn a_second_process_of_a_name_follows_the_pointer_and_is_not_seen() {
    let world = World::new();
    let first = world.start("n1");
    world.promote("rate: 50");
    let process = world.runs("n1", 1).process;
    let (fleet, client) = world.member("n1");
    let fleet = fleet.cache(world.cache("other"));
    let loader = world.loader(&fleet);
    let second = world.start_with(fleet, client, loader).unwrap();
    world.promote("rate: 60");
    let deadline = std::time::Instant::now() + LONG;
    let said = |node: &super::fixture::Node| {
        let report = node.reloader.reload(Trigger::api("a test")).wait().unwrap();
        report.problems().iter().any(|it| it.message.contains("another process is node `n1`"))
    };
    let mut motds = 0..;
    while second.config.load().rate != 60 || !said(&second) {
        assert!(std::time::Instant::now() < deadline, "{:?}", second.reloader.status());
        // The first one tells something, so that the second knows it alive.
        let motd = motds.next().unwrap().to_string();
        first.reloader.override_field(Config::fields().motd(), motd).until_ended().wait().unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(world.runs("n1", 2).process, process);
    assert!(!said(&first));
    let overview = world.desk.overview().unwrap();
    let namesake = overview.nodes["n1"].namesake.clone().unwrap();
    assert_ne!(namesake, process);
    assert_eq!(overview.nodes.len(), 1);
    let told =
        format!("another process, {namesake}, is n1 too, and not seen: give each its own name");
    assert!(overview.to_string().contains(&told), "{overview}");

    // The first one ends, and the second is the node.
    drop(first);
    world.engine.advance(std::time::Duration::from_secs(60));
    world.wait("n1", "the second process", |state| state.process == namesake);
    let one = || world.desk.overview().unwrap().nodes["n1"].namesake.is_none();
    let deadline = std::time::Instant::now() + LONG;
    while !one() {
        assert!(std::time::Instant::now() < deadline, "{}", world.desk.overview().unwrap());
        std::thread::yield_now();
    }
}

/// What a rollback brings back on one machine is its own affair.
#[test]
fn a_rollback_on_one_machine_is_told_as_drift() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    world.promote("rate: 60");
    let generation = node.reloader.status().generation - 1;
    node.reloader.rollback_to(generation, Trigger::api("a test")).wait().unwrap();
    assert_eq!(node.config.load().rate, 50);
    let state = world.wait("n1", "drifting", |state| state.drift == ["rate"]);
    assert_eq!(state.running, Some(2));
}
