//! Keys inside of leaves that nothing reads.
//!
//! A struct says itself which keys it ignores. An enum with a tag and a struct with `flatten` in it do not: they read
//! everything. So the schema names the keys that look wrong, and the type is tried with another value at each.

use std::{cell::Cell, collections::BTreeSet};

use super::{
    effect::has_effect,
    opaque::{Opaque, visit_opaque},
    said::Said,
    unknown::{UnknownKeys, unknown},
};
use crate::{
    document::{Entry, Finding, Node, Retry},
    section::{Outcome, Reloadable, Suspect, find_unread},
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
    config: Option<&C>,
    said: &Said<'_>,
    retry: &Retry,
    treat: UnknownKeys,
) -> Vec<Finding> {
    let mut search = Search { retry, treat, seen: BTreeSet::new(), found: Vec::new() };
    visit_opaque(said, retry, &mut |map| search.map(map));
    let (suspects, unread) = search.tried();
    if !suspects.is_empty() {
        find_unread::<C>(&said.document().root, retry, &suspects);
    }
    // A flattened `Option` refuses nothing: where it reads an entry, poison makes it take all for `None`.
    let has_effect = |value: &Node| {
        config.is_some_and(|config| has_effect(config, &said.document().root, value, retry))
    };
    let found =
        suspects.iter().zip(unread).filter(|(suspect, unread)| match suspect.outcome.get() {
            Some(Outcome::Unread) => !has_effect(suspect.value),
            Some(Outcome::NotReached) => unread.is_guess,
            Some(Outcome::Read) | None => false,
        });
    found.map(|(_, unread)| unread.finding).collect()
}

struct Search<'n, 's> {
    retry: &'s Retry,
    treat: UnknownKeys,
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
    fn map(&mut self, map: &Opaque<'_, 'n>) {
        for (name, entry) in map.own() {
            if !map.entries.know(name) {
                self.unknown((name, entry), map);
            }
        }
    }

    fn unknown(&mut self, (name, entry): (&'n str, &'n Entry), map: &Opaque<'_, 'n>) {
        let value = &entry.node;
        if self.retry.ignores(value) || self.retry.skips(value) {
            return;
        }
        let text = unknown(name, entry, map.map, &map.entries.names);
        let is_guess = text.contains("did you mean");
        let key = map.key(map.path.name(name));
        let finding = self.treat.applied(Finding::error(entry.key, text).about(key.clone()));
        let is_repeated = !self.seen.insert((map.entries.allowed.identity(), name));
        let suspect = Suspect { leaf: map.leaf.clone(), key, value, outcome: Cell::new(None) };
        self.found.push(Found { is_repeated, suspect, unread: Unread { finding, is_guess } });
    }

    /// Returns the suspects that are tried: each name of each type before others of that name, which may be so many
    /// aliases that nothing else is tried.
    fn tried(mut self) -> (Vec<Suspect<'n>>, Vec<Unread>) {
        self.found.sort_by_key(|found| found.is_repeated);
        self.found.truncate(MAX_TRIED);
        self.found.into_iter().map(|found| (found.suspect, found.unread)).unzip()
    }
}
