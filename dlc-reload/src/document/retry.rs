//! The knowledge from one attempt to read a value, for the next one.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    mem::discriminant,
};

use foldhash::HashSet;

use super::{
    Document,
    files::Named,
    heard::{Heard, Keys, Known},
    mismatch::Mismatch,
    node::{Map, Node, Place, Text},
    number::leading_zero,
    poison::Poison,
};
use crate::place::Key;

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
    /// The texts without brackets that are lists.
    lists: RefCell<HashSet<usize>>,
    /// The maps whose names are integers.
    integer_names: RefCell<HashSet<usize>>,
    skipped: RefCell<HashSet<usize>>,
    /// Keys that no struct wanted, by the identity of the value: a value may be tried several times.
    ignored: RefCell<BTreeMap<usize, Ignored>>,
    /// The number of times that a type refused a value, ignored it, or took it without saying what it wants.
    doubts: Cell<usize>,
    /// The maps that were read by a type that did not name its fields, nor read each entry as what it wants.
    opaque: RefCell<HashSet<usize>>,
    /// The maps that were read by a struct, which named its fields.
    structs: RefCell<HashSet<usize>>,
    /// The value that is poisoned, by its identity.
    poisoned: Cell<Option<(usize, Poison)>>,
    /// The entry or item that comes before those around it, by its identity.
    first: Cell<Option<usize>>,
    /// The value at which the words of its type about names are heard, by its identity.
    pub(super) listened: Cell<Option<usize>>,
    pub(super) heard: RefCell<Heard>,
    /// The files that values name. There are none where values are only tried, and then each is as if it was empty.
    pub(super) named: Named,
}

impl Retry {
    /// Returns what is known before the first attempt to build the config of a document.
    pub(crate) fn of(document: &Document) -> Self {
        Self { named: Named::new(&document.files, &document.sources), ..Self::default() }
    }

    pub(crate) fn refuse(&self, null: &Node) {
        self.refused.borrow_mut().insert(null.identity());
    }

    fn refuses(&self, node: &Node) -> bool {
        node.is_null() && self.refused.borrow().contains(&node.identity())
    }

    /// Returns true if this is a `null` that no type was seen to refuse.
    pub(crate) fn may_refuse(&self, node: &Node) -> bool {
        node.is_null() && !self.refuses(node)
    }

    /// Leaves out a value that is known not to fit, so that the next attempt finds the next mismatch.
    pub(crate) fn skip(&self, node: &Node) {
        self.skipped.borrow_mut().insert(node.identity());
    }

    /// Runs an attempt without some values.
    pub(crate) fn without<T>(&self, values: &[&Node], run: impl FnOnce() -> T) -> T {
        let identities = values.iter().map(|value| value.identity());
        let new: Vec<_> = identities.filter(|one| self.skipped.borrow_mut().insert(*one)).collect();
        let result = run();
        for one in new {
            self.skipped.borrow_mut().remove(&one);
        }
        result
    }

    /// Runs attempts in which an entry or item comes before those around it.
    pub(crate) fn with_first<T>(&self, value: &Node, run: impl FnOnce() -> T) -> T {
        self.first.set(Some(value.identity()));
        let result = run();
        self.first.set(None);
        result
    }

    pub(super) fn is_first(&self, value: &Node) -> bool {
        self.first.get() == Some(value.identity())
    }

