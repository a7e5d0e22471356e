//! The search for every value that does not fit, field by field, once the whole has failed.
//!
//! serde stops at the first error. The table of a section knows every field and, for the type of each, a function
//! that tries it, so they are tried one by one.

use std::{cell::RefCell, fmt};

use serde::{
    Deserialize,
    de::{DeserializeOwned, Deserializer, Error as _, Visitor},
    forward_to_deserialize_any,
};

use super::{
    FieldInfo, Reloadable, Table,
    attempt::{Advice, Leaf},
    inside::{self, Suspect},
    validate_section,
};
use crate::{
    document::{Cursor, Mismatch, Node, Path, Place, Retry},
    place::Key,
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

/// Leaves out the values, which may be secrets.
impl fmt::Debug for Probe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("section", &self.table.name).finish_non_exhaustive()
    }
}

/// The state that the probes of all sections of one configuration share.
struct Shared<'a> {
    retry: &'a Retry,
    /// The map that a flattened field reads where its section is absent.
    empty: Node,
    task: Task<'a>,
    found: RefCell<Vec<Mismatch>>,
    /// The findings of the validation functions, which run on the sections in which everything fits.
    invalid: RefCell<Vec<(Key, String)>>,
}

/// The question about each field.
#[derive(Clone, Copy)]
enum Task<'a> {
    /// Does its value fit? The advice is asked before a value is tried again.
    Fit(&'a dyn Advice),
    /// Does it read these entries?
    Read(&'a [Suspect<'a>]),
    /// How is it read?
    HandOver(&'a dyn Fn(&Key, Read<'_>)),
}

/// The result of trying every field: the values that do not fit, and the findings of validation functions.
pub(crate) struct Probed {
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) invalid: Vec<(Key, String)>,
}

/// Tries every field of `C` and returns what does not fit.
pub(crate) fn probe<C: Reloadable>(root: &Node, retry: &Retry, advice: &dyn Advice) -> Probed {
    run::<C>(root, retry, Task::Fit(advice))
}

