//! The leaves that differ between two configurations.

use std::fmt;

use super::{Class, FieldInfo, FieldKind, Leaf, Part, Prefix, Reloadable, Role, Table};
use crate::{
    change::{Diff, Differing},
    key::Key,
};

/// Returns the leaves that differ, in declaration order.
///
/// A section that appeared or disappeared is one leaf, which needs a restart.
pub(crate) fn differing<C: Reloadable>(old: &C, new: &C) -> Vec<Leaf> {
    C::TABLE.leaves_at(&places(old, new))
}

/// Returns the leaves and sections whose hooks are asked of a change, each as indices from the root.
pub(crate) fn hooked<C: Reloadable>(old: &C, new: &C) -> Vec<Vec<u16>> {
    let differing = places(old, new);
    // In declaration order, which is that of the indices.
    C::TABLE.hooks(&|at| differing.binary_search_by(|place| place.as_slice().cmp(at)).is_ok())
}

/// Returns the leaves and sections that have a hook. Those of an absent section have none to be asked.
pub(crate) fn all_hooked<C: Reloadable>(config: &C) -> Vec<Vec<u16>> {
    C::TABLE.hooks(&|at| config.leaf_at(at).is_some())
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
            info.adopt(value, other);
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

    /// Returns the place of the hot leaf with this key, as indices from here; none for a flattened one, which has no key of
    /// its own.
    pub(crate) fn hot_leaf(&'static self, key: &Key) -> Option<Vec<u16>> {
        let mut found = None;
        self.each_hot(&mut Vec::new(), &mut |at, info| {
            if !info.flatten && self.key(at) == *key {
                found = Some(at.to_vec());
            }
        });
        found
    }

    /// Returns the hooks that are asked if the hot leaves with a mark change: each that has one, and after those in a section
    /// that of the section.
    pub(crate) fn hooks(&self, marked: &dyn Fn(&[u16]) -> bool) -> Vec<Vec<u16>> {
        let mut hooks = Vec::new();
        self.each_hook(&mut Vec::new(), marked, &mut hooks);
        hooks
    }

    /// Adds the hooks below a place, and returns true if a leaf there has the mark.
    fn each_hook(
        &self,
        at: &mut Vec<u16>,
        marked: &dyn Fn(&[u16]) -> bool,
        hooks: &mut Vec<Vec<u16>>,
    ) -> bool {
        let mut any = false;
        for (index, info) in (0..).zip(self.fields) {
            at.push(index);
            let (changes, has_hook) = match info.kind {
                FieldKind::Leaf(role) => {
                    (role.class() == Class::Hot && marked(at), role == Role::Hook)
                }
                FieldKind::Section { frozen: true, .. } => (false, false),
                FieldKind::Section { table, has_hook, .. } => {
                    (table.each_hook(at, marked, hooks), has_hook)
                }
            };
            if changes && has_hook {
                hooks.push(at.clone());
            }
            any |= changes;
            at.pop();
        }
        any
    }

    fn leaves_at(&'static self, places: &[Vec<u16>]) -> Vec<Leaf> {
        places.iter().filter_map(|at| self.leaf_at(at)).collect()
    }

    /// Returns the leaf at a path of indices. A path that ends at a section leads to all of it, as one leaf.
    pub(crate) fn leaf_at(&'static self, at: &[u16]) -> Option<Leaf> {
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
