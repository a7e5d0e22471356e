mod first;

use std::time::{Instant, SystemTime};

use super::*;
use crate::fleet::{
    plan::Plan,
    rank::EVERY,
    target::{Phase, Rollout},
};

impl Agent {
    /// Returns the pointer that was read last.
    pub(crate) const fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }
}

/// An agent with a clock of its own, which notes what it asks for.
struct World {
    agent: Agent,
    now: Moment,
}

fn target(stable: u64, candidate: Option<u64>) -> Target {
    let rollout = candidate.map(|candidate| Rollout {
        id: "r1".to_owned(),
        candidate,
        plan: Plan::at_once(),
        stage: 0,
        cuts: vec![EVERY],
        counts: Vec::new(),
        phase: Phase::Running,
        halted: None,
        by: "alice".to_owned(),
        why: "a test".to_owned(),
        since: SystemTime::UNIX_EPOCH,
    });
    Target { stable: Some(stable), rollout, ..Target::default() }
}

fn start(running: u64) -> Start {
    Start { running: Some(running), generation: 1, ..Start::default() }
}

fn accepted(generation: u64, on_trial: bool) -> Event {
    Event::Outcome(Outcome::Accepted { generation, pending: Vec::new(), on_trial })
}

fn ill(generation: u64, in_force: Option<u64>) -> Outcome {
    Outcome::Ill { generation, problems: problems("requests failed"), in_force }
}

fn problems(message: &str) -> Vec<NodeProblem> {
    vec![NodeProblem { key: None, place: None, message: message.to_owned() }]
}

impl World {
    fn new(start: Start) -> Self {
        let now = Moment { now: SystemTime::UNIX_EPOCH, instant: Instant::now() };
        let identity = Identity {
            name: "n1".to_owned(),
            labels: BTreeMap::new(),
            process: "p1".to_owned(),
            build: "1.0.0".to_owned(),
            schema: String::new(),
            splay: Duration::from_secs(10),
        };
        let mut world = Self { agent: Agent::new(identity, start, now), now };
        assert!(world.handle(Event::Time).contains(&Action::ReadPointer));
        world
    }

    fn handle(&mut self, event: Event) -> Vec<Action> {
        self.agent.handle(event, self.now)
    }

    fn pass(&mut self, time: Duration) -> Vec<Action> {
        self.now = self.now.after(time);
        self.handle(Event::Time)
    }

    fn pointer(&mut self, target: Target, revision: u64) -> Vec<Action> {
        self.handle(Event::Pointer(Some((target, Revision(revision)))))
    }

    /// Takes a version from the pointer to the reloader.
    fn offer(&mut self, target: Target, version: u64) {
        let revision = self.agent.state.seen + 1;
        assert!(self.pointer(target, revision).contains(&Action::ReadVersion(version)));
        let actions = self.handle(Event::Version(version, Fetched::There));
        assert!(matches!(&actions[..], [
            Action::Mark(Mark { version: marked, starts: 0, .. }),
            Action::Offer { version: Some(offered), .. },
        ] if marked == offered && *offered == version));
    }

    fn refused(&self) -> Option<(u64, Because)> {
        self.agent.state.refused.as_ref().map(|refused| (refused.version, refused.because))
    }
}

/// The state that is told, if one is.
fn told(actions: &[Action]) -> Option<&NodeState> {
    actions.iter().find_map(|action| match action {
        Action::Tell(state) => Some(&**state),
        _ => None,
    })
}

fn offers(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Offer { .. }))
}

#[test]
fn a_version_is_told_when_it_is_in_force_and_when_it_has_proven_itself() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    let actions = world.handle(accepted(2, true));
    let state = told(&actions).unwrap();
    assert_eq!((state.running, state.trial, state.generation), (Some(42), Trial::Applied, 2));
    assert!(actions.contains(&Action::Keep([41, 42].into())));
    assert_eq!(world.pass(SETTLING), [], "its trial is longer");
    let actions = world.handle(Event::Proved(2));
    assert_eq!(told(&actions).unwrap().trial, Trial::Proved);
    assert!(actions.contains(&Action::Unmark));
}

