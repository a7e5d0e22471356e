//! The search for every value that does not fit, field by field, once the whole has failed.
//!
//! serde stops at the first error. The derive knows every field, so it writes a [`probe`] that
//! tries them one by one, in the order of [`Reloadable::TABLE`]; `i` is the index into its `fields`:
//!
//! ```text
//! fn probe(cx: &mut Probe<'_>) {
//!     cx.leaf::<Ty>(i);                                        // a leaf
//!     cx.leaf_with(i, |value| path::deserialize(value));       // `#[serde(with/deserialize_with)]`
//!     cx.section::<Ty>(i);                                     // `#[reload(nested)]`, `Option` and `flatten` too
//! }
//! ```
//!
//! `Option<S>` forwards `probe` to `S` and has `OPTIONAL = true`.
//!
//! [`probe`]: super::Reloadable::probe
//! [`Reloadable::TABLE`]: super::Reloadable::TABLE

use std::cell::RefCell;

use serde::{
    de::{DeserializeOwned, Deserializer, Error as _, Visitor},
    forward_to_deserialize_any,
};

use super::{FieldInfo, Reloadable, Table, validate_section};
use crate::{
    document::{Cursor, Mismatch, Node, Path, Place, Retry},
    key::Key,
};

/// One section of the tree while its fields are tried one by one.
pub struct Probe<'a> {
    table: &'static Table,
    /// The table of the section whose map it is: another one where this section is flattened.
    owner: &'static Table,
    /// The map of this section; `None` where no source sets it.
    section: Option<&'a Node>,
    /// The place of the innermost node that exists, where missing keys are reported.
    around: Place,
    path: &'a Path<'a>,
    shared: &'a Shared<'a>,
}

/// The state that the probes of all sections of one configuration share.
struct Shared<'a> {
    retry: &'a Retry,
    /// The map that a flattened field reads where its section is absent.
    empty: Node,
    found: RefCell<Vec<Mismatch>>,
    /// The findings of the validation functions, which run on the sections in which everything fits.
    invalid: RefCell<Vec<(Key, String)>>,
}

/// The result of trying every field: the values that do not fit, and the findings of validation functions.
pub(crate) struct Probed {
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) invalid: Vec<(Key, String)>,
}

/// Tries every field of `C` and returns what does not fit.
pub(crate) fn probe<C: Reloadable>(root: &Node, retry: &Retry) -> Probed {
    let shared = Shared {
        retry,
        empty: Node::empty_map(root.place),
        found: RefCell::default(),
        invalid: RefCell::default(),
    };
    let mut cx = Probe {
        table: C::TABLE,
        owner: C::TABLE,
        section: Some(root),
        around: root.place,
        path: &Path::Root,
        shared: &shared,
    };
    C::probe(&mut cx);
    Probed { mismatches: shared.found.into_inner(), invalid: shared.invalid.into_inner() }
}

/// The greatest number of attempts to read a leaf. A failed one may teach that a `null` is to be left out,
/// or that a number is a text.
const MAX_ATTEMPTS: usize = 64;

/// The greatest number of values reported inside of one leaf.
const MAX_INSIDE: usize = 32;

