//! Nodes that know the keys of those who publish.

use std::sync::Arc;

use dlc_reload::fleet::{Because, Desk, Goal, Outcome, Store as _};

use super::fixture::{LONG, World, plan};
use crate::{
    desk::documents,
    sealed::{ALICE, MALLORY, key, trusted},
};

/// Publishes at a desk with a key, or without one.
fn publish(world: &World, by: Option<(&str, &str)>, text: &str) -> u64 {
    let desk = Desk::new(Arc::new(world.engine.client()), "alice");
    let desk = by.into_iter().fold(desk, |desk, by| desk.sign_with(key(by)));
    desk.publish(documents(text), "a test").unwrap()
}

#[test]
fn a_version_that_no_known_key_has_signed_is_stopped_at_the_first_node() {
    let world = World::new();
    let start = |name: &str| {
        let (fleet, client) = world.member(name);
        let fleet = fleet.trust([trusted(ALICE)]);
        let loader = world.loader(&fleet);
        world.start_with(fleet, client, loader).unwrap()
    };
    let nodes = ["n1", "n2", "n3"].map(|name| (name, start(name)));
    nodes.iter().for_each(|(name, _)| _ = world.wait(name, "in sight", |_| true));
    let roll_out = |version| {
        world.desk.start(version, plan(), "a test").unwrap();
        world.desk.wait(Goal::Converged, LONG).unwrap()
    };

    let signed = publish(&world, Some(ALICE), "rate: 50");
    assert_eq!(roll_out(signed).outcome, Outcome::Reached);
    for by in [None, Some(MALLORY)] {
        let version = publish(&world, by, "rate: 60");
        let ending = roll_out(version);
        assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
        let overview = world.desk.overview().unwrap();
        let refused: Vec<_> = overview.refused().collect();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].1.because, Because::Untrusted);
        world.desk.abort("whose is that?").unwrap();
        world.desk.wait(Goal::Converged, LONG).unwrap();
    }
    assert_eq!(roll_out(publish(&world, Some(ALICE), "rate: 70")).outcome, Outcome::Reached);
    for (_, node) in &nodes {
        assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50, 70]);
    }
}

#[test]
fn a_signed_version_below_the_lowest_number_does_not_come_back() {
    let world = World::new();
    let old = publish(&world, Some(ALICE), "rate: 50");
    let new = publish(&world, Some(ALICE), "rate: 60");
    world.desk.start(new, plan(), "a test").unwrap();
    let (fleet, client) = world.member("n1");
    let fleet = fleet.trust([trusted(MALLORY), trusted(ALICE)]).min_version(new);
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    world.runs("n1", new);
    world.desk.pin("n1", old, "it had a hole").unwrap();
    world.refuses("n1", old, Because::Untrusted);
    assert_eq!(node.config.load().rate, 60);
}

#[test]
fn the_desk_finds_the_schema_that_a_node_has_written() {
    let world = World::new();
    let _node = world.start("n1");
    // It may be there before the node is in sight, or after.
    let (sender, hints) = std::sync::mpsc::channel();
    let client = world.engine.client();
    let _watch = client.watch("", Box::new(move |_| _ = sender.send(())));
    let build = loop {
        match world.desk.builds().unwrap().pop() {
            Some(build) if build.schema.is_some() && !build.nodes.is_empty() => break build,
            _ => hints.recv_timeout(LONG).unwrap(),
        }
    };
    assert!(build.programs.contains("1.0.0") && build.nodes.contains("n1"));
    let schema = build.schema.unwrap();
    assert_eq!(schema, dlc_reload::file_schema::<super::fixture::Config>().to_value());
}