#[test]
fn a_version_without_a_trial_keeps_its_mark_for_a_while() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    assert!(!world.handle(accepted(2, false)).contains(&Action::Unmark));
    assert_eq!(world.agent.due(), Some(world.now.instant + SETTLING));
    assert_eq!(world.pass(SETTLING), [Action::Unmark]);
}

#[test]
fn a_refused_version_is_withdrawn_and_not_tried_again() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    let refused = Event::Outcome(Outcome::Refused { problems: problems("a typo") });
    let actions = world.handle(refused);
    assert!(actions.starts_with(&[Action::Withdraw(Some(41)), Action::Unmark]));
    let state = told(&actions).unwrap();
    assert_eq!((state.running, world.refused()), (Some(41), Some((42, Because::Rejected))));

    assert_eq!(world.pointer(target(41, Some(42)), 3), [], "the same version");
    let retried = Target { retries: 1, ..target(41, Some(42)) };
    assert!(world.pointer(retried.clone(), 4).contains(&Action::ReadVersion(42)));
    assert_eq!(world.refused(), None);

    world.handle(Event::Version(42, Fetched::There));
    world.handle(Event::Outcome(Outcome::Refused { problems: problems("a typo") }));
    world.pointer(Target { retries: 1, ..target(41, None) }, 5);
    assert_eq!(world.refused(), None, "another one was asked for");
    assert!(world.pointer(retried, 6).contains(&Action::ReadVersion(42)));
}

#[test]
fn a_version_that_makes_ill_is_taken_back_and_remembered() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    world.handle(accepted(2, true));
    let ill = ill(3, Some(41));
    let actions = world.handle(Event::Outcome(ill));
    assert!(matches!(
        &actions[..3],
        [
            Action::Note(Note { refused: Refused { version: 42, .. }, .. }),
            Action::Unmark,
            Action::Withdraw(Some(41)),
        ]
    ));
    assert_eq!(world.agent.state.running, Some(41));
    assert_eq!(world.refused(), Some((42, Because::Ill)));
    assert_eq!(world.pass(SETTLING), [], "it is known over a restart");
    assert!(world.pointer(target(41, None), 3).contains(&Action::Forget));
}

#[test]
fn an_abort_brings_back_what_is_at_hand_without_a_read() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    world.handle(accepted(2, false));
    let actions = world.pointer(target(41, None), 3);
    assert!(matches!(&actions[..], [Action::Offer { version: Some(41), .. }]));
    let actions = world.handle(accepted(3, false));
    assert_eq!(told(&actions).unwrap().running, Some(41));
    assert!(actions.contains(&Action::Keep([41].into())));
}

#[test]
fn a_node_that_refuses_the_candidate_takes_the_stable_version() {
    let mut world = World::new(start(39));
    world.offer(target(41, Some(42)), 42);
    let refused = Event::Outcome(Outcome::Refused { problems: Vec::new() });
    assert!(world.handle(refused).contains(&Action::ReadVersion(41)));
    world.handle(Event::Version(41, Fetched::There));
    world.handle(accepted(2, false));
    assert_eq!(world.agent.state.running, Some(41));
    assert_eq!(world.refused(), Some((42, Because::Rejected)));
}

#[test]
fn the_last_pointer_wins_while_an_earlier_version_is_under_way() {
    let mut world = World::new(start(41));
    assert!(world.pointer(target(41, Some(42)), 2).contains(&Action::ReadVersion(42)));
    assert_eq!(world.pointer(target(41, Some(43)), 3), []);
    assert_eq!(world.handle(Event::Version(42, Fetched::There)), [Action::ReadVersion(43)]);
    world.handle(Event::Version(43, Fetched::There));
    assert_eq!(world.pointer(target(41, Some(44)), 4), []);
    let actions = world.handle(accepted(2, false));
    assert!(actions.contains(&Action::ReadVersion(44)));
    assert_eq!(told(&actions).unwrap().running, Some(43));
}

