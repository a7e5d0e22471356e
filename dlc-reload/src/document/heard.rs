//! The words that a type says of names while it reads one value: which ones it knows, and which of them mean the same.

use std::mem::discriminant;

use super::{Mismatch, Node, Retry};

/// The words of a type about the names at one value.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The names that it knows, aliases included. `None` if nothing read the value.
    pub(crate) known: Option<Known>,
    /// The meaning of the name that it was given: two names of one field or variant have the same.
    pub(crate) meaning: Option<String>,
}

/// The names that a type knows at a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    /// Those of the fields of a struct.
    Fields(&'static [&'static str]),
    /// Those of the variants of an enum.
    Variants(&'static [&'static str]),
    /// None: it is a list or map, whose items and entries may know some.
    Inside,
    /// None: it takes whatever is there, and may look at it later.
    Anything,
}

impl Retry {
    /// Runs an attempt and returns what the type said of the names at a value.
    pub(crate) fn listening(&self, value: &Node, run: impl FnOnce()) -> Heard {
        self.listened.set(Some(value.identity()));
        self.heard.take();
        run();
        self.listened.set(None);
        self.heard.take()
    }

    fn listens_to(&self, value: &Node) -> bool {
        self.listened.get() == Some(value.identity())
    }

    /// Hears the names that the type of a value knows.
    pub(super) fn hear(&self, value: &Node, known: Known) {
        if self.listens_to(value) {
            self.heard.borrow_mut().known.get_or_insert(known);
        }
    }

    /// Hears what a name at a value was taken for. The derive of serde makes it a value of an enum, with a variant for each
    /// field; the names of no variant are those that it knows.
    pub(super) fn hear_name<T>(&self, value: &Node, taken: &Result<T, Mismatch>) {
        if !self.listens_to(value) {
            return;
        }
        match taken {
            Ok(name) => {
                let meaning = || format!("{:?}", discriminant(name));
                self.heard.borrow_mut().meaning.get_or_insert_with(meaning);
            }
            Err(mismatch) => {
                mismatch
                    .variants()
                    .into_iter()
                    .for_each(|all| self.hear(value, Known::Variants(all)));
            }
        }
    }
}
