//! The path of a reader in the tree, kept without allocating on the way down.

use crate::key::{Key, Segment};

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
        match *self {
            Path::Root => Key::root(),
            Path::Name { up, name } => {
                let mut key = up.key();
                key.push(Segment::Name(name.to_owned().into()));
                key
            }
            Path::Item { up, index } => {
                let mut key = up.key();
                key.push(Segment::Item(index));
                key
            }
        }
    }
}
