//! Versions on their way to five services on three members of etcd.

use std::time::Duration;

use dlc_reload::fleet::{Because, Goal, Outcome, Phase, Plan, Store as _};

use super::{Node, Traffic, World, plan, timed};
use crate::cluster::{SOON, until};

/// A version that is good: three stages of three tenths of a second each, and what the nodes need.
const PROMOTED_WITHIN: Duration = Duration::from_secs(60);

/// A version that no node takes: the first node says so at once.
const HALTED_WITHIN: Duration = Duration::from_secs(60);

/// A version that ends the process, which is started again: its state from before has to vanish first, after 30 seconds
/// at the earliest, and after twice that where the leader of etcd changes meanwhile.
const KILLED_WITHIN: Duration = Duration::from_secs(120);

/// The time by which a change of etcd's leader may hold a rollout up: the election, the ways to another member, and the
/// seat of the controller, which lives for ten seconds and begins its life anew with a leader.
const LED_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn a_good_version_is_promoted_while_requests_go_on() {
    let (world, nodes) = World::with_five();
    let traffic = Traffic::to(&nodes);
    let (version, took) = timed(|| world.promote(PROMOTED_WITHIN, 20));
    assert!(took < PROMOTED_WITHIN, "{took:?}");
    world.run(SOON, &nodes, version);
    traffic.sees("all answer with it", |rate| rate == 20);
    let seen = traffic.end();
    assert!(seen.iter().all(|rates| *rates == [10, 20]), "{seen:?}");
    let target = world.overview().unwrap().target;
    assert_eq!((target.stable, target.nodes), (Some(version), 5));
}

#[test]
fn a_typo_is_stopped_at_the_first_node_with_key_and_line() {
    let (world, nodes) = World::with_five();
    let traffic = Traffic::to(&nodes);
    let (ending, took) = timed(|| world.roll_out(HALTED_WITHIN, 20, "slwo: 7"));
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    assert!(took < HALTED_WITHIN, "{took:?}");
    let overview = world.overview().unwrap();
    let refused: Vec<_> = overview.refused().collect();
    let [(_, refused)] = &refused[..] else { panic!("{refused:?}, {ending:?}\n{overview}") };
    assert_eq!(refused.because, Because::Rejected);
    let problem = &refused.problems[0];
    assert_eq!(problem.key.as_deref(), Some("slwo"), "{problem:?}");
    assert_eq!(problem.place.as_deref(), Some("base.yaml@2:3:1"));
    assert!(problem.message.contains("did you mean `slow`"), "{problem:?}");
    assert_eq!(overview.versions.into_iter().collect::<Vec<_>>(), [(1, 5)]);
    let seen = traffic.end();
    assert!(seen.iter().all(|rates| *rates == [10]), "{seen:?}");

    world.desk.abort("a typo").unwrap();
    world.promote(PROMOTED_WITHIN, 30);
}

#[test]
fn a_version_that_kills_its_process_stops_at_the_first_stage() {
    let (world, mut nodes) = World::with_five();
    let version = world.publish(20, "deadly: true");
    world.desk.start(version, plan(), "a test").unwrap();
    until("one has ended", || nodes.iter_mut().any(Node::has_ended));
    let (dead, living): (Vec<_>, Vec<_>) =
        nodes.into_iter().map(|mut node| (node.has_ended(), node)).partition(|(ended, _)| *ended);
    let [(_, dead)] = &dead[..] else { panic!("{} nodes are down", dead.len()) };
    let living: Vec<_> = living.into_iter().map(|(_, node)| node).collect();
    let traffic = Traffic::to(&living);

    // As whoever runs services does, it is started until it stays: once it ends again, then it begins without that
    // version.
    assert!(world.begin(&dead.name, "").is_err());
    let again = world.begin(&dead.name, "").unwrap();
    assert_eq!(again.rate(), 10);
    let ending = world.desk.wait(Goal::Promoted, KILLED_WITHIN).unwrap();
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let state = world.state_of(KILLED_WITHIN, &dead.name, |state| state.refused.is_some());
    assert_eq!(state.refused.unwrap().because, Because::Killed);
    let seen = traffic.end();
    assert!(seen.iter().all(|rates| *rates == [10]), "{seen:?}");
}

#[test]
fn a_version_that_kills_its_process_for_good_stops_at_the_first_stage() {
    let (world, mut nodes) = World::with_five();
    let version = world.publish(20, "deadly: true");
    world.desk.start(version, plan(), "a test").unwrap();
    let ending = world.desk.wait(Goal::Promoted, KILLED_WITHIN).unwrap();
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let down = nodes.iter_mut().filter_map(|node| node.has_ended().then_some(())).count();
    assert_eq!(down, 1);
}

