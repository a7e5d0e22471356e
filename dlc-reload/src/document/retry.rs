//! The knowledge from one attempt to read a value, for the next one.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashSet},
};

use super::node::{Node, Place};
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

    /// Returns true if this value is to be left out of the map around it. A `null` that its type refuses
    /// erases an entry, but it is no way to write an item of a list.
    pub(crate) fn leaves_out(&self, node: &Node) -> bool {
        self.refuses(node) || self.skips(node)
    }

    pub(super) fn learn_text(&self, node: &Node) {
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
