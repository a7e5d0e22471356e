//! The knowledge from one attempt to read a value, for the next one.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashSet},
};

use super::{
    node::{Map, Node, Place},
    poison::Poison,
};
use crate::key::Key;

/// The knowledge from failed attempts to read a value, for the next attempt.
///
/// serde cannot ask a type what it wants before it hands over a value. So a `null` is offered as a
/// value first; when the type is no `Option` it refuses, and the next attempt leaves the entry out.
/// In the same way a number without quotes whose field turned out to be a string is a string in the
/// next attempt, where `flatten` hides the type of the field.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    refused: RefCell<HashSet<usize>>,
    text: RefCell<HashSet<usize>>,
    skipped: RefCell<HashSet<usize>>,
    /// Keys that no struct wanted, by the identity of the value: a value may be tried several times.
    ignored: RefCell<BTreeMap<usize, Ignored>>,
    /// The maps that were read by a type that did not name its fields.
    opaque: RefCell<HashSet<usize>>,
    /// The value that is poisoned, by its identity.
    poisoned: Cell<Option<(usize, Poison)>>,
}

impl Retry {
    pub(crate) fn refuse(&self, null: &Node) {
        self.refused.borrow_mut().insert(null.identity());
    }

    fn refuses(&self, node: &Node) -> bool {
        node.is_null() && self.refused.borrow().contains(&node.identity())
    }

    /// Leaves out a value that is known not to fit, so that the next attempt finds the next mismatch.
    pub(crate) fn skip(&self, node: &Node) {
        self.skipped.borrow_mut().insert(node.identity());
    }

    /// Returns true if this value is known not to fit.
    pub(crate) fn skips(&self, node: &Node) -> bool {
        let skipped = self.skipped.borrow();
        !skipped.is_empty() && skipped.contains(&node.identity())
    }

    /// Returns true if a part of this value is known not to fit.
    pub(crate) fn skips_below(&self, node: &Node) -> bool {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            pending.extend(node.entries().map(|(_, below)| below));
            pending.extend(node.items());
            if self.skips(node) {
                return true;
            }
        }
        false
    }

    /// Returns true if this value is to be left out of the map around it. A `null` that its type refuses
    /// erases an entry, but it is no way to write an item of a list.
    pub(crate) fn leaves_out(&self, node: &Node) -> bool {
        self.refuses(node) || self.skips(node)
    }

    /// Learns that a scalar is the text it is written as.
    pub(crate) fn learn_text(&self, node: &Node) {
        self.text.borrow_mut().insert(node.identity());
    }

    pub(super) fn is_text(&self, node: &Node) -> bool {
        let text = self.text.borrow();
        !text.is_empty() && text.contains(&node.identity())
    }

    pub(super) fn ignore(&self, value: &Node, ignored: Ignored) {
        self.ignored.borrow_mut().insert(value.identity(), ignored);
    }

    /// Returns the keys that no struct wanted, as far as structs were asked.
    pub(crate) fn ignored(&self) -> Vec<Ignored> {
        self.ignored.borrow().values().cloned().collect()
    }

    /// Returns true if a struct did not want the key of this value.
    pub(crate) fn ignores(&self, value: &Node) -> bool {
        self.ignored.borrow().contains_key(&value.identity())
    }

    pub(super) fn note_opaque(&self, map: &Map) {
        self.opaque.borrow_mut().insert(std::ptr::from_ref(map).addr());
    }

    /// Returns true if a map was read by a type that did not name its fields: which keys it took is not known.
    pub(crate) fn is_opaque(&self, map: &Map) -> bool {
        self.opaque.borrow().contains(&std::ptr::from_ref(map).addr())
    }

    /// Returns true if there are such maps.
    pub(crate) fn saw_opaque(&self) -> bool {
        !self.opaque.borrow().is_empty()
    }

    /// Runs an attempt in which a value is poisoned.
    pub(crate) fn poisoning<T>(&self, value: &Node, poison: Poison, run: impl FnOnce() -> T) -> T {
        self.poisoned.set(Some((value.identity(), poison)));
        let result = run();
        self.poisoned.set(None);
        result
    }

    pub(super) fn poison(&self, value: &Node) -> Option<Poison> {
        let (poisoned, poison) = self.poisoned.get()?;
        (poisoned == value.identity()).then_some(poison)
    }

    /// Returns the number of things learnt, so that an attempt that taught nothing is not repeated.
    pub(crate) fn count(&self) -> usize {
        self.refused.borrow().len() + self.text.borrow().len()
    }
}

/// A key that a struct did not want.
#[derive(Clone, Debug)]
pub(crate) struct Ignored {
    pub(crate) key: Key,
    pub(crate) place: Place,
    /// The names that the struct knows.
    pub(crate) fields: &'static [&'static str],
}
