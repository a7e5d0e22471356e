//! The origins of all values of a configuration.

use std::collections::BTreeSet;

use crate::{
    document::{Document, Value},
    place::{Key, Origin},
    schema::Shape,
};

/// Returns the origin of every value of a configuration, in the order of the fields.
pub(crate) fn origins(document: &Document, shape: &Shape) -> Vec<(Key, Origin)> {
    let mut found: Vec<(Key, Origin)> = Vec::new();
    let mut seen = BTreeSet::new();
    for leaf in shape.table().leaves() {
        let mut pending = vec![(leaf.key.clone(), document.node(&leaf.key))];
        while let Some((key, node)) = pending.pop() {
            match node.map(|node| &node.value) {
                // The names of the entries of a secret may be secret, too.
                Some(Value::Map(map)) if !map.is_empty() && !shape.is_secret(&key) => {
                    for (name, entry) in map.iter().rev() {
                        pending.push((key.child(name.to_string()), Some(&entry.node)));
                    }
                }
                _ if key.is_root() || !seen.insert(key.clone()) => {}
                _ => {
                    let origin = document.origin(&key);
                    found.push((shape.shown_key(&key), origin));
                }
            }
        }
    }
    found
}
