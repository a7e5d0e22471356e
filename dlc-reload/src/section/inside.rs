//! The search inside of one leaf: for the values that do not fit, and for entries that its type does not read.
//!
//! Only the type of the leaf knows what it takes, so it is tried again and again: without a value that was found to be
//! wrong, or with a poisoned one.

use std::cell::Cell;

use super::{
    attempt::{Advice, Leaf},
    finer::finer,
};
use crate::{
    document::{Cursor, Mismatch, Node, Poison},
    place::{Key, Segment},
};

/// The greatest number of values reported inside of one leaf.
const MAX_INSIDE: usize = 32;

/// The greatest number of scalars inside of one leaf that are tried as texts.
const MAX_TEXTS: usize = 16;

/// An entry inside of a leaf that the type of the leaf may not read.
pub(crate) struct Suspect<'n> {
    /// The key of the leaf.
    pub(crate) leaf: Key,
    /// The key of the entry.
    pub(crate) key: Key,
    /// The value of the entry.
    pub(crate) value: &'n Node,
    /// The finding, once it was tried. Of several leaves that are flattened into one section, each tries it.
    pub(crate) outcome: Cell<Option<Outcome>>,
}

/// The finding about a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The type reads the entry.
    Read,
    /// The type does not read the entry.
    Unread,
    /// The type does not read the entry, as far as it came: something else does not fit.
    NotReached,
}

/// Returns the values that do not fit, one attempt for each.
pub(super) fn mismatches<T>(
    leaf: &Leaf<'_>,
    advice: &dyn Advice,
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let (top, retry) = (leaf.path.key(), leaf.retry);
    let Some(first) = leaf.attempt(&read) else { return found };
    // Only a type that does not buffer a value has asked for what it wants.
    advice.teach(&top, leaf.node, retry);
    let is_told_more = retry.saw_opaque() || retry.has_learned();
    let mut next = if is_told_more { leaf.attempt(&read) } else { Some(first) };
    while let Some(mismatch) = next.take().filter(|_| found.len() < MAX_INSIDE) {
        let mismatch = mismatch.at(leaf.node.place, || top.clone());
        let (mismatch, part) = finer(leaf, mismatch, advice, &read);
        let wrong = leaf.below(part.segments());
        let is_entry = matches!(part.segments().last(), Some(Segment::Name(_))) && part != top;
        if let Some(null) = wrong.filter(|wrong| is_entry && retry.may_refuse(wrong)) {
            // A type that buffers a `null` cannot refuse it.
            retry.refuse(null);
            next = leaf.attempt(&read);
            continue;
        }
        if let Some(again) = wrong.and_then(|wrong| as_texts(leaf, wrong, &part, advice, &read)) {
            next = again;
            continue;
        }
        // Without a part that was left out, the value around it may not fit either.
        if wrong.is_none_or(|wrong| !retry.skips_below(wrong)) {
            found.push(mismatch);
        }
        // Leaving it out helps only where it is an entry or item; what is around it goes where it does not help.
        let mut around = leaf.around(&part);
        around.extend(wrong.filter(|_| part != top));
        let Some(wrong) = around.into_iter().skip(1).rfind(|wrong| !retry.skips(wrong)) else {
            break;
        };
        retry.skip(wrong);
        next = leaf.attempt(&read);
    }
    found
}

/// Returns what the type says next where scalars in a wrong part are meant as texts; `None` where none is.
///
/// A type that buffers a number cannot ask for the text that it is written as. Where no schema has taught that it
/// wants it, only an attempt does.
fn as_texts<T>(
    leaf: &Leaf<'_>,
    wrong: &Node,
    part: &Key,
    advice: &dyn Advice,
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> Option<Option<Mismatch>> {
    if !leaf.retry.saw_opaque() || advice.describes(part) {
        return None;
    }
    let next = || {
        let mismatch = leaf.attempt(&read)?.at(leaf.node.place, || leaf.path.key());
        Some(finer(leaf, mismatch, advice, &read))
    };
    let is_other = |next: &Option<(Mismatch, Key)>| next.as_ref().is_none_or(|it| it.1 != *part);
    if leaf.retry.may_be_text(wrong)
        && let Some(next) = leaf.retry.learn_texts_if(&[wrong], next, is_other)
    {
        return Some(next.map(|(mismatch, _)| mismatch));
    }
    // The part need not be the one that is wrong, as with a type that says the same of everything.
    let (mut scalars, mut pending) = (Vec::new(), vec![leaf.node]);
    while let Some(node) = pending.pop().filter(|_| scalars.len() < MAX_TEXTS) {
        scalars.extend(Some(node).filter(|node| leaf.retry.may_be_text(node)));
        pending.extend(node.items().iter().chain(node.entries().map(|(_, entry)| entry)));
    }
    let next = || leaf.attempt(&read);
    let mut some = scalars.iter().map(std::slice::from_ref).chain([&*scalars]);
    some.find_map(|some| leaf.retry.learn_texts_if(some, next, Option::is_none))
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
        // Nothing reads what is inside of a value that is left out, so that it has to be there to be tried.
        let around = leaf.around(&suspect.key);
        let is_left_out = around.iter().any(|node| leaf.retry.skips(node));
        let outcome = leaf.retry.with(&around, || {
            let again = is_left_out.then(|| read(leaf.cursor()).err());
            outcome(leaf, again.as_ref().unwrap_or(&plain), suspect, &read)
        });
        if suspect.outcome.get() != Some(Outcome::Read) {
            suspect.outcome.set(Some(outcome));
        }
    }
}

/// Returns the outcome for a suspect; `plain` is what its leaf says without poison.
fn outcome<T>(
    leaf: &Leaf<'_>,
    plain: &Option<Mismatch>,
    suspect: &Suspect<'_>,
    read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
) -> Outcome {
    let unread = [Poison::Bytes, Poison::Map].into_iter().all(|poison| {
        let poisoned = leaf.retry.poisoning(suspect.value, poison, || read(leaf.cursor()).err());
        match (plain, poisoned) {
            (None, None) => true,
            (Some(plain), Some(poisoned)) => plain.says_as(&poisoned),
            _ => false,
        }
    });
    match (unread, plain) {
        (false, _) => Outcome::Read,
        (true, None) => Outcome::Unread,
        (true, Some(_)) => Outcome::NotReached,
    }
}
