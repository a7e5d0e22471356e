//! The nodes in sight, and how many there are and must be.

use std::collections::BTreeMap;

use crate::fleet::{
    state::NodeState,
    target::{Rollout, Target},
};

/// The states of the nodes in sight, by their names.
pub(crate) type Nodes = BTreeMap<String, NodeState>;

/// Returns the number of nodes that must be in sight for the rollout to go on.
#[allow(clippy::cast_precision_loss, reason = "no fleet has 2^52 nodes")]
pub(super) fn required(target: &Target, rollout: &Rollout) -> f64 {
    target.nodes as f64 * rollout.plan.min_alive
}

/// Returns the length of an iterator, as the pointer counts.
pub(super) fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |count, _| count + 1)
}
