//! Keys inside of leaves that nothing reads.
//!
//! A struct says itself which keys it ignores. An enum with a tag and a struct with `flatten` in it do not: they read
//! everything. So the schema names the keys that look wrong, and the type is tried with another value at each.

use std::{cell::Cell, collections::BTreeSet};

use super::{
    said::Said,
    unknown::{UnknownKeys, unknown},
};
use crate::{
    document::{Cursor, Entry, Finding, Map, Node, Path, Retry},
    key::Key,
    schema::{Alternatives, Entries, Level},
    section::{Outcome, Reloadable, Suspect, Table, find_unread},
};

/// The greatest number of keys that are tried.
const MAX_TRIED: usize = 64;

/// The finding about a key, for the case that nothing reads it.
struct Unread {
    finding: Finding,
    /// True if the finding holds although the type did not come so far: the key is a misspelt one.
    is_guess: bool,
}

/// Finds every key inside of a leaf that its type does not read.
pub(super) fn unread_inside<C: Reloadable>(
    said: &Said<'_>,
    retry: &Retry,
    treat: UnknownKeys,
) -> Vec<Finding> {
    if !retry.saw_opaque() {
        return Vec::new();
    }
    let (root, shape) = (&said.document().root, said.shape());
    let mut search = Search {
        said,
        retry,
        treat,
        left: retry.opaque_maps(),
        leaf: Key::root(),
        fields: None,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    let mut keys = BTreeSet::new();
    // Leaves that are flattened into one section have its key in common, and its schema.
    for leaf in shape.table().leaves().into_iter().filter(|leaf| keys.insert(leaf.key.clone())) {
        let segments = leaf.key.segments();
        let Some(node) = root.below(segments) else { continue };
        search.leaf = leaf.key.clone();
        search.fields = shape.table().section(segments);
        search.value(node, &Level::new(shape.alternatives(&leaf.key)), &Path::Root);
    }
    let (suspects, unread) = search.tried();
    if !suspects.is_empty() {
        find_unread::<C>(root, retry, &suspects);
    }
    let found =
        suspects.iter().zip(unread).filter(|(suspect, unread)| match suspect.outcome.get() {
            Some(Outcome::Unread) => true,
            Some(Outcome::NotReached) => unread.is_guess,
            Some(Outcome::Read) | None => false,
        });
    found.map(|(_, unread)| unread.finding).collect()
}

struct Search<'n, 's> {
    said: &'s Said<'n>,
    retry: &'s Retry,
    treat: UnknownKeys,
    /// The number of maps that are still to be found: those that a type read without naming its fields.
    left: usize,
    /// The key of the leaf that is looked at.
    leaf: Key,
    /// The fields of the section around it, where it is flattened.
    fields: Option<&'static Table>,
    /// The names that were met, each with the type it was met in.
    seen: BTreeSet<(Vec<usize>, &'n str)>,
    found: Vec<Found<'n>>,
}

/// A suspect, and the finding about it.
struct Found<'n> {
    /// True if the same name was met before in a value of the same type.
    is_repeated: bool,
    suspect: Suspect<'n>,
    unread: Unread,
}

impl<'n> Search<'n, '_> {
    /// Looks at a value inside of the leaf, at a path from there.
    fn value(&mut self, node: &'n Node, level: &Level<'_>, path: &Path<'_>) {
        for (index, item) in node.items().iter().enumerate() {
            if self.left > 0 && item.is_collection() {
                self.value(item, &level.item(index), &path.item(index));
            }
        }
        let Some(map) = node.as_map() else { return };
        // A struct has said itself which keys it ignores.
        let is_opaque = self.retry.is_opaque(map);
        self.left = self.left.saturating_sub(usize::from(is_opaque));
        if !is_opaque && !map.values().any(|entry| entry.node.is_collection()) {
            return;
        }
        let entries = level.entries(map);
        if !entries.is_open && entries.names.is_empty() {
            // No map belongs here, which is a problem of its own.
            return;
        }
        let fields = self.fields.filter(|_| matches!(path, Path::Root));
        let own = |name: &str| fields.is_none_or(|fields| fields.field(name).is_none());
        for (name, entry) in map.iter().filter(|(name, _)| own(name)) {
            let path = path.name(name);
            if !entries.know(name) {
                if is_opaque {
                    self.unknown(name, entry, map, &entries, &path);
                }
                continue;
            }
            if is_opaque && entries.may_swallow(name) {
                self.swallowed((name, entry), map, &entries.allowed, &path);
            }
            if self.left > 0 && entry.node.is_collection() {
                self.value(&entry.node, &entries.below(name), &path);
            }
        }
    }

    fn unknown(
        &mut self,
        name: &'n str,
        entry: &'n Entry,
        map: &Map,
        entries: &Entries<'_>,
        path: &Path<'_>,
    ) {
        let text = unknown(name, entry, map, &entries.names);
        let is_guess = text.contains("did you mean");
        let key = self.leaf.join(&path.key());
        let finding = self.treat.applied(Finding::error(entry.key, text).about(key.clone()));
        self.suspect(key, (name, entry), &entries.allowed, Unread { finding, is_guess });
    }

    /// Notes a key that a struct may leave out because another one of its keys is missing or does not fit.
    fn swallowed(
        &mut self,
        (name, entry): (&'n str, &'n Entry),
        map: &'n Map,
        allowed: &Alternatives<'_>,
        path: &Path<'_>,
    ) {
        let key = self.leaf.join(&path.key());
        let expected = |name: &str| {
            let kind = map.get(name)?.node.kind()?;
            let allowed = allowed.entry(name);
            (!allowed.fit(kind)).then(|| allowed.forms().join(" or "))
        };
        let belonging = allowed.names().into_iter().filter(|other| allowed.may_swallow(other));
        let (set, missing): (Vec<_>, Vec<_>) =
            belonging.partition(|other| map.contains_key(*other));
        let place = entry.node.place;
        let finding = if let Some(expected) = expected(name) {
            let cursor = Cursor::new(&entry.node, Path::Root, self.retry);
            let mismatch = cursor.expected(&&*expected).at(place, || key.clone());
            self.said.mismatch(&mismatch)
        } else if set.into_iter().any(|other| expected(other).is_some()) || missing.is_empty() {
            // The one that is wrong says so.
            return;
        } else {
            let missing = missing.join("`, `");
            let text = format!(
                "without effect, because `{missing}` is missing: set it, too, or remove `{name}`"
            );
            Finding::error(place, text).about(key.clone())
        };
        let unread = Unread { finding, is_guess: false };
        self.suspect(key, (name, entry), allowed, unread);
    }

    fn suspect(
        &mut self,
        key: Key,
        (name, entry): (&'n str, &'n Entry),
        allowed: &Alternatives<'_>,
        unread: Unread,
    ) {
        let value = &entry.node;
        if !self.retry.ignores(value) && !self.retry.skips(value) {
            let is_repeated = !self.seen.insert((allowed.identity(), name));
            let outcome = Cell::new(None);
            let suspect = Suspect { leaf: self.leaf.clone(), key, value, outcome };
            self.found.push(Found { is_repeated, suspect, unread });
        }
    }

    /// Returns the suspects that are tried: each name of each type before others of that name, which may be so many
    /// aliases that nothing else is tried.
    fn tried(mut self) -> (Vec<Suspect<'n>>, Vec<Unread>) {
        self.found.sort_by_key(|found| found.is_repeated);
        self.found.truncate(MAX_TRIED);
        self.found.into_iter().map(|found| (found.suspect, found.unread)).unzip()
    }
}
