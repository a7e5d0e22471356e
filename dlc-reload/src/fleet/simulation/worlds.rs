//! Worlds by chance: every fault, at any time, and what must hold all the same.

use std::{env, time::Duration};

use super::{CANDIDATE, Fate, MILLISECOND, SECOND, STABLE, Settings, World, random::Random};
use crate::fleet::{
    plan::{Plan, Reach, Restart, Stage},
    target::{Freeze, Phase},
};

/// The time within which faults happen, and the time that a fleet has afterwards.
const FAULTS: Duration = Duration::from_secs(400);
const QUIET: Duration = Duration::from_secs(2400);

/// A plan by chance, whose last stage reaches everyone.
fn plan(random: &mut Random) -> Plan {
    let mut stages = Vec::new();
    for _ in 0..random.number(0..4) {
        let reach = match random.is(50) {
            true => Reach::Count(random.number(1..5)),
            false => Reach::Share([0.01, 0.1, 0.3, 0.5, 1.0][random.index(5)]),
        };
        let mut stage = Stage::new(reach, random.time(0..30), random.time(60..120));
        if random.is(20) {
            stage.labels.insert("region".to_owned(), "eu".to_owned());
        }
        stages.push(stage);
    }
    stages.push(Stage::new(Reach::Share(1.0), random.time(0..30), random.time(60..120)));
    let mut plan = Plan::new("chance", stages);
    plan.max_rejected = u64::from(random.is(10));
    plan.max_lost = random.is(20).then(|| random.number(0..3));
    plan.min_alive = if random.is(70) { 0.8 } else { 0.3 };
    plan.restart = if random.is(50) { Restart::Accept } else { Restart::Hold };
    plan
}

/// The fates of the candidate: good, bad everywhere, or bad on some nodes.
fn fates(random: &mut Random, nodes: usize) -> Vec<Fate> {
    let wait = random.time(0..5);
    let bads = [Fate::Refused, Fate::Ill(wait), Fate::Kills(wait), Fate::KillsForGood(wait)];
    let bad = bads[random.index(4)];
    let share = [0, 0, 0, 10, 50, 100][random.index(6)];
    (0..nodes).map(|_| if random.is(share) { bad } else { Fate::Good }).collect()
}

/// Has something go wrong at a time, and mends it later.
fn plague(world: &mut World) {
    let at = world.random.time(0..FAULTS.as_secs());
    let node = world.random.index(world.machines.len());
    let long = world.random.time(0..120);
    match world.random.number(0..16) {
        0 | 1 => world.after(at, move |world| world.crash(node, Some(long))),
        2 => world.after(at, move |world| world.leave(node, long)),
        3..=5 => {
            world.after(at, move |world| world.cut_off(node, true));
            world.after(at + long, move |world| world.cut_off(node, false));
        }
        6 => {
            // The one that controls.
            world.after(at, |world| world.crash(0, Some(SECOND * 30)));
        }
        7 => {
            world.after(at, |world| world.down(true));
            world.after(at + long, |world| world.down(false));
        }
        8 => world.after(at, move |world| {
            let backup = (world.engine.target.clone(), world.engine.revision, world.engine.last);
            world.after(long, |world| world.restore(backup));
        }),
        9 => {
            world.after(at, World::pause);
            world.after(at + long, World::resume);
        }
        10 => world.after(at, World::abort),
        11 => world.after(at, |world| {
            world.change(|target| target.retries += 1);
            world.resume();
        }),
        12 => {
            let name = format!("n{node}");
            let other = world.settings.stable.filter(|_| world.random.is(50));
            let pinned = other.unwrap_or(CANDIDATE);
            world.after(at, move |world| {
                world.change(|target| target.pins.extend([(name, pinned)]));
            });
        }
        13 => world.after(at, move |world| {
            let until = world.moment(0).now + long;
            let (by, why) = ("bob".to_owned(), "holidays".to_owned());
            world.change(|target| target.frozen = Some(Freeze { by, why, until }));
        }),
        14 => {
            world.after(at, |world| world.engine.versions.retain(|it| *it != CANDIDATE));
            world.after(at + long, |world| world.engine.versions.extend([CANDIDATE]));
        }
        _ => {
            let skew = i64::try_from(world.random.number(0..2 * 86_400)).unwrap() - 86_400;
            world.machines[node].skew = skew;
        }
    }
}

