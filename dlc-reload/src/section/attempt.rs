//! A leaf of a document, and the attempts to read it.

use crate::{
    document::{Cursor, Mismatch, Node, Path, Retry},
    place::{Key, Segment},
};

/// The greatest number of attempts to read a leaf. A failed one may teach that a `null` is to be left out,
/// or that a number is a text.
const MAX_ATTEMPTS: usize = 64;

/// The value of a leaf.
pub(super) struct Leaf<'l> {
    pub(super) node: &'l Node,
    pub(super) path: Path<'l>,
    /// A filter on the names of the entries, for a flattened leaf.
    pub(super) seen: Option<&'l dyn Fn(&str) -> bool>,
    pub(super) retry: &'l Retry,
}

impl<'l> Leaf<'l> {
    pub(super) fn cursor(&self) -> Cursor<'l, 'l> {
        let cursor = Cursor::new(self.node, self.path, self.retry);
        match self.seen {
            Some(seen) => cursor.seeing(seen),
            None => cursor,
        }
    }

    /// Reads until it succeeds or an attempt teaches nothing new.
    pub(super) fn attempt<T>(
        &self,
        read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
    ) -> Option<Mismatch> {
        for _ in 1..MAX_ATTEMPTS {
            let before = self.retry.count();
            let result = read(self.cursor());
            if result.is_ok() || self.retry.count() == before {
                return result.err();
            }
        }
        read(self.cursor()).err()
    }

    /// Returns the values of this leaf that a key leads through, from the outermost on.
    pub(super) fn around(&self, key: &Key) -> Vec<&'l Node> {
        let from = self.path.key().segments().len();
        let lengths = from..key.segments().len();
        lengths.filter_map(|length| self.below(&key.segments()[..length])).collect()
    }

    /// Returns the value that a key names, where it lies in this leaf.
    pub(super) fn below(&self, key: &[Segment]) -> Option<&'l Node> {
        self.node.below(key.get(self.path.key().segments().len()..)?)
    }
}

/// The knowledge of a schema about the values of a leaf.
pub(crate) trait Advice {
    /// Teaches how the values of the leaf at a key are meant.
    fn teach(&self, key: &Key, leaf: &Node, retry: &Retry);

    /// Returns true if it is known what the value at a key may be.
    fn describes(&self, key: &Key) -> bool;

    /// Returns true if the map at a key has to have an entry of this name.
    fn requires(&self, key: &Key, map: &Node, name: &str) -> bool;
}
