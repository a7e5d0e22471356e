//! Text from sources that have no types, such as environment variables: it adapts to the field.

use super::{
    node::{Entry, Map, Node, Place, Value},
    number::ScalarKind,
};

/// The depth of lists and maps in one text; one that is nested deeper is taken as plain text.
const MAX_DEPTH: u8 = 16;

/// A text and the collection it reads as.
#[derive(Clone)]
pub(crate) struct Untyped {
    pub(crate) text: Box<str>,
    /// The list or map for a field that wants one: `[a, b]`, `{a: 1}`, or `a,b`.
    pub(crate) shape: Node,
    /// True if the text is written in brackets, which make it a collection for every field but a
    /// string.
    pub(crate) bracketed: bool,
}

impl Node {
    /// Returns a text that becomes what the field wants.
    pub(crate) fn untyped(place: Place, text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let (shape, bracketed) = match bracketed(&text, place) {
            Some(shape) => (shape, true),
            None => (separated(&text, place), false),
        };
        Self { place, value: Value::Untyped(Box::new(Untyped { text, shape, bracketed })) }
    }

    /// Returns an item of a text that has been split already.
    fn piece(place: Place, text: &str) -> Self {
        let untyped = Untyped {
            text: text.into(),
            shape: Self {
                place,
                value: Value::List(vec![Self::strict(place, ScalarKind::String, text)]),
            },
            bracketed: false,
        };
        Self { place, value: Value::Untyped(Box::new(untyped)) }
    }
}

fn separated(text: &str, place: Place) -> Node {
    let items = match text.trim() {
        "" => Vec::new(),
        some => some.split(',').map(|item| Node::piece(place, item.trim())).collect(),
    };
    Node { place, value: Value::List(items) }
}

fn bracketed(text: &str, place: Place) -> Option<Node> {
    let mut parser = Parser { rest: text.trim(), place };
    if !parser.rest.starts_with(['[', '{']) {
        return None;
    }
    let node = parser.value(0)?;
    parser.rest.is_empty().then_some(node)
}

/// A reader of `[a, "b", {c: 1}]`: JSON whose strings may go without quotes.
struct Parser<'t> {
    rest: &'t str,
    place: Place,
}

impl<'t> Parser<'t> {
    fn value(&mut self, depth: u8) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.rest.chars().next()? {
            '[' => self.list(depth),
            '{' => self.map(depth),
            '"' | '\'' => {
                let text = self.quoted()?;
                Some(Node::strict(self.place, ScalarKind::String, text))
            }
            _ => match self.bare(",]}") {
                "" => None,
                "null" | "~" => Some(Node::null(self.place)),
                text => Some(Node::piece(self.place, text)),
            },
        }
    }

    fn list(&mut self, depth: u8) -> Option<Node> {
        self.skip(1);
        let mut items = Vec::new();
        while !self.take(']') {
            items.push(self.value(depth + 1)?);
            if !self.take(',') && !self.rest.starts_with(']') {
                return None;
            }
        }
        Some(Node { place: self.place, value: Value::List(items) })
    }

    fn map(&mut self, depth: u8) -> Option<Node> {
        self.skip(1);
        let mut map = Map::new();
        while !self.take('}') {
            let name = match self.rest.chars().next()? {
                '"' | '\'' => self.quoted()?,
                _ => self.bare(":,]}").to_owned(),
            };
            if !self.take(':') {
                return None;
            }
            let node = self.value(depth + 1)?;
            let entry = Entry { key: self.place, node };
            if name.is_empty() || map.insert(name.into(), entry).is_some() {
                return None;
            }
            if !self.take(',') && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Node { place: self.place, value: Value::Map(Box::new(map)) })
    }

    fn bare(&mut self, stops: &str) -> &'t str {
        let end = self.rest.find(|c| stops.contains(c)).unwrap_or(self.rest.len());
        let text = self.rest[..end].trim_end();
        self.skip(end);
        text
    }

    fn quoted(&mut self) -> Option<String> {
        let mut chars = self.rest.char_indices();
        let (_, quote) = chars.next()?;
        let mut text = String::new();
        while let Some((at, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.skip(at + 1);
                    return Some(text);
                }
                '\\' if quote == '"' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other @ ('"' | '\\' | '/') => other,
                    _ => return None,
                }),
                other => text.push(other),
            }
        }
        None
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}
