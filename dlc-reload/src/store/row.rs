//! One value of a stored document. Rows are flat, so that no depth is too deep to be read.

use serde::{Deserialize, Serialize};

use super::archive::Under;
use crate::document::{Entry, Kind, Map, Node, Place, Scalar, SourceId, Value};

/// A value without what is in it, which follows in the next rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The name of an entry, and where the name stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<(Box<str>, Spot)>,
    what: What,
    at: Spot,
    /// The text of a scalar, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "is_false")]
    plain: bool,
    /// How many of the rows that follow are in this list or map, at any depth.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) inside: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    Null,
    Bool,
    Integer,
    Float,
    String,
    /// From a place without types, such as the environment.
    Text,
    List,
    Map,
}

/// Source, line and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Spot(u32, u32, u32);

impl From<Place> for Spot {
    fn from(place: Place) -> Self {
        Self(place.source.0, place.line, place.column)
    }
}

impl From<Spot> for Place {
    fn from(Spot(source, line, column): Spot) -> Self {
        Self { source: SourceId(source), line, column }
    }
}

impl Row {
    pub(super) fn new(under: Under<'_>, what: What, place: Place) -> Self {
        Self {
            name: under.map(|(name, place)| (name.into(), place.into())),
            what,
            at: place.into(),
            text: None,
            plain: false,
            inside: 0,
        }
    }

    /// The row of one value; what is in a list or map gets rows of its own.
    pub(super) fn of(under: Under<'_>, node: &Node) -> Self {
        let row = |what| Self::new(under, what, node.place);
        match &node.value {
            Value::Null => row(What::Null),
            Value::List(_) => row(What::List),
            Value::Map(_) => row(What::Map),
            Value::Untyped(untyped) => Self { text: Some(untyped.text.clone()), ..row(What::Text) },
            Value::Scalar(Scalar { text, kind, plain }) => {
                let what = match kind {
                    Kind::Bool => What::Bool,
                    Kind::Integer => What::Integer,
                    Kind::Float => What::Float,
                    Kind::String => What::String,
                };
                Self { text: Some(text.clone()), plain: *plain, ..row(what) }
            }
        }
    }

    /// The sources that this row names.
    pub(super) fn sources(&self) -> impl Iterator<Item = u32> {
        self.name.iter().map(|(_, spot)| spot.0).chain([self.at.0])
    }

    /// The value, empty where it is a list or map.
    fn node(&self) -> Option<Node> {
        let place = self.at.into();
        let scalar = |kind| {
            let text = self.text.clone()?;
            Some(Value::Scalar(Scalar { text, kind, plain: self.plain }))
        };
        let value = match self.what {
            What::Text => return Some(Node::untyped(place, self.text.clone()?)),
            What::Null => Value::Null,
            What::List => Value::List(Vec::new()),
            What::Map => Value::Map(Box::new(Map::new())),
            What::Bool => scalar(Kind::Bool)?,
            What::Integer => scalar(Kind::Integer)?,
            What::Float => scalar(Kind::Float)?,
            What::String => scalar(Kind::String)?,
        };
        Some(Node { place, value })
    }
}

/// A list or map whose last row has not come yet.
struct Open<'r> {
    row: &'r Row,
    node: Node,
    end: usize,
}

/// The tree that rows stand for; none where they are damaged.
pub(super) fn tree(rows: &[Row]) -> Option<Node> {
    let mut open: Vec<Open<'_>> = Vec::new();
    for (row, next) in rows.iter().zip(1..) {
        let end = row.inside.checked_add(next)?;
        let around = open.last().map_or(rows.len(), |around| around.end);
        if end > around {
            return None;
        }
        open.push(Open { row, node: row.node()?, end });
        while let Some(whole) = open.pop_if(|last| last.end == next) {
            match open.last_mut() {
                None => return (next == rows.len()).then_some(whole.node),
                Some(around) => put(&mut around.node, whole.row, whole.node)?,
            }
        }
    }
    None
}

fn put(around: &mut Node, row: &Row, node: Node) -> Option<()> {
    match &mut around.value {
        Value::List(items) => items.push(node),
        Value::Map(map) => {
            let (name, place) = row.name.clone()?;
            if map.insert(name, Entry { key: place.into(), node }).is_some() {
                return None;
            }
        }
        _ => return None,
    }
    Some(())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(value: &usize) -> bool {
    *value == 0
}
