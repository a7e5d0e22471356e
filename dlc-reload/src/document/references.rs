//! The references that values were written with, such as `${PORT}`, and what they stood for.

use std::{collections::HashMap, fmt, sync::Arc};

use super::node::{Node, Place, Value};

/// The references of a document, by the places of the values that they stand in.
#[derive(Clone, Debug, Default)]
pub(crate) struct References(Arc<HashMap<Place, Reference>>);

/// The references in one value.
#[derive(Clone, Default)]
pub(crate) struct Reference {
    /// Each as it is written, without a default.
    names: Vec<String>,
    /// The texts that they stand for, which may be secrets.
    texts: Vec<String>,
    /// True if the value could not be filled, so that nothing more is to be said of it.
    is_unfilled: bool,
}

/// Leaves out the texts, which may be secrets.
impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Reference {
    /// Adds a reference with the text that it stands for.
    pub(crate) fn add(&mut self, name: String, text: String) {
        if !self.names.contains(&name) {
            self.names.push(name);
            self.texts.push(text);
        }
    }

    /// Makes that of a value which could not be filled.
    pub(crate) const fn unfilled() -> Self {
        Self { names: Vec::new(), texts: Vec::new(), is_unfilled: true }
    }

    /// Returns true if there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the references in words.
    pub(crate) fn in_words(&self) -> String {
        in_words(&self.names)
    }

    /// Returns the texts that they stand for.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

impl References {
    /// Takes note of the references in the value at a place. What aliases copy is the same in each copy.
    pub(crate) fn note(&mut self, place: Place, reference: Reference) {
        Arc::make_mut(&mut self.0).insert(place, reference);
    }

    /// Returns the references in the value at a place.
    pub(crate) fn at(&self, place: Place) -> Option<&Reference> {
        self.0.get(&place)
    }

    /// Returns the references in the value at a place as they are written; none where it could not be filled.
    pub(crate) fn names(&self, place: Place) -> &[String] {
        self.at(place).map_or(&[], |reference| &reference.names)
    }

    /// Returns true if the value at a place could not be filled.
    pub(crate) fn is_unfilled(&self, place: Place) -> bool {
        self.at(place).is_some_and(|reference| reference.is_unfilled)
    }

    /// Returns true if a value at or below a node could not be filled.
    pub(crate) fn are_unfilled(&self, node: &Node) -> bool {
        !self.0.is_empty()
            && match &node.value {
                Value::Map(map) => map.values().any(|entry| self.are_unfilled(&entry.node)),
                Value::List(items) => items.iter().any(|item| self.are_unfilled(item)),
                Value::Scalar(_) => self.is_unfilled(node.place),
                Value::Untyped(_) | Value::Null => false,
            }
    }
}

/// Returns references in words.
pub(crate) fn in_words(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
