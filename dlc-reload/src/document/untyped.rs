//! Text from sources that have no types, such as environment variables: it adapts to the field.

use super::{
    node::{Node, Scalar, Text, Value},
    number::{ScalarKind, resolve},
};

/// A text and the collection it reads as.
#[derive(Clone)]
pub(crate) struct Untyped {
    pub(crate) text: Text,
    /// The list or map for a field that wants one, or the reason why there is none, without any text of
    /// the source.
    pub(crate) shape: Result<Node, Box<str>>,
    /// True if the text begins with a bracket: it stands for a list or map wherever a string is not wanted.
    pub(crate) bracketed: bool,
}

impl Untyped {
    /// Returns the list or map that the text is for a field that takes anything.
    pub(super) fn collection(&self) -> Option<&Node> {
        self.shape.as_ref().ok().filter(|_| self.bracketed)
    }

    /// Returns the reason why a text in brackets is neither list nor map.
    pub(super) fn broken_bracket(&self) -> Option<&str> {
        self.shape.as_ref().err().filter(|_| self.bracketed).map(|reason| &**reason)
    }

    /// Returns the type that the text looks like, for a field that takes anything.
    pub(crate) fn kind(&self) -> ScalarKind {
        kind(&self.text)
    }
}

impl Scalar {
    /// Returns an item of a text that has no types: a number or boolean is also the string it looks like.
    pub(crate) fn item(text: &str) -> Self {
        Self { text: text.into(), kind: kind(text), plain: true }
    }
}

fn kind(text: &str) -> ScalarKind {
    resolve(text).unwrap_or(ScalarKind::String)
}

impl Node {
    /// Turns a text that reads as a map into that map, and leaves other nodes as they are.
    pub(crate) fn open(&mut self) {
        if let Value::Untyped(text) = &mut self.value
            && let Ok(Self { value: shape @ Value::Map(_), .. }) = &mut text.shape
        {
            self.value = std::mem::replace(shape, Value::Null);
        }
    }

    /// Returns the reason why this text is no list, in brackets or without them.
    pub(super) fn no_list(&self) -> Option<&str> {
        match &self.value {
            Value::Untyped(untyped) => untyped.shape.as_ref().err().map(|reason| &**reason),
            _ => None,
        }
    }

    /// Returns the reason why this text, which begins with a bracket, is neither list nor map.
    pub(crate) fn broken_bracket(&self) -> Option<&str> {
        match &self.value {
            Value::Untyped(untyped) => untyped.broken_bracket(),
            _ => None,
        }
    }
}