/// Finds out which of the suspects are not read.
pub(crate) fn find_unread<C: Reloadable>(root: &Node, retry: &Retry, suspects: &[Suspect<'_>]) {
    run::<C>(root, retry, Task::Read(suspects));
}

/// Hands over the function that reads each leaf, those of absent sections included, with the key of the leaf.
pub(crate) fn each_leaf<C: Reloadable>(then: &dyn Fn(&Key, Read<'_>)) {
    run::<C>(&Node::empty_map(Place::NONE), &Retry::default(), Task::HandOver(then));
}

/// Hands over the function that reads the leaf at an index of a section.
pub(super) fn hand_over(table: &'static Table, index: u16, then: &dyn Fn(&Key, Read<'_>)) {
    let Some(field) = table.at(index) else { return };
    let root = Node::empty_map(Place::NONE);
    run_on(table, &root, &Retry::default(), Task::HandOver(then), |cx| (field.ty.probe)(cx, index));
}

fn run<C: Reloadable>(root: &Node, retry: &Retry, task: Task<'_>) -> Probed {
    run_on(C::TABLE, root, retry, task, |cx| cx.fields())
}

fn run_on(
    table: &'static Table,
    root: &Node,
    retry: &Retry,
    task: Task<'_>,
    run: impl FnOnce(&mut Probe<'_>),
) -> Probed {
    let shared = Shared {
        retry,
        empty: Node::empty_map(root.place),
        task,
        found: RefCell::default(),
        invalid: RefCell::default(),
    };
    run(&mut Probe {
        table,
        owner: table,
        section: Some(root),
        around: root.place,
        path: &Path::Root,
        shared: &shared,
    });
    Probed { mismatches: shared.found.into_inner(), invalid: shared.invalid.into_inner() }
}

/// Reads a value and drops it. Not generic over its type, so that all that tries leaves is compiled once.
pub(crate) type Read<'r> = &'r dyn Fn(Cursor<'_, '_>) -> Result<(), Mismatch>;

/// Tries a leaf of type `T`.
pub(super) fn probe_leaf<T: DeserializeOwned>(cx: &mut Probe<'_>, index: u16) {
    // What is buffered for a flattened leaf does not say how it is read.
    let is_flat = !cx.hands_over() && cx.table.at(index).is_some_and(|field| field.flatten);
    let read = |value: Cursor<'_, '_>| match is_flat {
        true => Flat::<T>::deserialize(value).map(|flat| drop(flat.leaf)),
        false => T::deserialize(value).map(drop),
    };
    cx.try_leaf(index, &read, &may_be_absent::<T>);
}

/// Returns true if a field of a type may be absent. As in serde's derive, that is an `Option` and no other type.
pub(super) fn may_be_absent<T: DeserializeOwned>() -> bool {
    T::deserialize(Absent).is_ok()
}

/// Tries the fields of a section.
pub(super) fn probe_section<S: Reloadable>(cx: &mut Probe<'_>, index: u16) {
    cx.section_with::<S, _>(index, |value| S::deserialize(value));
}

impl Probe<'_> {
    /// Tries every field of the section.
    fn fields(&mut self) {
        for (index, field) in (0..).zip(self.table.fields) {
            (field.ty.probe)(self, index);
        }
    }

    /// Tries a leaf that a function given by its author reads.
    pub fn leaf_with<T>(
        &mut self,
        index: u16,
        read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
    ) {
        self.try_leaf(index, &|value| read(value).map(drop), &|| false);
    }

    /// Tries the fields of a section that a function given by its author reads.
    pub fn section_with<S: Reloadable, T>(
        &mut self,
        index: u16,
        read: impl Fn(Cursor<'_, '_>) -> Result<T, Mismatch>,
    ) {
        let Some(field) = self.table.at(index) else { return };
        if field.flatten {
            // Without any of its fields, an optional section is absent.
            if !S::OPTIONAL || self.hands_over() || self.sets_any(S::TABLE) {
                Probe { table: S::TABLE, ..*self }.fields();
            }
            return;
        }
        let path = self.path.name(field.name);
        if self.hands_over() {
            return self.below::<S>(None, self.around, &path).fields();
        }
        match self.find(field) {
            Some(node) if node.as_map().is_some() => self.present::<S>(node, &path),
            Some(node) if node.is_null() && S::OPTIONAL => {}
            Some(node) if !node.is_null() => {
                // A section that is read from another form says itself what is wrong with it.
                let cursor = Cursor::new(node, path, self.shared.retry);
                let said = read(cursor).err().unwrap_or_else(|| cursor.no_map(&"a map"));
                self.found(said.at(node.place, || path.key()));
            }
            absent => {
                if let Some(null) = absent {
                    self.shared.retry.refuse(null);
                }
                if !field.has_default && !S::OPTIONAL {
                    let around = absent.map_or(self.around, |null| null.place);
                    let before = self.count();
                    self.below::<S>(None, around, &path).fields();
                    if self.count() == before {
                        self.missing(field, around);
                    }
                }
            }
        }
    }

    /// Tries the fields of a section that a source sets.
    fn present<S: Reloadable>(&self, node: &Node, path: &Path<'_>) {
        let invalid = &self.shared.invalid;
        let (mismatches, before) = (self.count(), invalid.borrow().len());
        self.below::<S>(Some(node), node.place, path).fields();
        if self.count() > mismatches || matches!(self.shared.task, Task::Read(_)) {
            return;
        }
        // Everything in it fits, so it can be validated; that covers what is below it.
        invalid.borrow_mut().truncate(before);
        if let Ok(section) = S::deserialize(Cursor::new(node, *path, self.shared.retry)) {
            let found = validate_section(&section, path.key());
            invalid.borrow_mut().extend(found);
        }
    }

    /// Returns the probe of a section below this one.
    fn below<'b, S: Reloadable>(
        &'b self,
        section: Option<&'b Node>,
        around: Place,
        path: &'b Path<'b>,
    ) -> Probe<'b> {
        Probe { table: S::TABLE, owner: S::TABLE, section, around, path, shared: self.shared }
    }

    fn try_leaf(&mut self, index: u16, read: Read<'_>, may_be_absent: &dyn Fn() -> bool) {
        let Some(field) = self.table.at(index) else { return };
        let retry = self.shared.retry;
        let owner = self.owner;
        // A flattened leaf sees the entries of its section that no other field takes.
        let seen = |name: &str| owner.field(name).is_none();
        let path = self.path.name(field.name);
        if let Task::HandOver(then) = self.shared.task {
            let path = if field.flatten { *self.path } else { path };
            return then(&path.key(), read);
        }
        let leaf = if field.flatten {
            let node = self.section.unwrap_or(&self.shared.empty);
            Some(Leaf { node, path: *self.path, seen: Some(&seen), retry })
        } else {
            self.find(field).map(|node| Leaf { node, path, seen: None, retry })
        };
        let advice = match (self.shared.task, &leaf) {
            (Task::Fit(advice), _) => advice,
            (Task::Read(suspects), Some(leaf)) => return inside::find_unread(leaf, suspects, read),
            (Task::Read(_) | Task::HandOver(_), _) => return,
        };
        let mut around = self.around;
        if let Some(leaf) = leaf {
            let mismatches = inside::mismatches(&leaf, advice, read);
            if mismatches.is_empty() || !leaf.node.is_null() {
                return mismatches.into_iter().for_each(|mismatch| self.found(mismatch));
            }
            around = leaf.node.place;
        }
        if !field.has_default && !may_be_absent() {
            self.missing(field, around);
        }
    }

    /// Returns true if the section sets a field that belongs to a flattened section.
    fn sets_any(&self, flattened: &'static Table) -> bool {
        let Some(map) = self.section.and_then(Node::as_map) else { return false };
        map.iter().any(|(name, entry)| flattened.field(name).is_some() && !entry.node.is_null())
    }

    fn hands_over(&self) -> bool {
        matches!(self.shared.task, Task::HandOver(_))
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

/// A flattened leaf, which serde reads in its own way: an `Option` takes nothing where nothing fits, an enum one entry
/// of many.
#[derive(Deserialize)]
struct Flat<T> {
    #[serde(flatten)]
    leaf: T,
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
