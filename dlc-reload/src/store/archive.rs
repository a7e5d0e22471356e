//! Documents as they are stored on disk: what the sources said, with every place and without
//! secrets.
//!
//! What is stored are the sources' own words and not the typed configuration, which need not read
//! back what it serializes to. A value that is or may hold a secret is left out, and so is one that no
//! schema describes; when a document comes back, it is taken from another one, which was read just now.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::row::{Row, Stored, Under};
use crate::{
    document::{Document, Layer, Node, Path, Replaced, Value},
    place::{Key, Segment, SourceVersion},
    redaction::Redaction,
    schema::{Alternatives, Shape, Target, is_plain},
    section::Table,
};

/// A document without its secrets, ready to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Archive {
    /// The names of the sources by number; none where all that is from it was left out.
    pub(super) sources: Vec<Option<Arc<str>>>,
    /// The folders of the sources that are files and lie in one, by number: paths in them are relative to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) folders: Vec<(u32, Arc<str>)>,
    /// The versions of the sources that had one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<SourceVersion>,
    pub(super) layers: Vec<Layer>,
    /// The tree, from the root on, each map and list followed by what is in it.
    pub(super) values: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) replaced: Vec<(Key, Vec<Row>)>,
    /// The keys of what is or may hold a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<Key>,
}

impl Archive {
    /// The document without what is or may hold a secret.
    pub(crate) fn of(document: &Document, shape: &Shape) -> Self {
        let written = |key: &[Segment], node: &Node| {
            let (key, rows, left_out) = (key.to_vec(), Vec::new(), Vec::new());
            let mut writer = Writer { shape, key, rows, left_out };
            writer.value(None, node);
            (writer.rows, writer.left_out)
        };
        let (values, left_out) = written(&[], &document.root);
        let mut replaced = Vec::new();
        for Replaced { key, node } in &document.replaced {
            let (rows, _) = written(key.segments(), node);
            if !rows.is_empty() {
                replaced.push((key.clone(), rows));
            }
        }
        let rows = values.iter().chain(replaced.iter().flat_map(|(_, rows)| rows));
        let mut named: BTreeSet<u32> = rows.flat_map(Row::sources).collect();
        // A file is named although it sets nothing. A variable is not: its name may be the key of
        // an entry inside of a secret.
        named.extend(document.layers.iter().filter_map(|layer| match layer {
            Layer::One(source) => Some(source.0),
            _ => None,
        }));
        let redaction = Redaction::of(document, shape);
        let clean = |name: &Arc<str>| {
            let mut name = name.to_string();
            redaction.apply(&mut name);
            Arc::from(name)
        };
        let sources = document.sources.iter().zip(0_u32..);
        let folders = sources.clone().filter(|(_, id)| named.contains(id));
        let folders = folders.filter_map(|(source, id)| Some((id, clean(source.folder.as_ref()?))));
        Self {
            folders: folders.collect(),
            versions: document.versions.clone(),
            sources: sources
                .map(|(source, id)| named.contains(&id).then(|| clean(&source.name)))
                .collect(),
            layers: document.layers.iter().map(|layer| layer.renamed(clean)).collect(),
            values,
            replaced,
            left_out,
        }
    }
}

/// Writes rows, and notes the keys that it leaves out.
struct Writer<'s> {
    shape: &'s Shape,
    /// The key of the section or leaf that is being written.
    key: Vec<Segment>,
    rows: Vec<Row>,
    left_out: Vec<Key>,
}

