//! Entries that are set and without effect, because a flattened `Option` takes what does not fit it for `None`.
//!
//! The schema names the entries that belong together. Only the type knows whether they have an effect: it is read once
//! more without them.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    effect::{has_effect, is_same},
    opaque::{Opaque, visit_opaque},
    said::Said,
};
use crate::{
    document::{Cursor, Entry, Finding, Node, Path, Retry},
    place::Key,
    schema::{Alternatives, Level},
    section::{Reloadable, whole},
};

/// The greatest number of groups that are tried.
const MAX_TRIED: usize = 64;

/// The greatest number of those that look right to the schema, which may know less than the type.
const MAX_PLAIN: usize = 8;

/// Entries of one map that belong together, and the finding for the case that they have no effect.
struct Group<'n> {
    /// True if a group of the same type was met before.
    is_repeated: bool,
    /// True if the schema shows that something is wrong.
    is_evident: bool,
    leaf: Key,
    /// The keys of the entries, and their values.
    entries: Vec<(Key, &'n Node)>,
    /// All values that look wrong beside it, for an entry of which it is not known what it belongs to.
    wrong: Option<Rc<Vec<&'n Node>>>,
    finding: Finding,
}

impl Group<'_> {
    /// Returns true if the entries make no difference to a configuration.
    fn is_swallowed<C: Reloadable>(&self, config: &C, root: &Node, retry: &Retry) -> bool {
        let values: Vec<_> = self.entries.iter().map(|(_, value)| *value).collect();
        let without = |values: &[&Node]| retry.without(values, || whole::<C>(root, retry));
        let is_left_out = match &self.wrong {
            // What they belong to needs none of them, so that it is there without them.
            Some(wrong) => without(wrong).is_ok_and(|tried| !is_same(config, &tried)),
            None => without(&values).is_ok_and(|tried| is_same(config, &tried)),
        };
        // Values that are those of the defaults make no difference either, and each has an effect.
        is_left_out && !values.iter().all(|value| has_effect(config, root, value, retry))
    }

    /// Returns true if another group of the same map says more exactly what is wrong.
    fn is_said_by(&self, other: &Self) -> bool {
        let map = |group: &Self| {
            let key = group.entries.first()?.0.segments();
            key.split_last().map(|(_, map)| map.to_vec())
        };
        !self.is_evident && other.is_evident && other.wrong.is_some() && map(self) == map(other)
    }

    /// Returns true if this group lies inside of an entry of another one.
    fn is_inside(&self, other: &Self) -> bool {
        let is_inside = |around: &Key, key: &Key| {
            let (around, key) = (around.segments(), key.segments());
            key.len() > around.len() && key.starts_with(around)
        };
        let mut around = other.entries.iter().map(|(around, _)| around);
        around.any(|around| self.entries.iter().any(|(key, _)| is_inside(around, key)))
    }
}

/// Returns the configuration in which such entries have an effect as far as they can, and the findings of the others.
pub(super) fn without_swallowing<C: Reloadable>(
    config: C,
    said: &Said<'_>,
    retry: &Retry,
) -> (C, Vec<Finding>) {
    let mut groups = groups(said, retry);
    groups.sort_by_key(|group| (!group.is_evident, group.is_repeated));
    let evident = groups.partition_point(|group| group.is_evident);
    groups.truncate(MAX_TRIED.min(evident + MAX_PLAIN));
    let (shape, root) = (said.shape(), &said.document().root);
    let keep_swallowed = |config: &C, groups: &mut Vec<Group<'_>>| {
        groups.retain(|group| group.is_swallowed(config, root, retry));
    };
    keep_swallowed(&config, &mut groups);
    // No type has asked for a text where a number without quotes was taken for nothing.
    let leaves: BTreeSet<_> = groups.iter().map(|group| group.leaf.clone()).collect();
    for (leaf, node) in leaves.iter().filter_map(|leaf| Some((leaf, root.below(leaf.segments())?)))
    {
        shape.teach_texts(leaf, node, retry);
    }
    let swallows = !groups.is_empty();
    // Nor has one refused a `null`, which then is to be left out.
    groups.retain(|group| {
        let is_null = |value: &Node| group.wrong.is_some() && value.is_null();
        let nulls = group.entries.iter().filter(|(_, value)| is_null(value));
        nulls.map(|(_, null)| retry.refuse(null)).count() == 0
    });
    let taught = swallows.then(|| whole::<C>(root, retry).ok()).flatten();
    if let Some(taught) = taught.as_ref().filter(|taught| !is_same(&config, taught)) {
        keep_swallowed(taught, &mut groups);
    }
    // What is inside of an entry without effect has none either, for the same reason.
    let is_told = |group: &&Group<'_>| {
        !groups.iter().any(|other| group.is_inside(other) || group.is_said_by(other))
    };
    let found = groups.iter().filter(is_told).map(|group| group.finding.clone()).collect();
    (taught.unwrap_or(config), found)
}

