//! The tree that every source is read into. Each value knows where it was written.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize, de::Unexpected};
use serde_json::Value as Json;
use smol_str::SmolStr;

use super::{
    number::{self, Integer, ScalarKind},
    untyped::Untyped,
};
use crate::place::Identity;

/// Returns a number of lines, columns or sources; there are never more of them.
pub(crate) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The index of a source in [`Document::sources`](super::Document).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SourceId(pub(crate) u32);

/// The line and column at which something was written. Line zero means that the source has no lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(SourceId, u32, u32)", into = "(SourceId, u32, u32)")]
pub(crate) struct Place {
    pub(crate) source: SourceId,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl From<(SourceId, u32, u32)> for Place {
    fn from((source, line, column): (SourceId, u32, u32)) -> Self {
        Self { source, line, column }
    }
}

impl From<Place> for (SourceId, u32, u32) {
    fn from(Place { source, line, column }: Place) -> Self {
        (source, line, column)
    }
}

impl Place {
    /// The place of what stands in no source.
    pub(crate) const NONE: Self = Self::whole(SourceId(u32::MAX));

    /// Returns the place that is the source as a whole.
    pub(crate) const fn whole(source: SourceId) -> Self {
        Self { source, line: 0, column: 0 }
    }
}

/// One value and its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// Leaves out the value, which may be a secret.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}", self.describe(), self.place.line, self.place.column)
    }
}

/// A name or value as it was written. Most are short, and lie in the node itself.
pub(crate) type Text = SmolStr;

/// The value of a node.
#[derive(Clone)]
pub(crate) enum Value {
    /// A value that erases those of earlier sources.
    Null,
    /// A scalar whose type the format decided.
    Scalar(Scalar),
    /// A text from a source without types; it becomes what the field wants.
    Untyped(Box<Untyped>),
    List(Vec<Node>),
    Map(Box<Map>),
}

/// A scalar, kept as it was written: numbers are parsed when a field wants one, so that `version:
/// 1.20` is still `1.20` when the field is a string.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scalar {
    pub(crate) text: Text,
    pub(crate) kind: ScalarKind,
    /// True if it was written without quotes in a format that guesses types: it is also the string
    /// it looks like.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) plain: bool,
}

/// The entries of a map in the order they were written.
pub(crate) type Map = IndexMap<Text, Entry, RandomState>;

