//! The leaves that differ between two configurations.

use std::fmt;

use super::{
    Class, EntriesType, FieldInfo, FieldKind, Found, Leaf, Part, Prefix, Reloadable, Role, Table,
    entries::Order,
};
use crate::{
    hook::{Diff, Differing, Index, Way},
    place::Key,
};

/// Returns the leaves that differ, in declaration order.
///
/// An entry or section that appeared or disappeared is one leaf; a section needs a restart unless it is live.
pub(crate) fn differing<C: Reloadable>(old: &C, new: &C) -> Vec<Leaf> {
    C::TABLE.leaves_at(&ways(old, new))
}

/// Returns the leaves, entries and sections whose hooks are asked of a change.
pub(crate) fn hooked<C: Reloadable>(old: &C, new: &C) -> Vec<Way> {
    C::TABLE.hooks(&ways(old, new))
}

/// Returns the leaves, entries and sections that have a hook. Those of an absent section have none to be asked, and a
/// live section whose hook is told that it appears stands for all that is in it, as it does in a reload.
pub(crate) fn all_hooked<C: Reloadable>(config: &C) -> Vec<Way> {
    let mut all = Vec::new();
    C::TABLE.each_hot(&mut Vec::new(), &mut |at, info| {
        let Some(leaf) = config.leaf_at(at) else { return };
        let way: Way = at.iter().copied().map(Index::Field).collect();
        match &info.entries {
            Some(entries) => {
                let entry = |key| [&*way, &[Index::Entry(key)]].concat();
                all.extend(entries.keys(leaf).into_iter().map(entry));
            }
            None => all.push(way),
        }
    });
    let mut appearing: Vec<Way> = Vec::new();
    C::TABLE.each_live_section(&mut Vec::new(), &mut |at, info| {
        if config.leaf_at(at).is_some() {
            let way: Way = at.iter().copied().map(Index::Field).collect();
            appearing.extend(info.has_hook().then(|| way.clone()));
            all.push(way);
        }
    });
    let is_in = |way: &Way, section: &Way| way.len() > section.len() && way.starts_with(section);
    all.retain(|way| !appearing.iter().any(|section| is_in(way, section)));
    // In declaration order.
    all.sort();
    C::TABLE.hooks(&all)
}

fn ways<C: Reloadable>(old: &C, new: &C) -> Vec<Way> {
    let mut found = Differing::default();
    C::compare(old, new, &mut found);
    found.into_places()
}