    /// Returns the entry or item that comes first, if it is one of these.
    pub(super) fn find_first<'n, T: Copy>(
        &self,
        mut all: impl Iterator<Item = T>,
        node: impl Fn(T) -> &'n Node,
    ) -> Option<T> {
        self.first.get()?;
        all.find(|one| self.is_first(node(*one)))
    }

    /// Runs attempts in which values that do not fit are not left out.
    pub(crate) fn with<T>(&self, values: &[&Node], run: impl FnOnce() -> T) -> T {
        let lifted: Vec<_> = values.iter().filter(|value| self.skips(value)).collect();
        for value in &lifted {
            self.skipped.borrow_mut().remove(&value.identity());
        }
        let result = run();
        lifted.into_iter().for_each(|value| self.skip(value));
        result
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

    /// Runs attempts in which scalars are the texts they are written as, and learns that they are if the result is
    /// better.
    pub(crate) fn learn_texts_if<T>(
        &self,
        scalars: &[&Node],
        run: impl FnOnce() -> T,
        is_better: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        scalars.iter().for_each(|scalar| self.learn_text(scalar));
        let result = run();
        if is_better(&result) {
            return Some(result);
        }
        let mut text = self.text.borrow_mut();
        for scalar in scalars {
            text.remove(&scalar.identity());
        }
        None
    }

    /// Returns true if this is a scalar that could be meant as the text it is written as, and is not known to be. An
    /// integer with a leading zero is refused, not guessed at.
    pub(crate) fn may_be_text(&self, node: &Node) -> bool {
        let not_text = |(text, is_text): (&Text, bool)| !is_text && leading_zero(text).is_none();
        node.as_text().is_some_and(not_text) && !self.is_text(node)
    }

    /// Returns true if anything was learned of how a value is meant.
    pub(crate) fn has_learned(&self) -> bool {
        !self.text.borrow().is_empty()
            || !self.lists.borrow().is_empty()
            || !self.integer_names.borrow().is_empty()
    }

    pub(super) fn is_text(&self, node: &Node) -> bool {
        let text = self.text.borrow();
        !text.is_empty() && text.contains(&node.identity())
    }

    /// Learns that a text of a source without types is a list, though it has no brackets.
    pub(crate) fn learn_list(&self, node: &Node) {
        self.lists.borrow_mut().insert(node.identity());
    }

    pub(super) fn is_list(&self, node: &Node) -> bool {
        self.lists.borrow().contains(&node.identity())
    }

    /// Learns that the names of a map are integers, which a type that buffers the map takes for texts.
    pub(crate) fn learn_integer_names(&self, map: &Node) {
        self.integer_names.borrow_mut().insert(map.identity());
    }

    pub(super) fn has_integer_names(&self, map: &Node) -> bool {
        self.integer_names.borrow().contains(&map.identity())
    }

    pub(super) fn ignore(&self, value: &Node, ignored: Ignored) {
        self.ignored.borrow_mut().insert(value.identity(), ignored);
    }

    /// Returns the keys that no struct wanted, as far as structs were asked.
    pub(crate) fn ignored(&self) -> Vec<Ignored> {
        self.ignored.borrow().values().cloned().collect()
    }

    pub(crate) fn has_ignored(&self) -> bool {
        !self.ignored.borrow().is_empty()
    }

    /// Returns true if a struct did not want the key of this value.
    pub(crate) fn ignores(&self, value: &Node) -> bool {
        self.ignored.borrow().contains_key(&value.identity())
    }

    /// Takes note that a part of what is being read may be lost: a type refused it, which what is around it need not
    /// tell, ignored it, or took it as whatever it is.
    pub(super) fn doubt(&self) {
        self.doubts.set(self.doubts.get() + 1);
    }

    pub(super) fn doubts(&self) -> usize {
        self.doubts.get()
    }

    pub(super) fn note_opaque(&self, map: &Map) {
        self.opaque.borrow_mut().insert(std::ptr::from_ref(map).addr());
    }

    /// Returns true if it is not known which entries of a map its type took.
    pub(crate) fn is_opaque(&self, map: &Map) -> bool {
        self.opaque.borrow().contains(&std::ptr::from_ref(map).addr())
    }

    pub(super) fn note_struct(&self, map: &Map) {
        self.structs.borrow_mut().insert(std::ptr::from_ref(map).addr());
    }

    /// Returns true if a map was read by a struct, and every key in it that the struct did not want was noted.
    pub(crate) fn is_struct(&self, map: &Map) -> bool {
        self.structs.borrow().contains(&std::ptr::from_ref(map).addr())
    }

    /// Returns the number of opaque maps.
    pub(crate) fn opaque_maps(&self) -> usize {
        self.opaque.borrow().len()
    }

    /// Returns true if there are such maps.
    pub(crate) fn saw_opaque(&self) -> bool {
        self.opaque_maps() > 0
    }

    /// Runs an attempt in which a value is poisoned.
    pub(crate) fn poisoning<T>(&self, value: &Node, poison: Poison, run: impl FnOnce() -> T) -> T {
        self.poisoned.set(Some((value.identity(), poison)));
        let result = run();
        self.poisoned.set(None);
        result
    }

    /// Returns the poison in the place of a value that is about to be read.
    pub(super) fn poison(&self, value: &Node) -> Option<Poison> {
        if self.listens_to(value) {
            self.heard.borrow_mut().is_read = true;
        }
        let (poisoned, poison) = self.poisoned.get()?;
        (poisoned == value.identity()).then_some(poison)
    }

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

    /// Hears that the entries of a map are asked for.
    pub(super) fn hear_entries(&self, map: &Node) {
        if self.listens_to(map) {
            self.heard.borrow_mut().wants_entries = true;
        }
    }

    /// Hears what a name at a value was taken for. The derive of serde makes it a value of an enum, with a variant for
    /// each field; the names of no variant are those that it knows.
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

    /// Hears what the keys of a map are read as, and if one was taken.
    pub(super) fn hear_key(&self, map: &Node, keys: Keys, is_taken: bool) {
        if self.listens_to(map) {
            self.heard.borrow_mut().keys.get_or_insert((keys, is_taken));
        }
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
