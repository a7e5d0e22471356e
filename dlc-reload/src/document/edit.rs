//! Values put into a tree, and taken out of it.

use super::node::{Entry, Node, Text, Value};
use crate::key::Segment;

/// Puts a value below a node and returns the one it replaces. A node on the way that is no map
/// becomes one.
pub(crate) fn put_below(node: &mut Node, segments: &[Segment], value: Node) -> Option<Node> {
    let [first, below @ ..] = segments else {
        return Some(std::mem::replace(node, value));
    };
    // The caller puts the values of fields, and an item of a list is none.
    let Segment::Name(name) = first else { return None };
    node.open();
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

/// Takes the value out that is below a node, if one is.
pub(crate) fn remove_below(node: &mut Node, segments: &[Segment]) {
    let Some(Segment::Name(name)) = segments.first() else { return };
    node.open();
    let Value::Map(map) = &mut node.value else { return };
    if segments.len() == 1 {
        // The order of entries means nothing, and to keep it would take longer the more there are.
        map.swap_remove(&**name);
    } else if let Some(entry) = map.get_mut(&**name) {
        remove_below(&mut entry.node, &segments[1..]);
    }
}
