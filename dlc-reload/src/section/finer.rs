//! The search for the part of a leaf that a mismatch is about.
//!
//! A type that buffers a value (an enum with a tag, a struct with `flatten` in it) says of no part where it stands. So
//! it is tried again with one part poisoned or left out: what it has read by then makes a difference, what comes later
//! does not, so the last part that does is the one.

use std::cell::Cell;

use super::attempt::{Advice, Leaf};
use crate::{
    document::{Cursor, Mismatch, Node, Place, Poison},
    place::{Key, Segment},
};

/// The greatest number of attempts to find the part of one mismatch. After them it stays at what is around the part.
const MAX_ATTEMPTS: usize = 256;

/// The number of items from which on a list is searched by halves.
const LONG: usize = 16;

/// A part of a leaf.
struct Part<'l> {
    key: Key,
    /// The place of its key, or of the value where it has none.
    named: Place,
    node: &'l Node,
}

/// A mismatch of a leaf, and the ways to find out more.
struct Search<'s, 'l, R> {
    leaf: &'s Leaf<'l>,
    mismatch: &'s Mismatch,
    read: R,
    attempts: Cell<usize>,
}

/// Returns a mismatch at the part of a leaf that it is about, and the key of that part; for a key that is missing, the
/// key of the struct around it.
pub(super) fn finer<T>(
    leaf: &Leaf<'_>,
    mismatch: Mismatch,
    advice: &dyn Advice,
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> (Mismatch, Key) {
    let key = mismatch.key().cloned().unwrap_or_default();
    let last = key.segments().last().cloned();
    let name = match &last {
        Some(Segment::Name(name)) => Some(&**name),
        _ => None,
    };
    let is_missing = mismatch.is_missing();
    let top = if is_missing { parent(&key).unwrap_or_default() } else { key };
    let Some(node) = leaf.below(top.segments()).filter(|_| leaf.retry.saw_opaque()) else {
        return (mismatch, top);
    };
    let top = Part { key: top, named: node.place, node };
    let read = |cursor: Cursor<'_, '_>| read(cursor).err();
    let search = Search { leaf, mismatch: &mismatch, read, attempts: Cell::new(0) };
    let found = match (name, mismatch.unknown_field()) {
        // It was left out.
        (Some(name), _)
            if is_missing && node.as_map().is_some_and(|map| map.contains_key(name)) =>
        {
            None
        }
        (Some(name), _) if is_missing => search.lacking(&top, name, advice),
        (name, Some(unknown)) if name == Some(unknown) => None,
        (_, Some(unknown)) => search.named(&top, unknown),
        (_, None) => search.wrong(&top),
    };
    let Some(Part { key, named, node }) = found else { return (mismatch, top.key) };
    let place = if mismatch.unknown_field().is_some() { named } else { node.place };
    let about = key.segments().iter().cloned().chain(last.filter(|_| is_missing)).collect();
    (mismatch.moved(place, about), key)
}

/// Returns the key of what is around the value at a key.
fn parent(key: &Key) -> Option<Key> {
    let (_, above) = key.segments().split_last()?;
    Some(above.iter().cloned().collect())
}

/// Returns the entries and items of a value, in the order of the text.
fn parts<'l>(above: &Part<'l>) -> Vec<Part<'l>> {
    let part = |segment, named, node| {
        let key = above.key.segments().iter().cloned().chain([segment]).collect();
        Part { key, named, node }
    };
    let entries = above.node.as_map().into_iter().flatten();
    let entries = entries
        .map(|(name, entry)| part(Segment::Name(name.to_string().into()), entry.key, &entry.node));
    let items = above.node.items().iter().enumerate();
    entries.chain(items.map(|(at, item)| part(Segment::Item(at), item.place, item))).collect()
}