#[test]
fn a_missing_version_is_told_and_read_again_and_refuses_nothing() {
    let mut world = World::new(start(41));
    world.pointer(target(41, Some(42)), 2);
    let actions = world.handle(Event::Version(42, Fetched::Missing));
    assert_eq!(told(&actions).unwrap().trouble.as_deref(), Some("missing version 42"));
    assert_eq!(world.refused(), None);
    assert_eq!(world.pass(Duration::from_secs(1)), [Action::ReadVersion(42)]);
    let actions = world.handle(Event::Version(42, Fetched::There));
    assert_eq!(told(&actions).unwrap().trouble, None);
}

#[test]
fn an_altered_version_is_refused() {
    let mut world = World::new(start(41));
    world.pointer(target(41, Some(42)), 2);
    let actions = world.handle(Event::Version(42, Fetched::Untrusted("wrong digest".to_owned())));
    assert_eq!(
        told(&actions).unwrap().refused.as_ref().unwrap().problems,
        problems("wrong digest")
    );
    assert_eq!(world.refused(), Some((42, Because::Untrusted)));
}

#[test]
fn hints_are_spread_and_reads_go_on_without_them() {
    let mut world = World::new(start(41));
    world.pointer(target(41, None), 2);
    let idle = world.agent.due().unwrap() - world.now.instant;
    assert!((Duration::from_secs(300)..=Duration::from_secs(600)).contains(&idle));
    world.handle(Event::Hint(Hint::Changed));
    let wait = world.agent.due().unwrap() - world.now.instant;
    assert!(wait < Duration::from_secs(10) && !wait.is_zero());
    assert_eq!(world.pass(wait), [Action::ReadPointer]);
    assert_eq!(world.handle(Event::Hint(Hint::Changed)), []);
    world.pointer(target(41, None), 2);
    assert_eq!(world.agent.due().unwrap() - world.now.instant, wait, "it changed meanwhile");

    world.pass(wait);
    world.offer(target(41, Some(42)), 42);
    world.handle(accepted(2, false));
    world.pass(SETTLING);
    world.handle(Event::Hint(Hint::Changed));
    let urgent = world.agent.due().unwrap() - world.now.instant;
    assert!(urgent <= wait / 9, "{urgent:?} of {wait:?}: what it runs may be taken back");
}

#[test]
fn without_contact_it_backs_off_and_is_stale_after_a_while() {
    let mut world = World::new(start(41));
    let (since, mut reads, mut waits) = (world.now, 0, Vec::new());
    while world.now.instant < since.instant + STALE {
        assert_eq!(world.agent.state.stale, None);
        let actions = world.handle(Event::PointerFailed("refused".to_owned()));
        reads += 1;
        let wait = world.agent.due().unwrap() - world.now.instant;
        waits.push(wait);
        assert!(wait <= Duration::from_secs(60));
        let mut actions = [actions, world.pass(wait)].concat();
        while !actions.contains(&Action::ReadPointer) && world.agent.state.stale.is_none() {
            actions = world.pass(world.agent.due().unwrap() - world.now.instant);
        }
    }
    assert!((4..=7).contains(&reads), "{waits:?}");
    let stale = world.agent.state.stale.clone().unwrap();
    assert_eq!((stale.since, &*stale.reason), (since.now, "refused"));
    let actions = world.pointer(target(41, None), 2);
    assert_eq!(told(&actions).unwrap().stale, None);
}

#[test]
fn a_pointer_that_went_back_is_followed_and_said() {
    let mut world = World::new(start(42));
    world.pointer(target(42, None), 9);
    let actions = world.pointer(target(41, None), 5);
    assert!(actions.contains(&Action::ReadVersion(41)));
    let trouble = told(&actions).unwrap().trouble.clone().unwrap();
    assert!(trouble.contains("from revision 9 to 5"), "{trouble}");
    assert_eq!(told(&world.pointer(target(41, None), 10)).unwrap().trouble, None);
}

