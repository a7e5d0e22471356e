//! Laying one tree over another.

use super::{
    build::Flaw,
    node::{Node, Place, Value},
    path::Path,
};
use crate::key::Key;

/// A value that a later source replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) key: Key,
    pub(crate) node: Node,
}

/// A key that is a map in one source and something else in another.
#[derive(Debug)]
pub(crate) struct Disagreement {
    pub(crate) key: Key,
    /// The place in the later source, and the message.
    pub(crate) flaw: Flaw,
    /// The place in the earlier source.
    pub(crate) other: Place,
}

/// The values that were replaced, and the disagreements, from laying trees over each other.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    pub(crate) replaced: Vec<Replaced>,
    pub(crate) disagreements: Vec<Disagreement>,
}

/// Lays `over` on `base`: maps entry by entry, everything else as a whole. Nothing is copied.
pub(crate) fn merge(base: &mut Node, over: Node, left: &mut Leftovers) {
    merge_at(base, over, &Path::Root, left);
}

fn merge_at(base: &mut Node, over: Node, path: &Path<'_>, left: &mut Leftovers) {
    let over = match (&base.value, over) {
        (Value::Map(_), over) => opened(over),
        (_, over) => over,
    };
    if matches!(over.value, Value::Map(_))
        && matches!(&base.value, Value::Untyped(text) if matches!(text.shape.value, Value::Map(_)))
    {
        let text = std::mem::replace(base, Node::null(over.place));
        *base = opened(text);
    }
    match (&mut base.value, over) {
        (Value::Map(entries), Node { value: Value::Map(new), .. }) => {
            for (name, entry) in *new {
                match entries.get_mut(&name) {
                    Some(old) => {
                        old.key = entry.key;
                        let path = path.name(&name);
                        merge_at(&mut old.node, entry.node, &path, left);
                    }
                    None => {
                        entries.insert(name, entry);
                    }
                }
            }
        }
        (value, over) if disagree(value, &over.value) => {
            let message = format!("{} here, but {}", over.describe(), base.describe());
            left.disagreements.push(Disagreement {
                key: path.key(),
                flaw: Flaw::new(over.place, message),
                other: base.place,
            });
        }
        (_, over) => {
            let node = std::mem::replace(base, over);
            left.replaced.push(Replaced { key: path.key(), node });
        }
    }
}

/// Turns a text that reads as a map into that map, and leaves other nodes as they are.
fn opened(node: Node) -> Node {
    match node.value {
        Value::Untyped(text) if matches!(text.shape.value, Value::Map(_)) => text.shape,
        value => Node { value, ..node },
    }
}

/// Returns true if one value is a map and the other is neither a map nor `null`.
fn disagree(base: &Value, over: &Value) -> bool {
    let is_null = |value: &Value| matches!(value, Value::Null);
    let is_map = |value: &Value| matches!(value, Value::Map(_));
    !is_null(base) && !is_null(over) && is_map(base) != is_map(over)
}
