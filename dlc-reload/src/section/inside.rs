//! The search inside of one leaf: for the values that do not fit, and for entries that its type does not read.
//!
//! Only the type of the leaf knows what it takes, so it is tried again and again: without a value that was found to be
//! wrong, or with a poisoned one.

use std::cell::Cell;

use crate::{
    document::{Cursor, Mismatch, Node, Path, Poison, Retry},
    key::{Key, Segment},
};

/// The greatest number of attempts to read a leaf. A failed one may teach that a `null` is to be left out,
/// or that a number is a text.
const MAX_ATTEMPTS: usize = 64;

/// The greatest number of values reported inside of one leaf.
const MAX_INSIDE: usize = 32;

/// The greatest number of values that are poisoned to find the one that does not fit.
const MAX_POISONED: usize = 64;

/// An entry inside of a leaf that the type of the leaf may not read.
pub(crate) struct Suspect<'n> {
    /// The key of the leaf.
    pub(crate) leaf: Key,
    /// The value of the entry.
    pub(crate) value: &'n Node,
    /// The finding: what becomes of the leaf does not depend on the value.
    pub(crate) outcome: Cell<Outcome>,
}

/// The finding about a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The type reads the entry, or it was not tried.
    Read,
    /// The type does not read the entry.
    Unread,
    /// The type does not read the entry, as far as it came: something else does not fit.
    NotReached,
}

/// The value of a leaf.
pub(super) struct Leaf<'l> {
    pub(super) node: &'l Node,
    pub(super) path: Path<'l>,
    /// A filter on the names of the entries, for a flattened leaf.
    pub(super) seen: Option<&'l dyn Fn(&str) -> bool>,
    pub(super) retry: &'l Retry,
}

impl<'l> Leaf<'l> {
    fn cursor(&self) -> Cursor<'l, 'l> {
        let cursor = Cursor::new(self.node, self.path, self.retry);
        match self.seen {
            Some(seen) => cursor.seeing(seen),
            None => cursor,
        }
    }

    /// Reads until it succeeds or an attempt teaches nothing new.
    fn attempt<T>(&self, read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>) -> Option<Mismatch> {
        for _ in 1..MAX_ATTEMPTS {
            let before = self.retry.count();
            let result = read(self.cursor());
            if result.is_ok() || self.retry.count() == before {
                return result.err();
            }
        }
        read(self.cursor()).err()
    }

    /// Returns the value that a key names, where it lies in this leaf.
    fn below(&self, key: &[Segment]) -> Option<&'l Node> {
        self.node.below(key.get(self.path.key().segments().len()..)?)
    }
}

/// Returns the values that do not fit, one attempt for each.
pub(super) fn mismatches<T>(
    leaf: &Leaf<'_>,
    advise: &dyn Fn(&Key, &Node),
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let (top, retry) = (leaf.path.key(), leaf.retry);
    let mut advised = false;
    let mut next = leaf.attempt(&read);
    while let Some(mismatch) = next.take().filter(|_| found.len() < MAX_INSIDE) {
        let mismatch = mismatch.at(leaf.node.place, || top.clone());
        // A type that refuses a scalar for what it is has asked for what it wants. One that buffers a value has not.
        let node = leaf.below(mismatch.key().map_or(&[], |key| key.segments()));
        if !advised && (mismatch.is_own() || node.is_none_or(Node::is_collection)) {
            advised = true;
            advise(&top, leaf.node);
            next = leaf.attempt(&read);
            continue;
        }
        let (mismatch, wrong) = finer(leaf, mismatch, &read);
        // Without a part that was left out, the value around it may not fit either.
        if wrong.is_none_or(|wrong| !retry.skips_below(wrong)) {
            found.push(mismatch);
        }
        // Leaving it out helps only where it is an entry or item.
        let Some(wrong) = wrong.filter(|wrong| !std::ptr::eq(*wrong, leaf.node)) else { break };
        if retry.skips(wrong) {
            break;
        }
        retry.skip(wrong);
        next = leaf.attempt(&read);
    }
    found
}

/// Returns a mismatch at the part of a value that it is about, and that part; for a key that is missing, the struct
/// around it.
///
/// A type that buffers a value says of no part where it stands. But if that part is poisoned, the type expects the same
/// there as before. So it does at parts of the same type that it reads earlier, so the last such part is the one.
fn finer<'l, T>(
    leaf: &Leaf<'l>,
    mismatch: Mismatch,
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> (Mismatch, Option<&'l Node>) {
    let key = mismatch.key().cloned().unwrap_or_default();
    if mismatch.is_missing() {
        let around = leaf.below(key.segments().split_last().map_or(&[][..], |(_, above)| above));
        return (mismatch, around);
    }
    let Some(node) = leaf.below(key.segments()) else { return (mismatch, None) };
    if !leaf.retry.saw_opaque() {
        return (mismatch, Some(node));
    }
    let mut parts = Vec::new();
    collect(node, &key, &mut parts);
    let variant = mismatch.unknown_variant().map(str::to_owned);
    let is_about = |part: &Node| match &variant {
        Some(variant) => part.text() == Some(variant),
        None => {
            let poisoned = leaf.retry.poisoning(part, Poison::Bytes, || read(leaf.cursor()).err());
            poisoned.is_some_and(|poisoned| {
                let poisoned = poisoned.at(leaf.node.place, || leaf.path.key());
                poisoned.expects_as(&mismatch) && !poisoned.says_as(&mismatch)
            })
        }
    };
    match parts.into_iter().rev().find(|(_, part)| is_about(part)) {
        Some((key, part)) => (mismatch.moved(part.place, key), Some(part)),
        None => (mismatch, Some(node)),
    }
}

/// Collects the values below a node with their keys, in the order of the text, as many as are poisoned.
fn collect<'n>(node: &'n Node, key: &Key, parts: &mut Vec<(Key, &'n Node)>) {
    let names = node.entries().map(|(name, below)| (Segment::Name(name.to_owned().into()), below));
    let items = node.items().iter().enumerate().map(|(at, below)| (Segment::Item(at), below));
    for (segment, below) in names.chain(items) {
        if parts.len() == MAX_POISONED {
            return;
        }
        let key: Key = key.segments().iter().cloned().chain([segment]).collect();
        parts.push((key.clone(), below));
        collect(below, &key, parts);
    }
}

/// Finds out which of the suspects in a leaf its type does not read: those whose value makes no difference.
pub(super) fn find_unread<T>(
    leaf: &Leaf<'_>,
    suspects: &[Suspect<'_>],
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) {
    let top = leaf.path.key();
    let mut inside = suspects.iter().filter(|suspect| suspect.leaf == top).peekable();
    if inside.peek().is_none() {
        return;
    }
    let plain = leaf.attempt(&read);
    for suspect in inside {
        let unread = [Poison::Bytes, Poison::Map].into_iter().all(|poison| {
            let poisoned =
                leaf.retry.poisoning(suspect.value, poison, || read(leaf.cursor()).err());
            match (&plain, poisoned) {
                (None, None) => true,
                (Some(plain), Some(poisoned)) => plain.says_as(&poisoned),
                _ => false,
            }
        });
        suspect.outcome.set(match (unread, &plain) {
            (false, _) => Outcome::Read,
            (true, None) => Outcome::Unread,
            (true, Some(_)) => Outcome::NotReached,
        });
    }
}
