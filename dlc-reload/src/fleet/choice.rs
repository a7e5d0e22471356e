//! The version that a node is to run.

use std::collections::BTreeMap;

use super::{
    rank::{EVERY, rank},
    target::{Rollout, Target},
};

/// Returns the version that a node with these labels is to run: the one it is pinned to, the candidate where it is
/// below a cut of a stage that was reached, or else the stable one. `running` is what it runs, which it keeps while the
/// fleet is frozen; and a rollout that is held up is for those alone who run its candidate already.
pub(crate) fn choose(
    target: &Target,
    node: &str,
    labels: &BTreeMap<String, String>,
    running: Option<u64>,
) -> Option<u64> {
    if target.frozen.is_some() && running.is_some() {
        return running;
    }
    if let Some(pinned) = target.pins.get(node) {
        return Some(*pinned);
    }
    let rollout = target.rollout.as_ref().filter(|rollout| reaches(rollout, node, labels));
    // One that is held up goes to nobody else.
    let candidate = rollout.filter(|it| !it.phase.is_held_up() || running == Some(it.candidate));
    candidate.map(|rollout| rollout.candidate).or(target.stable)
}

/// Returns true if a rollout has reached a node with these labels: it is below the cut of a stage that takes it.
pub(crate) fn reaches(rollout: &Rollout, node: &str, labels: &BTreeMap<String, String>) -> bool {
    let reached = rollout.plan.stages.iter().zip(&rollout.cuts);
    let cuts = reached.filter(|(stage, _)| stage.takes(labels)).map(|(_, cut)| *cut);
    // The rank is a hash, which ten thousand nodes need not pay for where all are reached.
    cuts.max().is_some_and(|cut| cut >= EVERY || rank(&rollout.id, node) <= cut)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::fleet::{Freeze, Phase, Plan};

    /// A rollout of version 42 that has reached every node.
    fn target(phase: Phase) -> Target {
        let rollout = Rollout {
            id: "r1".to_owned(),
            candidate: 42,
            plan: Plan::at_once(),
            stage: 0,
            cuts: vec![EVERY],
            counts: Vec::new(),
            phase,
            halted: None,
            by: "alice".to_owned(),
            why: "a test".to_owned(),
            since: SystemTime::UNIX_EPOCH,
        };
        Target { stable: Some(41), rollout: Some(rollout), ..Target::default() }
    }

    #[test]
    fn a_rollout_that_is_held_up_is_for_those_who_have_its_candidate() {
        let chosen =
            |target: &Target, running| choose(target, "n1", &BTreeMap::new(), Some(running));
        for (phase, newcomer) in
            [(Phase::Running, 42), (Phase::Promoted, 42), (Phase::Paused, 41), (Phase::Halted, 41)]
        {
            assert_eq!(chosen(&target(phase), 41), Some(newcomer), "{phase:?}");
            assert_eq!(chosen(&target(phase), 42), Some(42), "{phase:?}");
        }
    }

    #[test]
    fn a_freeze_comes_before_a_pin_and_a_pin_before_a_rollout() {
        let chosen = |target: &Target, running| choose(target, "n1", &BTreeMap::new(), running);
        let mut target = target(Phase::Running);
        target.pins.insert("n1".to_owned(), 40);
        assert_eq!(chosen(&target, Some(41)), Some(40));
        let (by, why, until) = ("bob".to_owned(), "holidays".to_owned(), SystemTime::UNIX_EPOCH);
        target.frozen = Some(Freeze { by, why, until });
        assert_eq!(chosen(&target, Some(39)), Some(39));
        assert_eq!(chosen(&target, None), Some(40), "it has to run something");
    }
}
