//! The cases of ten thousand nodes, with their limits.

use std::time::Duration;

use super::{Fate, Figures, SECOND, Settings, World};
use crate::fleet::{
    plan::{Plan, Reach, Stage},
    target::Phase,
};

const START: Duration = Duration::from_secs(20);

/// 1, 10, 50 and 100 percent, each well for a minute.
fn plan() -> Plan {
    let reaches = [0.01, 0.1, 0.5, 1.0].map(Reach::Share);
    let stages = reaches.map(|reach| Stage::new(reach, SECOND * 60, SECOND * 300));
    Plan::new("measured", stages.to_vec())
}

/// The end of a rollout.
struct End {
    phase: Phase,
    /// The seconds since it was started.
    after: f64,
    figures: Figures,
    world: World,
}

impl End {
    /// Says how it went, for those who run it with `--nocapture`, and for docs/fleet/limits.md.
    #[allow(clippy::print_stdout, reason = "a test that measures")]
    fn say(&self, case: &str) {
        let Figures {
            exposed,
            most_down,
            pointers,
            lost_races,
            hints,
            puts,
            reads,
            longest_queue,
            ..
        } = &self.figures;
        let (phase, after, exposed) = (self.phase.as_str(), self.after, exposed.len());
        let reads: u64 = *reads.values().max().unwrap_or(&0);
        println!(
            "{case}: {phase} after {after:.1} s, exposed {exposed} for {:.1} s at most, down {most_down}, pointer writes {pointers}, \
             lost races {lost_races}, hints {hints}, puts {puts}, reads {reads}/s at most, queue {longest_queue:.1?}",
            self.longest().as_secs_f64()
        );
    }

    /// Checks how much was asked of the store: reads in the worst second, and the longest wait of a write.
    #[track_caller]
    fn costs_at_most(&self, reads: u64, wait: Duration) {
        let Figures { reads: read, longest_queue, .. } = &self.figures;
        let most = read.values().max().copied().unwrap_or_default();
        assert!(most <= reads, "{most} reads in a second");
        assert!(*longest_queue <= wait, "a write waits for {longest_queue:?}");
    }

    fn longest(&self) -> Duration {
        self.figures.exposed.values().max().copied().unwrap_or_default()
    }
}

/// The time after which an operator takes back what has halted.
const OPERATOR: Duration = Duration::from_secs(60);

/// Runs a rollout to its end. If it halts, it is taken back a minute later.
fn rolled(settings: Settings, plan: Plan, act: impl FnOnce(&mut World)) -> End {
    let mut world = World::new(1, settings);
    world.run_until(START);
    world.figures = Figures::default();
    world.start("r1", plan);
    act(&mut world);
    let end = world.run_while(START + SECOND * 3600, |it| it.phase() == Some(Phase::Running));
    let (phase, after) = (world.phase().unwrap(), (end - START).as_secs_f64());
    world.run_until(end + OPERATOR);
    world.abort();
    world.run_until(end + OPERATOR * 2);
    for node in 0..world.machines.len() {
        world.expose(node);
    }
    let figures = world.figures.clone();
    End { phase, after, figures, world }
}

#[test]
fn a_good_version_is_promoted() {
    let end = rolled(Settings::default(), plan(), |_| {});
    end.say("good");
    end.world.check_converged();
    assert_eq!(end.phase, Phase::Promoted);
    // Four stages of at most: splay, trial, bake, and the rest of the controller before and after.
    assert!(end.after < 4.0 * (30.0 + 10.0 + 60.0 + 5.0), "{}", end.after);
    assert!(end.after > 4.0 * (10.0 + 60.0), "{}", end.after);
    assert_eq!((end.figures.exposed.len(), end.figures.pointers), (10_000, 6));
    assert!(end.figures.puts < 20_500, "{}", end.figures.puts);
    end.costs_at_most(4000, SECOND / 100);
}

#[test]
fn without_a_splay_it_is_faster_and_writes_wait() {
    let end = rolled(Settings { splay: Duration::ZERO, ..Settings::default() }, plan(), |_| {});
    end.say("good, no splay");
    assert_eq!(end.phase, Phase::Promoted);
    assert!(end.after < 4.0 * (10.0 + 60.0 + 8.0), "{}", end.after);
    assert!(end.figures.longest_queue > SECOND);
    // Each node reads the pointer, and those of the stage the version, within half a second.
    end.costs_at_most(25_000, SECOND * 5);
}

#[test]
fn five_nodes_take_about_as_long() {
    let end = rolled(Settings { nodes: 5, ..Settings::default() }, plan(), |_| {});
    end.say("good, five nodes");
    assert_eq!(end.phase, Phase::Promoted);
    assert!(end.after < 4.0 * (30.0 + 10.0 + 60.0 + 1.0), "{}", end.after);
    end.costs_at_most(5, SECOND / 100);
}

