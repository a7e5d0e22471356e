//! The effect of an entry: none where the configuration stays the same with a value in its place that no type takes.

use crate::{
    document::{Node, Poison, Retry, shown},
    section::{Reloadable, differing, whole},
};

/// Returns true if two configurations are the same.
pub(super) fn is_same<C: Reloadable>(config: &C, other: &C) -> bool {
    // A comparison of the author's may leave parts out that are in force all the same.
    differing(config, other).is_empty() && shown(config) == shown(other)
}

/// Returns true if an entry has an effect: poison in its place is refused, or changes the configuration, as it does
/// where an `Option` then takes what is around it for nothing.
pub(super) fn has_effect<C: Reloadable>(
    config: &C,
    root: &Node,
    value: &Node,
    retry: &Retry,
) -> bool {
    let poisoned = |poison| retry.poisoning(value, poison, || whole::<C>(root, retry));
    let is_same = |poison| poisoned(poison).is_ok_and(|tried| is_same(config, &tried));
    ![Poison::Bytes, Poison::Map].into_iter().all(is_same)
}
