//! One value of a stored document. Rows are flat, so that no depth is too deep to be read.

use serde::{Deserialize, Serialize};

use crate::{
    document::{self, Entry, Limits, Node, Place, Scalar, Value},
    source::untyped,
};

/// The name of an entry and the place of the name; nothing at the root and in lists.
pub(super) type Under<'n> = Option<(&'n str, Place)>;

/// A value without the values in it, which follow in the next rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The name of an entry, and the place of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<(document::Text, Place)>,
    at: Place,
    pub(super) value: Stored,
}

/// The value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stored {
    Null,
    Scalar(Scalar),
    /// A text from a place without types, such as the environment.
    Text(document::Text),
    /// A list, and the number of rows that follow and are in it, at any depth.
    List(usize),
    /// A map, and the number of rows that follow and are in it, at any depth.
    Map(usize),
}

impl Row {
    pub(super) fn new(under: Under<'_>, at: Place, value: Stored) -> Self {
        Self { name: under.map(|(name, place)| (name.into(), place)), at, value }
    }

    /// Makes the row of one value; the values in a list or map get rows of their own.
    pub(super) fn of(under: Under<'_>, node: &Node) -> Self {
        let value = match &node.value {
            Value::Null => Stored::Null,
            Value::List(_) => Stored::List(0),
            Value::Map(_) => Stored::Map(0),
            Value::Untyped(untyped) => Stored::Text(untyped.text.clone()),
            Value::Scalar(scalar) => Stored::Scalar(scalar.clone()),
        };
        Self::new(under, node.place, value)
    }

    /// Returns the numbers of the sources that this row names.
    pub(super) fn sources(&self) -> impl Iterator<Item = u32> {
        self.name.iter().map(|(_, place)| place.source.0).chain([self.at.source.0])
    }

    /// Says that the next rows, that many, are in this list or map.
    pub(super) fn hold(&mut self, rows: usize) {
        if let Stored::List(inside) | Stored::Map(inside) = &mut self.value {
            *inside = rows;
        }
    }

    const fn inside(&self) -> usize {
        match self.value {
            Stored::List(inside) | Stored::Map(inside) => inside,
            _ => 0,
        }
    }

    /// Makes the value, empty where it is a list or map.
    fn node(&self) -> Node {
        let value = match &self.value {
            Stored::Text(text) => {
                // It was read within the limits of then.
                let limits = Limits::default().with_depth(usize::MAX).with_values(usize::MAX);
                return untyped(self.at, text.clone(), &limits);
            }
            Stored::Null => Value::Null,
            Stored::List(_) => Value::List(Vec::new()),
            Stored::Map(_) => Value::Map(Box::default()),
            Stored::Scalar(scalar) => Value::Scalar(scalar.clone()),
        };
        Node { place: self.at, value }
    }
}

/// A list or map whose last row has not come yet.
struct Open<'r> {
    row: &'r Row,
    node: Node,
    end: usize,
}

/// Makes the tree that rows stand for; `None` where they are damaged.
pub(super) fn tree(rows: &[Row]) -> Option<Node> {
    let mut open: Vec<Open<'_>> = Vec::new();
    for (row, next) in rows.iter().zip(1..) {
        let end = row.inside().checked_add(next)?;
        let around = open.last().map_or(rows.len(), |around| around.end);
        if end > around {
            return None;
        }
        open.push(Open { row, node: row.node(), end });
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
            let (name, key) = row.name.clone()?;
            if map.insert(name, Entry { key, node }).is_some() {
                return None;
            }
        }
        _ => return None,
    }
    Some(())
}