#[test]
fn two_controllers_of_which_one_dies_skip_nothing() {
    let settings =
        Settings { controllers: 2, ignore_seat: true, nodes: 2000, ..Settings::default() };
    let end = rolled(settings, plan(), |world| {
        world.after(SECOND * 130, |world| world.crash(0, Some(SECOND * 100)));
    });
    end.say("two controllers, one dies");
    // The laws hold at each write. Of the nodes, one may vanish where a hundred are reached.
    assert!(end.after < 4.0 * (30.0 + 10.0 + 60.0 + 5.0) + 60.0, "{}", end.after);
    assert_eq!(end.phase, Phase::Promoted);
    assert!(end.figures.lost_races >= 1);
    end.costs_at_most(800, SECOND / 100);
}

#[test]
fn a_third_away_for_four_minutes_is_waited_for() {
    let end = rolled(Settings::default(), plan(), |world| {
        world.after(SECOND * 50, |world| {
            (0..10_000)
                .step_by(3)
                .filter(|node| *node > 0)
                .for_each(|node| world.cut_off(node, true));
        });
        world.after(SECOND * 290, |world| {
            assert_eq!(world.rollout().map(|it| it.stage), Some(0));
            (0..10_000).step_by(3).for_each(|node| world.cut_off(node, false));
        });
    });
    end.say("a third away for 4 min");
    assert_eq!(end.phase, Phase::Promoted);
    assert!(end.after < 300.0 + 4.0 * 105.0, "{}", end.after);
    end.costs_at_most(4000, SECOND * 4);
    end.world.check_converged();
}

/// The limits of a bad version: the seconds until it halts, the nodes that ran it, and for how long each of them did.
struct Most {
    after: f64,
    exposed: usize,
    longest: Duration,
}

/// Runs a bad version to where it halts.
fn halts(case: &str, fate: fn(usize) -> Fate, plan: Plan, most: &Most) -> End {
    let fates = (0..10_000).map(fate).collect();
    let end = rolled(Settings { fates, ..Settings::default() }, plan, |_| {});
    end.say(case);
    assert_eq!(end.phase, Phase::Halted);
    assert!(end.after <= most.after, "{} s", end.after);
    assert!(end.figures.exposed.len() <= most.exposed, "{} exposed", end.figures.exposed.len());
    assert!(end.longest() <= most.longest, "one ran it for {:?}", end.longest());
    // Only those that have to do with it write: in force, refused, not any more.
    assert!(end.figures.puts <= 4 * most.exposed as u64, "{} writes", end.figures.puts);
    end.costs_at_most(1000, SECOND / 100);
    end.world.check_converged();
    end
}

#[test]
fn what_an_old_build_refuses_halts_at_the_first_refusal() {
    let fate = |node: usize| if node.is_multiple_of(33) { Fate::Refused } else { Fate::Good };
    // The first of the few that refuse of the hundred comes within the splay. Those that run it do so until somebody
    // takes it back, which they hear of within a tenth of the splay.
    let longest = SECOND * 35 + OPERATOR + SECOND * 4;
    halts("3 % reject", fate, plan(), &Most { after: 35.0, exposed: 100, longest });
}

#[test]
fn what_makes_ill_is_taken_back_within_its_trial() {
    // Each takes it back by itself after eight seconds, or by the abort.
    let most = Most { after: 14.0, exposed: 60, longest: SECOND * 9 };
    halts("ill within the probation", |_| Fate::Ill(SECOND * 8), plan(), &most);
}

#[test]
fn what_kills_the_process_is_stopped_by_the_crash_guard_or_by_its_loss() {
    // It ends each twice after a second.
    let most = Most { after: 40.0, exposed: 100, longest: SECOND * 2 };
    let end = halts("kills the process", |_| Fate::Kills(SECOND), plan(), &most);
    assert!(end.figures.most_down <= 100);
}

#[test]
fn what_kills_it_for_good_is_stopped_by_the_nodes_that_vanish() {
    let fate = |_| Fate::KillsForGood(SECOND);
    let most = Most { after: 40.0, exposed: 100, longest: SECOND };
    let end = halts("kills it for good", fate, plan(), &most);
    assert!(end.figures.most_down <= 100);
    // With one node at first, it is one node.
    let most = Most { after: 60.0, exposed: 1, longest: SECOND };
    let careful = halts("kills it for good, careful", fate, Plan::careful(), &most);
    assert_eq!(careful.figures.most_down, 1);
}

#[test]
fn all_at_once_takes_everything_down() {
    // The controller lives on a node that is spared.
    let fates = [Fate::Good].into_iter().chain(vec![Fate::KillsForGood(SECOND); 9999]);
    let settings =
        Settings { fates: fates.collect(), splay: Duration::ZERO, ..Settings::default() };
    let end = rolled(settings, Plan::at_once(), |_| {});
    end.say("kills it for good, all at once, no splay");
    assert_eq!(end.phase, Phase::Halted);
    assert_eq!(end.figures.most_down, 9999, "what the stages are for");
    let ran: Vec<_> = end.figures.exposed.iter().filter(|(node, _)| **node > 0).collect();
    assert!(ran.iter().all(|(_, time)| **time <= SECOND));
    end.costs_at_most(35_000, SECOND * 8);
}