#[test]
fn the_leader_of_etcd_is_killed_in_each_phase_and_no_stage_is_skipped() {
    let (mut world, nodes) = World::with_five();
    let traffic = Traffic::to(&nodes);
    // Before the first stage, and in each of the three.
    for (rate, cuts) in [(20, 0), (30, 1), (40, 2), (50, 3)] {
        let version = world.publish(rate, "");
        let leader = world.cluster.leader();
        if cuts == 0 {
            world.cluster.kill(leader);
        }
        until("it is started", || {
            let started = world.desk.start(version, slow_plan(cuts), "a test");
            started.is_ok()
                || world
                    .overview()
                    .is_some_and(|it| it.target.rollout.unwrap().candidate == version)
        });
        let begun = world.desk.target().unwrap().1.rollout.unwrap().id;
        if cuts > 0 {
            is_in_stage(&world, cuts);
            world.cluster.kill(leader);
        }
        let (ending, took) = timed(|| world.desk.wait(Goal::Promoted, LED_WITHIN).unwrap());
        assert_eq!(ending.outcome, Outcome::Reached, "with {cuts} cuts: {ending:?}");
        assert!(took < LED_WITHIN, "{took:?}");
        let rollout = world.desk.target().unwrap().1.rollout.unwrap();
        assert_eq!((rollout.id, rollout.cuts.len()), (begun, 3));
        assert!(rollout.cuts.is_sorted(), "{:?}", rollout.cuts);
        world.run(LED_WITHIN, &nodes, version);
        traffic.sees("all answer with it", |seen| seen == rate);
        world.cluster.run(leader);
        world.cluster.is_well();
    }
    let seen = traffic.end();
    assert!(seen.iter().all(|rates| *rates == [10, 20, 30, 40, 50]), "{seen:?}");
    // One reload for each version, and none without a change.
    assert_eq!(nodes.iter().map(Node::reloads).collect::<Vec<_>>(), [4; 5]);
    let states = world.overview().unwrap().nodes;
    assert!(states.values().all(|node| node.state.generation == 5), "{states:?}");
}

#[test]
fn the_controller_is_killed_in_each_phase_and_another_one_goes_on() {
    let (world, mut nodes) = World::with_five();
    for (rate, cuts) in [(20, 1), (30, 2), (40, 3)] {
        let mut plan = slow_plan(cuts);
        plan.max_lost = Some(5); // it is about the controller, not about what it runs
        plan.min_alive = 0.1;
        let version = world.publish(rate, "");
        until("somebody controls the fleet", || world.store.get("controller").unwrap().is_some());
        world.desk.start(version, plan, "a test").unwrap();
        is_in_stage(&world, cuts);
        let seat = world.store.get("controller").unwrap().unwrap().value;
        let seat = String::from_utf8(seat).unwrap();
        let controller = nodes.iter().position(|node| seat.starts_with(&format!("{} ", node.name)));
        let controller = nodes.remove(controller.unwrap());
        let killed = format!("controller on {}", controller.name);
        controller.kill();
        let ending = world.desk.wait(Goal::Promoted, 2 * LED_WITHIN).unwrap();
        assert_eq!(ending.outcome, Outcome::Reached, "with {cuts} cuts: {ending:?}");
        let target = world.desk.target().unwrap().1;
        let rollout = target.rollout.unwrap();
        assert_eq!(rollout.cuts.len(), 3);
        assert!(rollout.cuts.is_sorted(), "{:?}", rollout.cuts);
        // What came after this stage has another one done.
        let later = target.changes.iter().rev().take(4 - cuts);
        assert!(later.clone().all(|change| change.by != killed), "{cuts} cuts: {later:?}");
        world.run(LED_WITHIN, &nodes, version);
    }
}

#[test]
fn a_node_that_was_killed_and_is_back_before_a_rollout_halts_nothing() {
    let (world, mut nodes) = World::with_five();
    nodes.remove(2).kill();
    let back = world.begin("n3", "").unwrap();
    let version = world.publish(20, "");
    world.desk.start(version, plan(), "a test").unwrap();
    // The stage of the node waits until what its process before has said has vanished.
    let ending = world.desk.wait(Goal::Promoted, KILLED_WITHIN).unwrap();
    assert_eq!(ending.outcome, Outcome::Reached, "{ending:?}");
    nodes.push(back);
    world.run(SOON, &nodes, version);
}

/// The plan of a test, with time to do something in one stage, by its number from 1, on a busy machine too.
fn slow_plan(stage: usize) -> Plan {
    let mut plan = plan();
    let stage = stage.checked_sub(1).and_then(|stage| plan.stages.get_mut(stage));
    stage.into_iter().for_each(|stage| stage.bake = Duration::from_secs(10).into());
    plan
}

/// Waits until a rollout is in this stage, which it must not have left.
#[track_caller]
fn is_in_stage(world: &World, stage: usize) {
    until("it is in this stage", || {
        let rollout = world.desk.target().unwrap().1.rollout.unwrap();
        let (phase, cuts) = (rollout.phase, rollout.cuts.len());
        assert!(phase == Phase::Running && cuts <= stage, "{phase:?} with {cuts} cuts");
        cuts == stage
    });
}
