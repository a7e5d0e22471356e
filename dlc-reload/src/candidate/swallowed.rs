//! Entries that are set and without effect, because a flattened `Option` takes what does not fit it for `None`.
//!
//! The schema names the entries that belong together. Only the type knows whether they have an effect: it is read once
//! more without them.

use std::collections::BTreeSet;

use super::{
    opaque::{Opaque, visit_opaque},
    said::Said,
};
use crate::{
    document::{Cursor, Entry, Finding, Node, Path, Poison, Retry},
    key::Key,
    schema::Alternatives,
    section::{Reloadable, leaves, whole},
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
    trial: Trial<'n>,
    finding: Finding,
}

/// The trial that makes no difference to a configuration in which the entries have no effect.
enum Trial<'n> {
    Without(Vec<&'n Node>),
    /// Without its entries, a map is empty and not absent.
    Poisoned(&'n Node),
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
        groups.retain(|group| {
            let read = || whole::<C>(root, retry);
            let tried = match &group.trial {
                Trial::Without(values) => retry.without(values, read),
                Trial::Poisoned(value) => retry.poisoning(value, Poison::Bytes, read),
            };
            tried.is_ok_and(|tried| leaves(&C::diff(config, &tried), C::TABLE).is_empty())
        });
    };
    keep_swallowed(&config, &mut groups);
    // No type has asked for a text where a number without quotes was taken for nothing.
    let leaves: BTreeSet<_> = groups.iter().map(|group| group.leaf.clone()).collect();
    for (leaf, node) in leaves.iter().filter_map(|leaf| Some((leaf, root.below(leaf.segments())?)))
    {
        shape.teach_texts(leaf, node, retry);
    }
    let taught = (!groups.is_empty()).then(|| whole::<C>(root, retry).ok()).flatten();
    if let Some(config) = &taught {
        keep_swallowed(config, &mut groups);
    }
    (taught.unwrap_or(config), groups.into_iter().map(|group| group.finding).collect())
}

/// Returns the groups of all maps.
fn groups<'n>(said: &Said<'n>, retry: &Retry) -> Vec<Group<'n>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    visit_opaque(said, retry, &mut |map| {
        let entries = map.entries;
        let search = Search { said, retry, map };
        let mut group = |trial: Trial<'n>, finding: Option<(Finding, bool)>| {
            let Some((finding, is_evident)) = finding else { return };
            let is_repeated = !seen.insert(entries.allowed.identity());
            let leaf = map.leaf.clone();
            found.push(Group { is_repeated, is_evident, leaf, trial, finding });
        };
        let without = |set: &[(&str, &'n Entry)]| {
            Trial::Without(set.iter().map(|(_, entry)| &entry.node).collect())
        };
        for part in entries.allowed.optional_parts() {
            let part = part.of_variant(map.map);
            let set: Vec<_> = map.own().filter(|(name, _)| part.property(name).is_some()).collect();
            let is_tagged = !part.tag_names().is_empty();
            let finding = search.finding(&part, &set, |name| is_tagged && part.require(name));
            group(without(&set), finding);
        }
        let is_part = |name: &str| entries.may_swallow(name);
        let set: Vec<_> = map.own().filter(|(name, _)| is_part(name)).collect();
        group(without(&set), search.finding(&entries.allowed, &set, is_part));
        // A map that is flattened takes all others. Most are no `Option`, so that one of them has to look wrong.
        let mut others = map.own().filter(|(name, _)| entries.is_open && !entries.name(name));
        let wrong = others.find_map(|one| Some((one.1, search.misfit(&entries.allowed, &[one])?)));
        if let Some((entry, finding)) = wrong {
            group(Trial::Poisoned(&entry.node), Some((finding, true)));
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
    /// Returns the finding about entries that belong together, and true if the schema shows which one is wrong or missing.
    /// Returns `None` where none is set.
    fn finding(
        &self,
        part: &Alternatives<'_>,
        set: &[(&str, &Entry)],
        is_required: impl Fn(&str) -> bool,
    ) -> Option<(Finding, bool)> {
        let tags = part.tag_names();
        let (name, entry) =
            set.iter().find(|(name, _)| tags.contains(name)).or_else(|| set.first())?;
        if let Some(misfit) = self.misfit(part, set) {
            return Some((misfit, true));
        }
        let is_missing = |name: &&str| is_required(name) && !self.map.map.contains_key(*name);
        let missing: Vec<_> = part.names().into_iter().filter(is_missing).collect();
        let text = if missing.is_empty() {
            format!("without effect, because what `{name}` belongs to does not fit: correct it")
        } else {
            format!("without effect, because `{}` is missing: set it, too", missing.join("`, `"))
        };
        let text = format!("{text}, or remove `{name}`");
        let key = self.map.key(self.map.path.name(name));
        Some((Finding::error(entry.node.place, text).about(key), !missing.is_empty()))
    }

    /// Returns the finding about the first of some entries that does not fit.
    fn misfit(&self, allowed: &Alternatives<'_>, set: &[(&str, &Entry)]) -> Option<Finding> {
        set.iter().find_map(|(name, entry)| {
            self.wrong(&entry.node, &allowed.entry(name), self.map.path.name(name))
        })
    }

    /// Returns the finding about the first scalar at or in a value that the schema does not allow there.
    fn wrong(&self, node: &Node, allowed: &Alternatives<'_>, path: Path<'_>) -> Option<Finding> {
        if let Some(map) = node.as_map() {
            let allowed = allowed.of_variant(map);
            return map.iter().find_map(|(name, entry)| {
                self.wrong(&entry.node, &allowed.entry(name), path.name(name))
            });
        }
        let mut items = node.items().iter().enumerate();
        let inside =
            items.find_map(|(at, item)| self.wrong(item, &allowed.item(at), path.item(at)));
        if inside.is_some() || allowed.is_unknown() {
            return inside;
        }
        let kind = node.kind()?;
        let words = allowed.words();
        let is_word = || node.text().is_some_and(|text| words.contains(&text));
        let expected = if !allowed.fit(kind) && !allowed.want_text(kind) {
            allowed.forms().join(" or ")
        } else if !words.is_empty() && !allowed.take_any_text() && !is_word() {
            format!("`{}`", words.join("` or `"))
        } else {
            return None;
        };
        let key = self.map.key(path);
        let cursor = Cursor::new(node, Path::Root, self.retry);
        let mismatch = cursor.expected(&&*expected).at(node.place, || key.clone());
        Some(self.said.mismatch(&mismatch))
    }
}
