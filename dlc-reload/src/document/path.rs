//! The path of a reader in the tree, kept without allocating on the way down.

use crate::place::{Key, Segment};

/// The path from the root to a node: a list of steps that lives on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Path<'p> {
    Root,
    Name { up: &'p Path<'p>, name: &'p str },
    Item { up: &'p Path<'p>, index: usize },
}

impl<'p> Path<'p> {
    pub(crate) fn name(&'p self, name: &'p str) -> Self {
        Path::Name { up: self, name }
    }

    pub(crate) fn item(&'p self, index: usize) -> Self {
        Path::Item { up: self, index }
    }

    /// Returns the same path as a key to keep.
    pub(crate) fn key(&self) -> Key {
        let (up, segment) = match *self {
            Path::Root => return Key::root(),
            Path::Name { up, name } => (up, Segment::Name(name.to_owned().into())),
            Path::Item { up, index } => (up, Segment::Item(index)),
        };
        let mut key = up.key();
        key.push(segment);
        key
    }
}
