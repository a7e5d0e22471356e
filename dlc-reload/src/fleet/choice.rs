//! The version that a node is to run.

use std::collections::BTreeMap;

use super::{
    rank::{EVERY, rank},
    target::{Rollout, Target},
};

/// Returns the version that a node with these labels is to run: the one it is pinned to, the candidate where it is below a cut of a
/// stage that was reached, or else the stable one. `running` is what it runs, which it keeps while the fleet is frozen; and a
/// rollout that is held up is for those alone who run its candidate already.
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
