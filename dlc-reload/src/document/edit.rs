//! Values put into a tree, and taken out of it.

use super::node::{Entry, Node, Text, Value};
use crate::place::{Identity, Segment};

/// Puts a value below a node and returns the one it replaces. A node on the way that is no map
/// becomes one.
pub(crate) fn put_below(node: &mut Node, segments: &[Segment], value: Node) -> Option<Node> {
    let [first, below @ ..] = segments else {
        return Some(std::mem::replace(node, value));
    };
    node.open();
    let name = match first {
        Segment::Name(name) => name,
        Segment::Entry(identity) => return put_entry(node, identity, below, value),
        // The caller puts the values of fields, and an item of a list is none.
        Segment::Item(_) => return None,
    };
    let mut map = match std::mem::replace(&mut node.value, Value::Null) {
        Value::Map(map) => map,
        _ => Box::default(),
    };
    let before = match map.get_mut(&**name) {
        Some(entry) => put_below(&mut entry.node, below, value),
        None => {
            let key = value.place;
            let mut node = Node::null(key);
            put_below(&mut node, below, value);
            map.insert(Text::from(&**name), Entry { key, node });
            None
        }
    };
    node.value = Value::Map(map);
    before
}

/// Puts a value into the item of a list that has an identity; one that no item has is added at the end.
fn put_entry(node: &mut Node, identity: &Identity, below: &[Segment], value: Node) -> Option<Node> {
    let Value::List(items) = &mut node.value else { return None };
    if let Some(index) = identity.index_in(items, |item| item.is_identified_by(identity)) {
        return put_below(&mut items[index], below, value);
    }
    if below.is_empty() {
        items.push(value);
    }
    None
}

/// Takes the value out that is below a node, if one is.
pub(crate) fn remove_below(node: &mut Node, segments: &[Segment]) {
    let [first, below @ ..] = segments else { return };
    node.open();
    match (&mut node.value, first) {
        (Value::Map(map), Segment::Name(name)) => {
            if below.is_empty() {
                // The order of entries means nothing, and to keep it would take longer the more there are.
                map.swap_remove(&**name);
            } else if let Some(entry) = map.get_mut(&**name) {
                remove_below(&mut entry.node, below);
            }
        }
        (Value::List(items), Segment::Entry(identity)) => {
            let found = identity.index_in(items, |item| item.is_identified_by(identity));
            let Some(found) = found else { return };
            if below.is_empty() {
                items.remove(found);
            } else {
                remove_below(&mut items[found], below);
            }
        }
        _ => {}
    }
}