#[test]
fn a_freeze_keeps_what_runs_and_a_pin_wins_over_the_rollout() {
    let mut world = World::new(start(41));
    let until = SystemTime::UNIX_EPOCH;
    let freeze = crate::fleet::target::Freeze { by: String::new(), why: String::new(), until };
    let frozen = Target { frozen: Some(freeze), ..target(41, Some(42)) };
    world.pointer(frozen, 2);
    assert_eq!((world.agent.fetching, world.agent.offered), (None, None));
    let pinned = Target { pins: [("n1".to_owned(), 40)].into(), ..target(41, Some(42)) };
    assert!(world.pointer(pinned.clone(), 3).contains(&Action::ReadVersion(40)));
    world.handle(Event::Version(40, Fetched::There));
    let refused = Event::Outcome(Outcome::Refused { problems: Vec::new() });
    world.handle(refused);
    assert_eq!((world.agent.state.running, world.agent.fetching), (Some(41), None));
}

#[test]
fn a_version_that_killed_the_process_is_refused_after_a_restart_too() {
    let (because, problems) = (Because::Killed, Vec::new());
    let refused = Refused { version: 42, because, retries: 3, problems };
    let killed = Start { refused: vec![refused], noted: true, ..start(41) };
    let mut world = World::new(killed);
    let actions = world.pointer(Target { retries: 3, ..target(41, Some(42)) }, 2);
    assert!(matches!(&actions[..], [Action::Tell(_)]));
    assert_eq!(world.refused(), Some((42, Because::Killed)));
    let actions = world.pointer(Target { retries: 4, ..target(41, Some(42)) }, 3);
    assert!(actions.contains(&Action::Forget) && actions.contains(&Action::ReadVersion(42)));
}

#[test]
fn an_orderly_end_removes_the_mark_and_is_told() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    world.handle(accepted(2, true));
    let actions = world.handle(Event::Leave);
    assert!(actions.contains(&Action::Unmark) && told(&actions).unwrap().leaving);
    assert_eq!(world.agent.due(), None);
}

#[test]
fn an_inconsistent_node_takes_nothing_any_more() {
    let mut world = World::new(start(41));
    world.offer(target(41, Some(42)), 42);
    let outcome = Outcome::Inconsistent { generation: 2, problems: Vec::new() };
    let actions = world.handle(Event::Outcome(outcome));
    assert!(!told(&actions).unwrap().consistent);
    world.pointer(target(41, None), 3);
    assert_eq!((world.agent.fetching, world.agent.offered), (None, None));
}

#[test]
fn another_revision_alone_is_not_told() {
    let mut world = World::new(start(41));
    assert_eq!(world.pointer(target(41, None), 2), []);
    assert_eq!(world.pointer(target(41, None), 3), []);
    let drift = vec!["rate".to_owned()];
    assert_eq!(told(&world.handle(Event::Drift(drift))).unwrap().seen, 3);
}

#[test]
fn a_change_counts_as_missed_if_no_event_has_told_of_it() {
    let mut world = World::new(start(1));
    let hour = Duration::from_secs(3600);
    // The first read is no surprise, nor is one after a hint, nor one that finds nothing new.
    world.pointer(target(1, None), 1);
    world.handle(Event::Hint(Hint::Changed));
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 2);
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 2);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.agent.missed(), 0);

    // One that a read has found and whose event is late.
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 3);
    world.handle(Event::Hint(Hint::Changed));
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 3);
    assert_eq!(world.agent.missed(), 0);

    // One that comes while the store could not be read.
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.handle(Event::PointerFailed("nobody answers".to_owned()));
    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 4);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.agent.missed(), 0);

    assert!(world.pass(hour).contains(&Action::ReadPointer));
    world.pointer(target(1, None), 5);
    assert_eq!(world.agent.missed(), 0, "its event may be on the way");
    let due = world.agent.due().unwrap();
    assert!(due <= world.now.instant + Duration::from_secs(1));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.agent.missed(), 1);
}
