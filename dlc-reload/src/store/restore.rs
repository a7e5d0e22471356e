//! From a stored document back to one that a configuration is built from.

use std::{collections::BTreeSet, sync::Arc};

use super::{archive::Archive, row::tree};
use crate::{
    document::{Document, Entry, Layer, Node, Replaced, SourceId, SourceInfo, Text, Value, narrow},
    place::{Key, Segment},
};

/// A document that was stored, with what was left out taken from another one.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) document: Arc<Document>,
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
        let source = |(one, id): (_, u32)| {
            let folder = self.folders.iter().find(|(of, _)| *of == id);
            let folder = folder.map(|(_, folder)| Arc::clone(folder));
            SourceInfo { folder, ..SourceInfo::new(name(one)) }
        };
        let replaced = self
            .replaced
            .iter()
            .map(|(key, rows)| Some(Replaced { key: key.clone(), node: tree(rows)? }));
        let mut document = Document {
            root: Arc::new(tree(&self.values)?),
            sources: self.sources.iter().zip(0..).map(source).collect(),
            replaced: replaced.collect::<Option<_>>()?,
            layers: self.layers.clone(),
            versions: self.versions.clone(),
            files: present.files.fork(),
            ..Document::new()
        };
        let first = narrow(document.sources.len());
        let mut used = BTreeSet::new();
        let mut missing = Vec::new();
        for key in &self.left_out {
            let is_there = |node: &&Node| !node.is_null() && !present.references.are_unfilled(node);
            let found = present.node(key).filter(is_there).map(|node| {
                let mut node = node.clone();
                node.move_sources(&mut |source| {
                    let source = SourceId(source.0.saturating_add(first));
                    used.insert(source);
                    source
                });
                node
            });
            if !found
                .is_some_and(|node| plant(Arc::make_mut(&mut document.root), key.segments(), node))
            {
                missing.push(key.clone());
            }
        }
        document.sources.extend(present.sources.iter().cloned());
        document.layers.extend(used.into_iter().map(Layer::One));
        Some(Restored { document: Arc::new(document), missing })
    }
}

/// Puts a value at its key; false where there is no map for it.
fn plant(around: &mut Node, segments: &[Segment], node: Node) -> bool {
    let (Value::Map(map), [Segment::Name(name), below @ ..]) = (&mut around.value, segments) else {
        return false;
    };
    if below.is_empty() {
        map.insert(Text::from(&**name), Entry { key: node.place, node });
        return true;
    }
    map.get_mut(&**name).is_some_and(|entry| plant(&mut entry.node, below, node))
}