/// Returns the groups of all maps.
fn groups<'n>(said: &Said<'n>, retry: &Retry) -> Vec<Group<'n>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    visit_opaque(said, retry, &mut |map| {
        let entries = map.entries;
        let search = Search { said, retry, map };
        let mut group = |set: &[(&str, &'n Entry)], wrong, finding: Option<(Finding, bool)>| {
            let Some((finding, is_evident)) = finding else { return };
            let is_repeated = !seen.insert(entries.allowed.identity());
            let leaf = map.leaf.clone();
            let set = set.iter().map(|(name, entry)| (map.key(map.path.name(name)), &entry.node));
            let entries = set.collect();
            found.push(Group { is_repeated, is_evident, leaf, entries, wrong, finding });
        };
        let mut grouped = BTreeSet::new();
        for part in entries.optional_parts() {
            let part = part.of_variant(map.map);
            let set: Vec<_> = map.own().filter(|(name, _)| part.property(name).is_some()).collect();
            grouped.extend(set.iter().map(|(name, _)| *name));
            let is_tagged = !part.tag_names().is_empty();
            let finding = search.finding(&part, &set, |name| is_tagged && part.require(name));
            group(&set, None, finding);
        }
        let is_part = |name: &str| entries.may_swallow(name);
        let set: Vec<_> = map.own().filter(|(name, _)| is_part(name)).collect();
        grouped.extend(set.iter().map(|(name, _)| *name));
        group(&set, None, search.finding(&entries.allowed, &set, is_part));
        // Each alone: a map that is flattened takes all others, and a struct whose fields have defaults needs none of
        // them. Most are no `Option`, so that one of them has to look wrong.
        let is_alone = |(name, entry): &(&str, &Entry)| {
            entries.know(name) && !grouped.contains(name) && !retry.leaves_out(&entry.node)
        };
        let wrong = map.own().filter(is_alone).filter_map(|one| Some((one, search.alone(one)?)));
        let wrong: Vec<_> = wrong.collect();
        let values = Rc::new(wrong.iter().map(|((_, entry), _)| &entry.node).collect());
        for (one, finding) in wrong {
            group(&[one], Some(Rc::clone(&values)), Some(finding));
        }
    });
    found
}

/// The search for what is wrong with a group.
struct Search<'a, 'n> {
    said: &'a Said<'n>,
    retry: &'a Retry,
    map: &'a Opaque<'a, 'n>,
}

impl Search<'_, '_> {
    /// Returns the finding about entries that belong together, and true if the schema shows which one is wrong or
    /// missing. Returns `None` where none is set.
    fn finding(
        &self,
        part: &Alternatives<'_>,
        set: &[(&str, &Entry)],
        is_required: impl Fn(&str) -> bool,
    ) -> Option<(Finding, bool)> {
        let first = set.first()?;
        let tags = part.tag_names();
        let (name, entry) = set.iter().find(|(name, _)| tags.contains(name)).unwrap_or(first);
        if let Some(misfit) = self.misfit(part, set) {
            return Some((misfit, true));
        }
        let is_missing = |name: &&str| is_required(name) && !self.map.map.contains_key(*name);
        let missing: Vec<_> = part.names().into_iter().filter(is_missing).collect();
        let because = if missing.is_empty() {
            format!("what `{name}` belongs to does not fit: correct it")
        } else {
            format!("`{}` is missing: set it, too", missing.join("`, `"))
        };
        Some((self.without_effect((name, entry), &because), !missing.is_empty()))
    }

    /// Returns the finding about an entry that belongs to others that are not known, if it looks wrong, and true if the
    /// schema shows what is wrong.
    fn alone(&self, (name, entry): (&str, &Entry)) -> Option<(Finding, bool)> {
        let level = self.map.entries.below(name);
        if let Some(misfit) = self.wrong(&entry.node, &level, self.map.path.name(name)) {
            return Some((misfit, true));
        }
        level.doubts(&entry.node).then(|| {
            let because = format!("what `{name}` belongs to does not fit: correct it");
            (self.without_effect((name, entry), &because), false)
        })
    }

    fn without_effect(&self, (name, entry): (&str, &Entry), because: &str) -> Finding {
        let text = format!("without effect, because {because}, or remove `{name}`");
        let key = self.map.key(self.map.path.name(name));
        Finding::error(entry.node.place, text).about(key)
    }

    /// Returns the finding about the first of some entries that does not fit.
    fn misfit(&self, allowed: &Alternatives<'_>, set: &[(&str, &Entry)]) -> Option<Finding> {
        set.iter().find_map(|(name, entry)| {
            self.wrong(&entry.node, &Level::new(allowed.entry(name)), self.map.path.name(name))
        })
    }

    /// Returns the finding about the first scalar at or in a value that the schema does not allow there.
    fn wrong(&self, node: &Node, level: &Level<'_>, path: Path<'_>) -> Option<Finding> {
        if let Some(map) = node.as_map() {
            let entries = level.entries(map);
            return map.iter().find_map(|(name, entry)| {
                self.wrong(&entry.node, &entries.below(name), path.name(name))
            });
        }
        let mut items = node.items().iter().enumerate();
        let inside = items.find_map(|(at, item)| self.wrong(item, &level.item(at), path.item(at)));
        inside.or_else(|| {
            let expected = level.refusal(node)?;
            let key = self.map.key(path);
            let cursor = Cursor::new(node, Path::Root, self.retry);
            let mismatch = cursor.expected(&&*expected).at(node.place, || key.clone());
            Some(self.said.mismatch(&mismatch))
        })
    }
}
