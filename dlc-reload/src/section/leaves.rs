//! The leaves that differ between two configurations.

use std::fmt;

use super::{Class, FieldInfo, FieldKind, Leaf, Part, Prefix, Reloadable, Role, Table};
use crate::change::{Diff, Differing};

/// Returns the leaves that differ, in declaration order.
///
/// A section that appeared or disappeared is one leaf, which needs a restart.
pub(crate) fn differing<C: Reloadable>(old: &C, new: &C) -> Vec<Leaf> {
    C::TABLE.leaves_at(&places(old, new))
}

/// Returns the leaves that differ and have a hook to be asked, each as indices from the root.
pub(crate) fn hooked<C: Reloadable>(old: &C, new: &C) -> Vec<Vec<u16>> {
    let mut places = places(old, new);
    places.retain(|at| C::TABLE.leaf_at(at).is_some_and(|leaf| leaf.role == Role::Hook));
    places
}

/// Returns the leaves with a hook, each as indices from the root. Those of an absent section have none to be asked.
pub(crate) fn all_hooked<C: Reloadable>(config: &C) -> Vec<Vec<u16>> {
    let mut places = Vec::new();
    C::TABLE.each_hot(&mut Vec::new(), &mut |at, info| {
        let has_hook = matches!(info.kind, FieldKind::Leaf(Role::Hook));
        if has_hook && config.leaf_at(at).is_some() {
            places.push(at.to_vec());
        }
    });
    places
}

fn places<C: Reloadable>(old: &C, new: &C) -> Vec<Vec<u16>> {
    let mut found = Differing::default();
    C::compare(old, new, &mut found);
    found.into_places()
}

/// Replaces the hot leaves by those of a candidate.
pub(super) fn adopt_hot<C: Reloadable>(config: &mut C, candidate: &C) {
    C::TABLE.each_hot(&mut Vec::new(), &mut |at, info| {
        if let (Some(value), Some(other)) = (config.hot_leaf_mut(at), candidate.leaf_at(at)) {
            (info.ty.adopt)(value, other);
        }
    });
}

/// Writes the keys that differ, and no values, because they may be secrets.
pub fn debug_diff(
    f: &mut fmt::Formatter<'_>,
    diff: &dyn Diff,
    table: &'static Table,
) -> fmt::Result {
    let mut found = Differing::default();
    diff.note(&mut found);
    let mut set = f.debug_set();
    for leaf in table.leaves_at(&found.into_places()) {
        match leaf.key.is_root() {
            true => set.entry(&format_args!("all of {}", table.name)),
            false => set.entry(&format_args!("{}", leaf.key)),
        };
    }
    set.finish()
}

impl Table {
    /// Calls a function for each hot leaf, with the path of indices to it.
    fn each_hot(&self, at: &mut Vec<u16>, then: &mut dyn FnMut(&[u16], &FieldInfo)) {
        for (index, info) in (0..).zip(self.fields) {
            at.push(index);
            match info.kind {
                FieldKind::Leaf(role) if role.class() == Class::Hot => then(at, info),
                FieldKind::Section { table, frozen: false, .. } => table.each_hot(at, then),
                FieldKind::Leaf(_) | FieldKind::Section { .. } => {}
            }
            at.pop();
        }
    }

    fn leaves_at(&'static self, places: &[Vec<u16>]) -> Vec<Leaf> {
        places.iter().filter_map(|at| self.leaf_at(at)).collect()
    }

    /// Returns the leaf at a path of indices. A path that ends at a section leads to all of it, as one leaf.
    fn leaf_at(&'static self, at: &[u16]) -> Option<Leaf> {
        let (mut table, mut prefix, mut part) = (self, Prefix::default(), Part::Whole);
        for index in at {
            let info = table.at(*index)?;
            match info.kind {
                FieldKind::Leaf(role) => return Some(prefix.leaf(info, role)),
                FieldKind::Section { table: below, frozen, .. } => {
                    table = below;
                    prefix = prefix.field(info).section(frozen);
                    part = if info.flatten { Part::Fields(below) } else { Part::Whole };
                }
            }
        }
        Some(prefix.whole(part))
    }
}