impl Probe<'_> {
    /// Tries a leaf of type `T`.
    pub fn leaf<T: DeserializeOwned>(&mut self, index: u16) {
        // As in serde's derive, a missing field is accepted by an `Option` and by no other type.
        self.try_leaf(index, |value| T::deserialize(value), || T::deserialize(Absent).is_ok());
    }

    /// Tries a leaf that a function given by its author reads.
    pub fn leaf_with<T, F>(&mut self, index: u16, read: F)
    where
        F: Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
    {
        self.try_leaf(index, read, || false);
    }

    /// Tries the fields of a section.
    pub fn section<S: Reloadable>(&mut self, index: u16) {
        let Some(field) = self.table.at(index) else { return };
        if field.flatten {
            return S::probe(&mut Probe { table: S::TABLE, ..*self });
        }
        let path = self.path.name(field.name);
        let shared = self.shared;
        match self.find(field) {
            Some(node) if node.as_map().is_some() => {
                let mut below = Probe {
                    table: S::TABLE,
                    owner: S::TABLE,
                    section: Some(node),
                    around: node.place,
                    path: &path,
                    shared,
                };
                let (mismatches, invalid) = (below.count(), shared.invalid.borrow().len());
                S::probe(&mut below);
                if self.count() == mismatches {
                    // Everything in it fits, so it can be validated; that covers what is below it.
                    shared.invalid.borrow_mut().truncate(invalid);
                    let cursor = Cursor::new(node, path, shared.retry);
                    if let Ok(section) = S::deserialize(cursor) {
                        let found = validate_section(&section, path.key());
                        shared.invalid.borrow_mut().extend(found);
                    }
                }
            }
            Some(node) if node.is_null() && S::OPTIONAL => {}
            Some(node) if !node.is_null() => {
                let cursor = Cursor::new(node, path, shared.retry);
                self.found(cursor.no_map(&"a map"));
            }
            absent => {
                if let Some(null) = absent {
                    shared.retry.refuse(null);
                }
                let around = absent.map_or(self.around, |null| null.place);
                if field.has_default || S::OPTIONAL {
                    return;
                }
                let before = self.count();
                let mut below = Probe {
                    table: S::TABLE,
                    owner: S::TABLE,
                    section: None,
                    around,
                    path: &path,
                    shared,
                };
                S::probe(&mut below);
                if self.count() == before {
                    self.missing(field, around);
                }
            }
        }
    }

    fn try_leaf<T>(
        &mut self,
        index: u16,
        read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
        may_be_absent: impl FnOnce() -> bool,
    ) {
        let Some(field) = self.table.at(index) else { return };
        if field.flatten {
            return self.flattened(read);
        }
        let mut around = self.around;
        if let Some(node) = self.find(field) {
            let path = self.path.name(field.name);
            around = node.place;
            match self.attempt(|| read(Cursor::new(node, path, self.shared.retry))) {
                Ok(_) => return,
                Err(_) if node.is_null() => {}
                Err(mismatch) => return self.each_inside(node, path, mismatch, read),
            }
        }
        if !field.has_default && !may_be_absent() {
            self.missing(field, around);
        }
    }

    /// Notes the values inside of a leaf that do not fit, one attempt for each.
    fn each_inside<T>(
        &self,
        leaf: &Node,
        path: Path<'_>,
        first: Mismatch,
        read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
    ) {
        let above = path.key();
        let mut mismatch = first.at(leaf.place, || above.clone());
        for _ in 0..MAX_INSIDE {
            let below = mismatch.key().map_or(&[][..], |key| key.segments());
            let node = below.get(above.segments().len()..).and_then(|below| leaf.below(below));
            let retry = self.shared.retry;
            if node.is_some_and(|node| retry.skips(node)) {
                // Leaving it out did not help, as it is no entry or item, so nothing else can be found.
                return;
            }
            self.found(mismatch);
            let Some(node) = node.filter(|node| !std::ptr::eq(*node, leaf)) else { return };
            retry.skip(node);
            let again = self.attempt(|| read(Cursor::new(leaf, path, self.shared.retry)));
            match again {
                // A field that is missing now may be the one that was left out.
                Err(next) if !next.is_missing() && next.key() != Some(&above) => mismatch = next,
                _ => return,
            }
        }
    }

    /// Tries a flattened leaf, which sees the entries of its section that no other field takes.
    fn flattened<T>(&mut self, read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>) {
        let owner = self.owner;
        let node = self.section.unwrap_or(&self.shared.empty);
        let seen = |name: &str| owner.field(name).is_none();
        let cursor = Cursor::new(node, *self.path, self.shared.retry).seeing(&seen);
        if let Err(mismatch) = self.attempt(|| read(cursor)) {
            self.found(mismatch.at(node.place, || self.path.key()));
        }
    }

    /// Reads until it succeeds or an attempt teaches nothing new.
    fn attempt<T>(&self, read: impl Fn() -> Result<T, Mismatch>) -> Result<T, Mismatch> {
        for _ in 1..MAX_ATTEMPTS {
            let before = self.shared.retry.count();
            let result = read();
            if result.is_ok() || self.shared.retry.count() == before {
                return result;
            }
        }
        read()
    }

    fn find(&self, field: &FieldInfo) -> Option<&Node> {
        let map = self.section?.as_map()?;
        field.names().find_map(|name| map.get(name)).map(|entry| &entry.node)
    }

    fn missing(&self, field: &FieldInfo, around: Place) {
        let mismatch = Mismatch::missing_field(field.name);
        self.found(mismatch.at(around, || self.path.key()));
    }

    fn found(&self, mismatch: Mismatch) {
        self.shared.found.borrow_mut().push(mismatch);
    }

    fn count(&self) -> usize {
        self.shared.found.borrow().len()
    }
}

/// The deserializer of a field that no source sets.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Mismatch> {
        Err(Mismatch::custom("required"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Deserializes the whole configuration, with what earlier attempts taught.
pub(crate) fn whole<C: Reloadable>(root: &Node, retry: &Retry) -> Result<C, Mismatch> {
    C::deserialize(Cursor::new(root, Path::Root, retry))
        .map_err(|mismatch| mismatch.at(root.place, Key::root))
}