/// Replaces the hot leaves by those of a candidate, and the live sections that only one of the two has.
pub(super) fn adopt_hot<C: Reloadable>(config: &mut C, candidate: &C) {
    let mut copy = None;
    C::TABLE.each_live_section(&mut Vec::new(), &mut |at, info| {
        if config.leaf_at(at).is_some() != candidate.leaf_at(at).is_some() {
            let copy = copy.get_or_insert_with(|| candidate.clone());
            if let (Some(value), Some(other)) = (config.hot_leaf_mut(at), copy.hot_leaf_mut(at)) {
                info.adopt(value, other);
            }
        }
    });
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
    /// Calls a function for each section that may appear and vanish live, with the path of indices to it; one around
    /// others comes before them.
    fn each_live_section(&self, at: &mut Vec<u16>, then: &mut dyn FnMut(&[u16], &FieldInfo)) {
        for (index, info) in (0..).zip(self.fields) {
            let FieldKind::Section { table, frozen: false, is_live, .. } = info.kind else {
                continue;
            };
            at.push(index);
            if is_live {
                then(at, info);
            }
            table.each_live_section(at, then);
            at.pop();
        }
    }

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

    /// Returns the place of the hot leaf with this key, as indices from here; none for a flattened one, which has no
    /// key of its own.
    pub(crate) fn hot_leaf(&'static self, key: &Key) -> Option<Vec<u16>> {
        let mut found = None;
        self.each_hot(&mut Vec::new(), &mut |at, info| {
            if !info.flatten && self.key(at) == *key {
                found = Some(at.to_vec());
            }
        });
        found
    }

    /// Returns true if a way leads to an entry, or to a section that may appear and vanish live.
    pub(crate) fn comes_and_goes(&'static self, way: &[Index]) -> bool {
        match way.split_last() {
            Some((Index::Entry(_), _)) => true,
            // The section as one leaf has the role of its presence.
            Some((Index::Field(_), _)) => self.leaf_at(way).is_some_and(|leaf| {
                leaf.role == Role::Live
                    && matches!(self.find(leaf.key.segments()), Found::Section(_))
            }),
            None => false,
        }
    }

    /// Returns the keys of all hooks; in place of those of entries, of which any may be added, that of the collection.
    #[cfg(any(feature = "testing", feature = "metrics"))]
    pub(crate) fn hook_keys(&'static self) -> Vec<Key> {
        let (mut ways, mut keys) = (Vec::<Way>::new(), Vec::new());
        self.each_hot(&mut Vec::new(), &mut |at, info| {
            ways.push(at.iter().copied().map(Index::Field).collect());
            if info.entries.is_some() && matches!(info.kind, FieldKind::Leaf(Role::Hook)) {
                keys.push(self.key(at));
            }
        });
        self.each_live_section(&mut Vec::new(), &mut |at, _| {
            ways.push(at.iter().copied().map(Index::Field).collect());
        });
        ways.sort();
        keys.extend(self.hooks(&ways).iter().map(|way| self.key_of(way)));
        keys
    }

    /// Returns the hooks that are asked if what these ways lead to differs: those of hot leaves and of entries, and
    /// after those in a section that of the section. The ways are in declaration order.
    fn hooks(&'static self, ways: &[Way]) -> Vec<Way> {
        let mut hooks = Vec::new();
        self.each_hook(&mut Vec::new(), ways, &mut hooks);
        hooks
    }

    /// Adds the hooks below a place, which all ways lead through, and returns true if something hot is there.
    fn each_hook(&'static self, at: &mut Way, mut ways: &[Way], hooks: &mut Vec<Way>) -> bool {
        let mut any = false;
        for (index, info) in (0..).zip(self.fields) {
            let step = Index::Field(index);
            let leads_here = |way: &&Way| way.get(at.len()) == Some(&step);
            // One that ends here leads to the section as a whole.
            ways = &ways[ways.iter().take_while(|way| way.len() == at.len()).count()..];
            let (here, others) = ways.split_at(ways.iter().take_while(leads_here).count());
            ways = others;
            if here.is_empty() {
                continue;
            }
            at.push(step);
            let (changes, has_hook) = match (&info.kind, &info.entries) {
                (FieldKind::Leaf(role), _) if role.class() == Class::Restart => (false, false),
                (&FieldKind::Leaf(role), Some(entries)) => {
                    let changed = entries.hooks(here, at.len());
                    let is_rearranged = here.iter().any(|way| way.len() == at.len());
                    let any = is_rearranged || !changed.is_empty();
                    hooks.extend(changed.into_iter().filter(|_| role == Role::Hook));
                    (any, false)
                }
                (&FieldKind::Leaf(role), None) => (true, role == Role::Hook),
                (FieldKind::Section { frozen: true, .. }, _) => (false, false),
                (&FieldKind::Section { table, is_live, has_hook, .. }, _) => {
                    let comes_or_goes = is_live && here.iter().any(|way| way.len() == at.len());
                    (table.each_hook(at, here, hooks) || comes_or_goes, has_hook)
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

    fn leaves_at(&'static self, ways: &[Way]) -> Vec<Leaf> {
        ways.iter().filter_map(|way| self.leaf_at(way)).collect()
    }

    /// Returns the leaf at a path of indices.
    pub(crate) fn field_at(&'static self, at: &[u16]) -> Option<Leaf> {
        self.leaf_at(&at.iter().copied().map(Index::Field).collect::<Way>())
    }

    /// Returns the leaf that a way leads to. One that ends at a section or entry leads to all of it, as one leaf.
    pub(crate) fn leaf_at(&'static self, way: &[Index]) -> Option<Leaf> {
        let (mut table, mut prefix) = (self, Prefix::default());
        let (mut role, mut part) = (Role::Restart, Part::Whole);
        let mut steps = way.iter().peekable();
        while let Some(step) = steps.next() {
            let Index::Field(index) = step else { return None };
            let info = table.at(*index)?;
            match info.kind {
                FieldKind::Leaf(leaf) => match (&info.entries, steps.next()) {
                    (Some(entries), Some(Index::Entry(entry))) => {
                        table = entries.table;
                        prefix = prefix.field(info).entry(entry);
                        (role, part) = (leaf, Part::Whole);
                    }
                    (Some(EntriesType { order: Order::Meant, serialized, .. }), _) => {
                        let part = Part::Order(*serialized);
                        return Some(Leaf { part, ..prefix.leaf(info, leaf) });
                    }
                    _ => return Some(prefix.leaf(info, leaf)),
                },
                FieldKind::Section { table: below, frozen, is_live, .. } => {
                    table = below;
                    prefix = prefix.field(info).section(frozen);
                    role = if is_live { Role::Live } else { Role::Restart };
                    part = if info.flatten { Part::Fields(below) } else { Part::Whole };
                }
            }
        }
        Some(prefix.whole(role, part))
    }
}

impl EntriesType {
    /// Returns the ways to the entries of a collection whose hooks are asked, each once: those that came or went, and
    /// those in which a hot leaf differs. `depth` is the length of the way to the collection.
    fn hooks(&self, ways: &[Way], depth: usize) -> Vec<Way> {
        let mut hooks: Vec<Way> = Vec::new();
        for way in ways {
            let Some(entry) = way.get(..=depth) else { continue };
            let below = &way[depth + 1..];
            let is_hot = below.is_empty()
                || self.table.leaf_at(below).is_some_and(|leaf| leaf.role.class() == Class::Hot);
            if is_hot && hooks.last().is_none_or(|last| last != entry) {
                hooks.push(entry.to_vec());
            }
        }
        hooks
    }
}