impl<'l, R: Fn(Cursor<'_, '_>) -> Option<Mismatch>> Search<'_, 'l, R> {
    /// Returns the last part that makes a difference and fits; what is inside of a part comes first.
    fn last(
        &self,
        above: &Part<'l>,
        matters: &dyn Fn(&Node) -> bool,
        fits: &dyn Fn(&Part<'l>) -> bool,
    ) -> Option<Part<'l>> {
        let mut parts = parts(above);
        if above.node.items().len() > LONG {
            // What is read before the part in question makes a difference, and what comes after it does not. Of a value
            // that fits no variant poison makes none, either.
            let read = parts.partition_point(|part| self.is_poisoned_by(part.node));
            parts.truncate(read + 1);
            parts.drain(..read.saturating_sub(1));
        }
        while let Some(part) = parts.pop().filter(|_| self.attempts.get() < MAX_ATTEMPTS) {
            if matters(part.node) {
                let inside = self.last(&part, matters, fits);
                if inside.is_some() {
                    return inside;
                }
                if fits(&part) {
                    return Some(part);
                }
            }
        }
        None
    }

    /// Returns the map that lacks a key.
    fn lacking(&self, top: &Part<'l>, name: &str, advice: &dyn Advice) -> Option<Part<'l>> {
        let lacks = |part: &Part<'_>| {
            let map = part.node.as_map();
            map.is_some_and(|map| !map.contains_key(name))
                && advice.requires(&part.key, part.node, name)
        };
        self.last(top, &|value| self.is_poisoned_by(value), &lacks)
    }

    /// Returns the entry of this name that is not read.
    fn named(&self, top: &Part<'l>, name: &str) -> Option<Part<'l>> {
        let named = |above: &Part<'l>| {
            parts(above).into_iter().find(|part| {
                let last = part.key.segments().last();
                matches!(last, Some(Segment::Name(last)) if **last == *name)
                    && !self.leaf.retry.skips(part.node)
                    && !self.is_poisoned_by(part.node)
            })
        };
        let has = |part: &Part<'l>| named(part).is_some();
        let around = self.last(top, &|value| self.is_poisoned_by(value), &has);
        named(around.as_ref().unwrap_or(top))
    }

    /// Returns the part whose value does not fit.
    fn wrong(&self, top: &Part<'l>) -> Option<Part<'l>> {
        let by_poison = |value: &Node| self.is_poisoned_by(value);
        if let Some(variant) = self.mismatch.unknown_variant() {
            return self.last(top, &by_poison, &|part| part.node.text() == Some(variant));
        }
        if !self.mismatch.is_own() {
            // The type expects the same of a poisoned value as before; so it does of parts of that type that it reads
            // earlier, which `flatten` makes possible for parts that come later.
            let expects = |part: &Part<'l>| {
                self.poisoned(part.node).is_some_and(|it| it.expects_as(self.mismatch))
            };
            let surely = |part: &Part<'l>| expects(part) && self.is_left_out_by(part.node);
            let sure = self.last(top, &by_poison, &surely);
            return sure.or_else(|| self.last(top, &by_poison, &expects));
        }
        // Without a value that fits no variant, what is around it may fit none, either.
        let is_untagged = self.mismatch.is_untagged();
        let matters = |value: &Node| is_untagged || self.is_left_out_by(value);
        let fits = |part: &Part<'l>| !is_untagged || self.is_left_out_by(part.node);
        let mut found = self.last(top, &matters, &fits)?;
        // What is said of a whole is said once its last part is read.
        loop {
            let key = parent(&found.key)?;
            let node = self.leaf.below(key.segments())?;
            let whole = Part { key, named: node.place, node };
            if !self.is_about_whole(&whole, &found) {
                return Some(found);
            }
            if whole.key == top.key {
                return None;
            }
            found = whole;
        }
    }

    /// Returns true if what is said is about a whole, and not about one part of it. If it is about that one, no other
    /// is read where it comes first.
    fn is_about_whole(&self, whole: &Part<'l>, part: &Part<'l>) -> bool {
        if self.mismatch.is_length() {
            return !whole.node.items().is_empty();
        }
        self.leaf.retry.with_first(part.node, || {
            let same = |said: Option<Mismatch>| said.is_some_and(|it| it.says_as(self.mismatch));
            let is_read = |beside: &Part<'_>| {
                let poisoned = self.poisoned(beside.node);
                // The tag of an enum is always read.
                let is_tag = |it: &Mismatch| it.unknown_variant().is_some();
                !poisoned.as_ref().is_some_and(is_tag) && !same(poisoned)
            };
            let mut beside =
                parts(whole).into_iter().filter(|it| !std::ptr::eq(it.node, part.node));
            same(self.said()) && beside.any(|beside| is_read(&beside))
        })
    }

    /// Returns the mismatch of an attempt.
    fn said(&self) -> Option<Mismatch> {
        let leaf = self.leaf;
        self.attempts.set(self.attempts.get() + 1);
        (self.read)(leaf.cursor()).map(|said| said.at(leaf.node.place, || leaf.path.key()))
    }

    /// Returns the mismatch of an attempt with a poisoned value.
    fn poisoned(&self, value: &Node) -> Option<Mismatch> {
        self.leaf.retry.poisoning(value, Poison::Bytes, || self.said())
    }

    /// Returns true if poison in the place of a value makes a difference.
    fn is_poisoned_by(&self, value: &Node) -> bool {
        self.poisoned(value).is_none_or(|poisoned| !poisoned.says_as(self.mismatch))
    }

    /// Returns true if a value makes a difference; of one that fits no variant, poison makes none.
    fn is_left_out_by(&self, value: &Node) -> bool {
        let without = self.leaf.retry.without(&[value], || self.said());
        without.is_none_or(|without| !without.says_as(self.mismatch))
    }
}
