//! Values that are made up, to hear from a type what it asks for at a place inside of it.

use serde_json::Value as Json;

use super::Read;
use crate::{
    document::{Cursor, Entry, Heard, Map, Node, Path, Place, Retry, ScalarKind, Value},
    hook::caught,
    place::Segment,
};

/// A name that is none of a field or variant.
pub(crate) const NO_NAME: &str = "no name, made up to ask for the right ones";

/// A step to a value, with what stands before it: a type may have to read that first.
#[derive(Clone)]
pub(crate) enum Step {
    Entry { tag: Option<(String, Json)>, name: String },
    Item { before: Vec<Json> },
}

impl Step {
    /// Returns the step to the entry of a name.
    pub(crate) fn entry(name: &str) -> Self {
        Self::Entry { tag: None, name: name.to_owned() }
    }

    /// Returns the step to the first item of a list.
    pub(crate) const fn item() -> Self {
        Self::Item { before: Vec::new() }
    }

    fn segment(&self) -> Segment {
        match self {
            Self::Entry { name, .. } => Segment::Name(name.clone().into()),
            Self::Item { before } => Segment::Item(before.len()),
        }
    }

    /// Returns the value that this step leads from, around the one that it leads to.
    pub(crate) fn around(&self, node: Node) -> Node {
        let value = match self {
            Self::Entry { tag, name } => {
                let tag = tag.iter().map(|(name, value)| (name, made_up(value)));
                let all = tag.chain([(name, node)]);
                let entry = |node| Entry { key: Place::NONE, node };
                let map: Map = all.map(|(name, node)| (name.into(), entry(node))).collect();
                Value::Map(Box::new(map))
            }
            Self::Item { before } => {
                Value::List(before.iter().map(made_up).chain([node]).collect())
            }
        };
        Node { place: Place::NONE, value }
    }
}

/// Returns a value of JSON as a source would have it.
pub(crate) fn made_up(value: &Json) -> Node {
    Node::of_json(value, Place::NONE, &|text| Node::strict(Place::NONE, ScalarKind::String, text))
}

/// Reads a leaf with a value at the end of a way, and returns what the type says there.
pub(crate) fn asked(way: &[Step], value: Node, read: Read<'_>) -> Heard {
    let leaf = way.iter().rev().fold(value, |node, step| step.around(node));
    let segments: Vec<_> = way.iter().map(Step::segment).collect();
    let Some(node) = leaf.below(&segments) else { return Heard::default() };
    let retry = Retry::default();
    retry.listening(node, || {
        // Nothing fits what is made up, and the author's code need not expect it.
        _ = caught(|| read(Cursor::new(&leaf, Path::Root, &retry)));
    })
}
