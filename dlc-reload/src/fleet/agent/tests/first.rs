//! The first version of a fleet: there is none to go back to.

use super::*;
use crate::fleet::target::Freeze;

/// The pointer of a fleet without a stable version.
fn pointer(phase: Phase) -> Target {
    let mut target = Target { stable: None, ..target(0, Some(1)) };
    if let Some(rollout) = &mut target.rollout {
        rollout.phase = phase;
        if phase == Phase::Aborted {
            rollout.cuts.clear();
        }
    }
    target
}

#[test]
fn a_first_version_that_is_refused_or_makes_ill_leaves_none() {
    let nothing = || Start { generation: 1, ..Start::default() };
    let mut world = World::new(nothing());
    world.offer(pointer(Phase::Running), 1);
    let refused = Outcome::Refused { problems: problems("a typo") };
    let actions = world.handle(Event::Outcome(refused));
    assert!(actions.starts_with(&[Action::Withdraw(None), Action::Unmark]));
    assert_eq!((world.agent.state.running, world.refused()), (None, Some((1, Because::Rejected))));

    let mut world = World::new(nothing());
    world.offer(pointer(Phase::Running), 1);
    world.handle(accepted(2, true));
    let actions = world.handle(Event::Outcome(ill(3, None)));
    assert!(
        actions.contains(&Action::Withdraw(None)) && actions.contains(&Action::Keep([].into()))
    );
    let state = told(&actions).unwrap();
    assert_eq!((state.running, state.trial), (None, Trial::Proved));
    assert_eq!(world.refused(), Some((1, Because::Ill)));
}

#[test]
fn what_makes_ill_and_cannot_be_taken_back_stays_the_running_version() {
    let mut world = World::new(Start { on_trial: true, before: Some(41), ..start(42) });
    world.pointer(target(41, Some(42)), 2);
    let actions = world.handle(Event::Outcome(ill(1, Some(42))));
    assert!(!actions.iter().any(|action| matches!(action, Action::Withdraw(_))));
    assert_eq!(world.agent.state.running, Some(42));
    assert!(actions.iter().any(|it| matches!(it, Action::Offer { version: Some(41), .. })));
}

#[test]
fn an_abort_of_the_first_version_leaves_none_once_it_is_out_of_force() {
    let mut world = World::new(Start { generation: 1, ..Start::default() });
    world.offer(pointer(Phase::Running), 1);
    world.handle(accepted(2, false));
    let frozen = Target {
        frozen: Some(Freeze {
            by: String::new(),
            why: String::new(),
            until: SystemTime::UNIX_EPOCH,
        }),
        ..pointer(Phase::Aborted)
    };
    assert!(!offers(&world.pointer(frozen, 3)), "a freeze comes first");
    let actions = world.pointer(pointer(Phase::Aborted), 4);
    assert!(matches!(&actions[..], [Action::Offer { version: None, .. }]), "{actions:?}");
    assert_eq!(world.agent.state.running, Some(1));
    let actions = world.handle(accepted(3, true));
    assert!(actions.contains(&Action::Keep([].into())));
    assert_eq!(told(&actions).unwrap().running, None);
    world.handle(Event::Proved(3));
    assert_eq!(world.agent.state.trial, Trial::Proved);
    assert!(!offers(&world.pass(SETTLING)));
}

#[test]
fn a_service_that_does_not_go_without_the_version_that_was_taken_back_says_so() {
    let mut world = World::new(Start { generation: 1, ..Start::default() });
    world.offer(pointer(Phase::Running), 1);
    world.handle(accepted(2, false));
    assert!(offers(&world.pointer(pointer(Phase::Aborted), 3)));
    let refused = || Event::Outcome(Outcome::Refused { problems: problems("rate is not set") });
    let actions = world.handle(refused());
    assert!(actions.contains(&Action::Withdraw(Some(1))) && !offers(&actions), "{actions:?}");
    let state = told(&actions).unwrap();
    assert_eq!((state.running, state.refused.clone()), (Some(1), None));
    assert!(state.trouble.as_ref().unwrap().ends_with("is accepted: rate is not set"));
    assert!(!offers(&world.pointer(pointer(Phase::Aborted), 4)), "not for ever");

    let retried = Target { retries: 1, ..pointer(Phase::Aborted) };
    assert!(offers(&world.pointer(retried.clone(), 5)));
    world.handle(refused());
    let promoted = Target { stable: Some(2), ..retried };
    assert!(world.pointer(promoted, 6).contains(&Action::ReadVersion(2)));
    world.handle(Event::Version(2, Fetched::There));
    assert_eq!(told(&world.handle(accepted(3, false))).unwrap().trouble, None);
}