impl Writer<'_> {
    fn value(&mut self, under: Under<'_>, node: &Node) {
        let shape = self.shape;
        match shape.target(&self.key) {
            Target::Section(table) => self.section(under, node, table),
            Target::Entries(_) => self.entries(under, node),
            Target::Secret => self.leave_out(under, node, &Path::Root),
            Target::Inside(level) => self.inside(under, node, &Path::Root, level.allowed()),
            // No field takes it, so it has no effect, and it may be a secret.
            Target::Nowhere => {}
        }
    }

    fn section(&mut self, under: Under<'_>, node: &Node, table: &'static Table) {
        if node.is_null() {
            return self.rows.push(Row::of(under, node));
        }
        // A text that reads as a map is taken for one: it may hold secrets beside other values.
        let Some(map) = node.as_map() else {
            return self.leave_out(under, node, &Path::Root);
        };
        let at = self.open(under, node, Stored::Map(0));
        for (name, entry) in map {
            self.key.push(Segment::Name(name.to_string().into()));
            let (under, is_field) = (Some((&**name, entry.key)), table.field(name).is_some());
            if is_field || table.flattened_leaf().is_some() {
                self.value(under, &entry.node);
            }
            self.key.pop();
        }
        self.close(at);
    }

    /// Writes the entries of a collection.
    fn entries(&mut self, under: Under<'_>, node: &Node) {
        match &node.value {
            Value::Map(map) => {
                let at = self.open(under, node, Stored::Map(0));
                for (name, entry) in map.iter() {
                    self.key.push(Segment::Name(name.to_string().into()));
                    self.value(Some((&**name, entry.key)), &entry.node);
                    self.key.pop();
                }
                self.close(at);
            }
            Value::List(items) => self.items(under, node, &Path::Root, &mut |writer| {
                for (index, item) in items.iter().enumerate() {
                    writer.key.push(Segment::Item(index));
                    writer.value(None, item);
                    writer.key.pop();
                }
            }),
            Value::Null => self.rows.push(Row::of(under, node)),
            Value::Scalar(_) | Value::Untyped(_) => self.leave_out(under, node, &Path::Root),
        }
    }

    /// Writes the items of a list, or leaves all of it out if one holds a secret: items have no names, so that later it
    /// could not be told which secret belongs to which.
    fn items(
        &mut self,
        under: Under<'_>,
        node: &Node,
        path: &Path<'_>,
        write: &mut dyn FnMut(&mut Self),
    ) {
        let (rows, gaps) = (self.rows.len(), self.left_out.len());
        let at = self.open(under, node, Stored::List(0));
        write(self);
        self.close(at);
        if self.left_out.len() > gaps {
            self.rows.truncate(rows);
            self.left_out.truncate(gaps);
            self.leave_out(under, node, path);
        }
    }

    /// Writes a value inside of a leaf, at a path from there.
    fn inside(
        &mut self,
        under: Under<'_>,
        node: &Node,
        path: &Path<'_>,
        alternatives: &Alternatives<'_>,
    ) {
        // What no schema knows may have another name of a field, perhaps of a secret.
        if alternatives.is_secret() || alternatives.is_unknown() {
            return self.leave_out(under, node, path);
        }
        match &node.value {
            Value::Map(map) if !map.keys().all(|name| is_known(alternatives, name)) => {
                self.leave_out(under, node, path);
            }
            Value::Map(map) => {
                let at = self.open(under, node, Stored::Map(0));
                for (name, entry) in map.iter() {
                    let (under, path) = (Some((&**name, entry.key)), path.name(name));
                    self.inside(under, &entry.node, &path, &alternatives.entry(name));
                }
                self.close(at);
            }
            Value::List(items) => {
                let below = alternatives.items();
                self.items(under, node, path, &mut |writer| {
                    for (index, item) in items.iter().enumerate() {
                        writer.inside(None, item, &path.item(index), &below);
                    }
                });
            }
            Value::Scalar(_) | Value::Untyped(_) if alternatives.hold_secret() => {
                self.leave_out(under, node, path);
            }
            Value::Untyped(_) if !self.shape.shows(node, &self.key_of(path)) => {
                self.leave_out(under, node, path);
            }
            _ => self.rows.push(Row::of(under, node)),
        }
    }

    /// Leaves out what is at a path below the key. A `null` is no secret, and says that there is none.
    fn leave_out(&mut self, under: Under<'_>, node: &Node, path: &Path<'_>) {
        if node.is_null() {
            self.rows.push(Row::of(under, node));
        } else {
            self.left_out.push(self.key_of(path));
        }
    }

    fn key_of(&self, path: &Path<'_>) -> Key {
        Key::from_iter(self.key.iter().cloned()).join(&path.key())
    }

    fn open(&mut self, under: Under<'_>, node: &Node, empty: Stored) -> usize {
        self.rows.push(Row::new(under, node.place, empty));
        self.rows.len() - 1
    }

    /// Ends the list or map at this row, with all rows since in it.
    fn close(&mut self, at: usize) {
        let inside = self.rows.len() - at - 1;
        if let Some(row) = self.rows.get_mut(at) {
            row.hold(inside);
        }
    }
}

/// Returns true if the name of an entry may be written: the schema knows the entry, or it is a plain name.
fn is_known(alternatives: &Alternatives<'_>, name: &str) -> bool {
    is_plain(name) || !alternatives.entry(name).is_unknown()
}

#[cfg(feature = "yaml")]
#[cfg(test)]
mod tests;
