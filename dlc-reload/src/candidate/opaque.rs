//! The maps inside of leaves that their types read without naming the fields: enums with a tag, structs with `flatten`.

use std::collections::BTreeSet;

use super::said::Said;
use crate::{
    document::{Entry, Map, Node, Path, Retry},
    place::Key,
    schema::{Entries, Level},
    section::Table,
};

/// One such map.
pub(super) struct Opaque<'a, 'n> {
    /// The key of the leaf in which it lies.
    pub(super) leaf: &'a Key,
    /// The way to it from the leaf.
    pub(super) path: Path<'a>,
    pub(super) map: &'n Map,
    /// The entries that its schema describes.
    pub(super) entries: &'a Entries<'n>,
    /// The fields of the section whose map it is, where the leaf is flattened.
    fields: Option<&'static Table>,
}

impl<'n> Opaque<'_, 'n> {
    /// Returns the entries that no field of the section around a flattened leaf takes.
    pub(super) fn own(&self) -> impl Iterator<Item = (&'n str, &'n Entry)> {
        let is_own = |name: &str| self.fields.is_none_or(|fields| fields.field(name).is_none());
        self.map.iter().map(|(name, entry)| (&**name, entry)).filter(move |(name, _)| is_own(name))
    }

    /// Returns the key of a value in the map.
    pub(super) fn key(&self, path: Path<'_>) -> Key {
        self.leaf.join(&path.key())
    }
}

/// Visits every such map of a document.
pub(super) fn visit_opaque<'n>(
    said: &Said<'n>,
    retry: &Retry,
    visit: &mut dyn FnMut(&Opaque<'_, 'n>),
) {
    let mut walk =
        Walk { retry, left: retry.opaque_maps(), leaf: &Key::root(), fields: None, visit };
    let (root, shape) = (&said.document().root, said.shape());
    let leaves = if walk.left > 0 { shape.table().leaves() } else { Vec::new() };
    let mut keys = BTreeSet::new();
    for leaf in &leaves {
        let segments = leaf.key.segments();
        // Leaves that are flattened into one section have its key in common, and its schema.
        let Some(node) = root.below(segments).filter(|_| keys.insert(&leaf.key)) else { continue };
        walk.leaf = &leaf.key;
        walk.fields = shape.table().section(segments);
        walk.value(node, &Level::new(shape.alternatives(&leaf.key)), &Path::Root);
    }
}

struct Walk<'w, 'n> {
    retry: &'w Retry,
    /// The number of maps that are still to be found.
    left: usize,
    leaf: &'w Key,
    fields: Option<&'static Table>,
    visit: &'w mut dyn FnMut(&Opaque<'_, 'n>),
}

impl<'n> Walk<'_, 'n> {
    /// Looks at a value inside of the leaf, at a path from there.
    fn value(&mut self, node: &'n Node, level: &Level<'n>, path: &Path<'_>) {
        for (index, item) in node.items().iter().enumerate() {
            if self.left > 0 && item.is_collection() {
                self.value(item, &level.item(index), &path.item(index));
            }
        }
        let Some(map) = node.as_map() else { return };
        // A struct has said itself which keys it ignores.
        let is_opaque = self.retry.is_opaque(map);
        self.left = self.left.saturating_sub(usize::from(is_opaque));
        if !is_opaque && !map.values().any(|entry| entry.node.is_collection()) {
            return;
        }
        let entries = level.entries(map);
        if !entries.is_open && entries.names.is_empty() {
            // No map belongs here, which is a problem of its own.
            return;
        }
        let fields = self.fields.filter(|_| matches!(path, Path::Root));
        let opaque = Opaque { leaf: self.leaf, path: *path, map, entries: &entries, fields };
        if is_opaque {
            (self.visit)(&opaque);
        }
        for (name, entry) in opaque.own() {
            if self.left > 0 && entry.node.is_collection() && entries.know(name) {
                self.value(&entry.node, &entries.below(name), &path.name(name));
            }
        }
    }
}
