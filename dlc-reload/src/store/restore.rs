//! From a stored document back to one that a configuration is built from.

use std::{collections::BTreeSet, sync::Arc};

use super::{archive::Archive, row::tree};
use crate::{
    document::{
        Document, Entry, Layer, Node, Place, Replaced, SourceId, SourceInfo, Value, narrow,
    },
    key::{Key, Segment},
};

/// A document that was stored, with what was left out taken from another one.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) document: Document,
    /// The values that were left out and stand nowhere now.
    pub(crate) missing: Vec<Key>,
}

impl Archive {
    /// The document as it was, with what was left out as `present` has it. The names of the sources
    /// of then get `label` in front. `None` where the rows do not make a tree.
    pub(crate) fn restore(&self, present: &Document, label: &str) -> Option<Restored> {
        let name = |name: &Option<Arc<str>>| match name {
            Some(name) if name.starts_with(label) => Arc::clone(name),
            Some(name) => format!("{label}{name}").into(),
            None => "a source that was left out".into(),
        };
        let replaced = self
            .replaced
            .iter()
            .map(|(key, rows)| Some(Replaced { key: key.clone(), node: tree(rows)? }));
        let mut document = Document {
            root: tree(&self.values)?,
            sources: self.sources.iter().map(|one| SourceInfo::new(name(one))).collect(),
            replaced: replaced.collect::<Option<_>>()?,
            layers: self.layers.clone(),
            ..Document::new()
        };
        let first = narrow(document.sources.len());
        let mut used = BTreeSet::new();
        let mut missing = Vec::new();
        for key in &self.left_out {
            let found = present.node(key).filter(|node| !node.is_null()).map(|node| {
                let mut node = node.clone();
                shift(&mut node, first, &mut used);
                node
            });
            if !found.is_some_and(|node| plant(&mut document.root, key.segments(), node)) {
                missing.push(key.clone());
            }
        }
        document.sources.extend(present.sources.iter().cloned());
        document.layers.extend(used.into_iter().map(|source| Layer::One(SourceId(source))));
        Some(Restored { document, missing })
    }
}

/// Counts the sources of a tree from `first` on.
fn shift(node: &mut Node, first: u32, used: &mut BTreeSet<u32>) {
    move_place(&mut node.place, first, used);
    match &mut node.value {
        Value::Map(map) => {
            for entry in map.values_mut() {
                move_place(&mut entry.key, first, used);
                shift(&mut entry.node, first, used);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, first, used)),
        Value::Untyped(untyped) => {
            if let Ok(shape) = &mut untyped.shape {
                shift(shape, first, used);
            }
        }
        Value::Null | Value::Scalar(_) => {}
    }
}

fn move_place(place: &mut Place, first: u32, used: &mut BTreeSet<u32>) {
    place.source = SourceId(place.source.0.saturating_add(first));
    used.insert(place.source.0);
}

/// Puts a value at its key; false where there is no map for it.
fn plant(around: &mut Node, segments: &[Segment], node: Node) -> bool {
    let (Value::Map(map), [Segment::Name(name), below @ ..]) = (&mut around.value, segments) else {
        return false;
    };
    if below.is_empty() {
        map.insert(Box::from(&**name), Entry { key: node.place, node });
        return true;
    }
    map.get_mut(&**name).is_some_and(|entry| plant(&mut entry.node, below, node))
}