/// Makes a world by chance.
fn made(seed: u64) -> World {
    let mut random = Random::new(seed);
    let nodes = random.index(24) + 1;
    let settings = Settings {
        stable: (!random.is(30)).then_some(STABLE),
        nodes,
        controllers: 1 + random.index(nodes.min(3)),
        splay: random.time(0..10) * u32::from(random.is(80)),
        probation: random.time(1..10),
        life: random.time(5..20),
        lost_hints: [0, 0, 20, 100][random.index(4)],
        ignore_seat: random.is(30),
        fates: fates(&mut random, nodes),
    };
    let plan = plan(&mut random);
    let mut world = World::new(random.number(0..u64::MAX), settings);
    for _ in 0..random.number(0..10) {
        plague(&mut world);
    }
    let start = random.time(0..60);
    world.after(start, move |world| world.start("r1", plan));
    world
}

/// Ends every fault.
fn mend(world: &mut World) {
    world.down(false);
    world.engine.versions.insert(CANDIDATE);
    for node in 0..world.machines.len() {
        world.cut_off(node, false);
    }
    world.change(|target| {
        target.frozen = None;
        target.pins.clear();
    });
    match world.phase() {
        Some(Phase::Paused) => world.resume(),
        Some(_) => {}
        // The store went back to before it was started.
        None => world.start("r2", Plan::quick()),
    }
}

/// Lives through a world, in which laws are checked at each step, and looks at how it ends.
fn live(seed: u64) -> Phase {
    let mut world = made(seed);
    world.run_until(FAULTS + SECOND * 120);
    mend(&mut world);
    world.run_until(world.now + QUIET);
    let phase = world.phase().unwrap();
    // Where nodes are dead for good, it may wait for them.
    let are_up = world.machines.iter().all(|machine| machine.is_up);
    assert!(phase != Phase::Running || !are_up, "it runs for ever: {}", world.told());
    // What has halted is taken back, and what was killed is started again.
    world.abort();
    world.run_until(world.now + MILLISECOND);
    (0..world.machines.len()).for_each(|node| world.boot(node));
    world.run_until(world.now + QUIET);
    world.check_converged();
    let rollout = world.rollout().unwrap();
    let is_bad = |fate: &Fate| *fate != Fate::Good;
    let is_bad = world.settings.fates.iter().all(is_bad) && !world.laws.is_untried;
    if rollout.plan.max_rejected == 0 && is_bad {
        assert_ne!(phase, Phase::Promoted, "what no node can run");
        assert_eq!(world.engine.target.stable, world.settings.stable);
    }
    phase
}

/// Says which world went wrong, while the panic of its law goes on.
struct Named(u64);

impl Drop for Named {
    #[allow(clippy::print_stderr, reason = "the seed of a failing test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("world {0} went wrong; DLC_RELOAD_TEST_SEED={0} begins with it", self.0);
        }
    }
}

fn asked(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |number| number.parse().unwrap())
}

#[test]
fn whatever_happens_the_laws_hold_and_the_fleet_converges() {
    let first = asked("DLC_RELOAD_TEST_SEED", 0);
    let mut ended = [0; 3];
    for seed in first..first + asked("DLC_RELOAD_TEST_WORLDS", 2000) {
        let _named = Named(seed);
        match live(seed) {
            Phase::Promoted => ended[0] += 1,
            Phase::Halted => ended[1] += 1,
            _ => ended[2] += 1,
        }
    }
    // The worlds are of all kinds.
    if ended.iter().sum::<u64>() >= 2000 {
        assert!(ended.iter().all(|worlds| *worlds > 50), "{ended:?}");
    }
}