/// The value of one key, and the place of the key itself.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn null(place: Place) -> Self {
        Self { place, value: Value::Null }
    }

    pub(crate) fn empty_map(place: Place) -> Self {
        Self { place, value: Value::Map(Box::default()) }
    }

    /// Makes the tree of a JSON value that stands at one place, and its texts by a function.
    pub(crate) fn of_json(value: &Json, place: Place, text: &dyn Fn(&str) -> Self) -> Self {
        match value {
            Json::Null => Self::null(place),
            Json::Bool(value) => Self::strict(place, ScalarKind::Bool, value.to_string()),
            Json::Number(number) => {
                let kind = if number.is_f64() { ScalarKind::Float } else { ScalarKind::Integer };
                Self::strict(place, kind, number.to_string())
            }
            Json::String(value) => text(value),
            Json::Array(items) => {
                let items = items.iter().map(|item| Self::of_json(item, place, text)).collect();
                Self { place, value: Value::List(items) }
            }
            Json::Object(object) => {
                let entries = object.iter().map(|(name, value)| {
                    let node = Self::of_json(value, place, text);
                    (Text::from(name.as_str()), Entry { key: place, node })
                });
                Self { place, value: Value::Map(Box::new(entries.collect())) }
            }
        }
    }

    /// Returns a scalar whose type is final.
    pub(crate) fn strict(place: Place, kind: ScalarKind, text: impl Into<Text>) -> Self {
        Self { place, value: Value::Scalar(Scalar { text: text.into(), kind, plain: false }) }
    }

    /// Returns the entries, if this is a map or a text that reads as one.
    pub(crate) fn as_map(&self) -> Option<&Map> {
        match self.shape() {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items, if this is a list or a text that reads as one.
    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self.shape() {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns true if this is the item of a list that has an identity.
    pub(crate) fn is_identified_by(&self, identity: &Identity) -> bool {
        let field = self.as_map().and_then(|map| map.get(identity.by));
        field.and_then(|entry| entry.node.text()) == Some(identity.value())
    }

    /// Returns the text of a scalar for a type that wants a text, unless the source says that it is none; and true if
    /// it looks like nothing else.
    pub(super) fn as_text(&self) -> Option<(&Text, bool)> {
        match &self.value {
            Value::Scalar(Scalar { text, kind, plain })
                if *plain || *kind == ScalarKind::String =>
            {
                Some((text, *kind == ScalarKind::String))
            }
            Value::Untyped(untyped) => {
                let is_scalar = untyped.collection().is_none();
                Some((&untyped.text, is_scalar && untyped.kind() == ScalarKind::String))
            }
            Value::Scalar(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Returns the text of a scalar as it was written.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Untyped(untyped) => Some(&untyped.text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Returns the value, or the list or map that a text reads as.
    fn shape(&self) -> &Value {
        match &self.value {
            Value::Untyped(untyped) => {
                untyped.shape.as_ref().map_or(&self.value, |shape| &shape.value)
            }
            value => value,
        }
    }

    /// Returns the entries of a map, with their names; none of a text, whatever it reads as.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let map = match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        };
        map.into_iter().flat_map(|map| map.iter()).map(|(name, entry)| (&**name, &entry.node))
    }

    /// Returns the items of a list; none of a text, whatever it reads as.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the type of a scalar, as far as its source has types.
    pub(crate) fn kind(&self) -> Option<ScalarKind> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar.kind),
            Value::Untyped(untyped) => Some(untyped.kind()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Returns true if this is a list or map, or a text in brackets that may read as one.
    pub(crate) fn is_collection(&self) -> bool {
        match &self.value {
            Value::List(_) | Value::Map(_) => true,
            Value::Untyped(untyped) => untyped.bracketed,
            Value::Null | Value::Scalar(_) => false,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Hashes what is written, whatever its place.
    pub(crate) fn hash_written(&self, state: &mut impl Hasher) {
        std::mem::discriminant(&self.value).hash(state);
        match &self.value {
            Value::Null => {}
            Value::Scalar(scalar) => scalar.text.hash(state),
            Value::Untyped(untyped) => untyped.text.hash(state),
            Value::List(items) => items.iter().for_each(|item| item.hash_written(state)),
            Value::Map(map) => {
                for (name, entry) in map.iter() {
                    name.hash(state);
                    entry.node.hash_written(state);
                }
            }
        }
    }

    /// Changes the sources of all places in the tree.
    pub(crate) fn move_sources(&mut self, to: &mut dyn FnMut(SourceId) -> SourceId) {
        self.place.source = to(self.place.source);
        match &mut self.value {
            Value::Map(map) => {
                for entry in map.values_mut() {
                    entry.key.source = to(entry.key.source);
                    entry.node.move_sources(to);
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| item.move_sources(to)),
            Value::Untyped(untyped) => {
                if let Ok(shape) = &mut untyped.shape {
                    shape.move_sources(to);
                }
            }
            Value::Null | Value::Scalar(_) => {}
        }
    }

    /// Returns a number that tells nodes apart as long as the tree is neither changed nor moved.
    pub(crate) fn identity(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Returns the value as serde names it in messages.
    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Null => Unexpected::Unit,
            Value::List(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
            Value::Untyped(untyped) => match untyped.collection().map(|shape| &shape.value) {
                Some(Value::List(_)) => Unexpected::Seq,
                Some(_) => Unexpected::Map,
                None => Unexpected::Str(&untyped.text),
            },
            Value::Scalar(Scalar { text, kind, .. }) => {
                let known = match kind {
                    ScalarKind::String => Some(Unexpected::Str(text)),
                    ScalarKind::Bool => {
                        Some(Unexpected::Bool(number::boolean(text).unwrap_or_default()))
                    }
                    ScalarKind::Float => number::float(text).map(Unexpected::Float),
                    ScalarKind::Integer => Integer::parse(text).and_then(Integer::unexpected),
                };
                known.unwrap_or(Unexpected::Other(text))
            }
        }
    }

    /// Returns the kind of the value for messages, such as `a list`.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Bool => "a boolean",
                ScalarKind::Integer => "an integer",
                ScalarKind::Float => "a float",
                ScalarKind::String => "a string",
            },
            Value::Untyped(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
