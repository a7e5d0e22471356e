//! From a typed diff to what a report lists: keys, values, origins.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{
    lists::{Differing, differing},
    overrides::Overrides,
    values::{EVERY_NAME, Values, is_hidden, secrets},
};
use crate::{
    document::{Document, Node, Replaced},
    place::{Key, Origin},
    report::{Changed, Shadowed},
    schema::{Alternatives, Shape},
    section::{Class, Leaf, Part, Role},
};

/// The greatest number of rows for one leaf. If more differs inside of it, it is one row.
const MAX_ROWS: usize = 1000;

/// The greatest length of a value in a report, in bytes of JSON; the start of a longer one is kept as a text.
const MAX_BYTES: usize = 64 << 10;

/// The greatest number of levels of a value in a report; a deeper one is kept as a text of JSON. Readers of JSON allow
/// 128 levels for the whole report, `serde_json` among them.
const MAX_DEPTH: usize = 64;

/// The documents of the old and the new values of one class.
pub(super) struct Written<'a> {
    pub(super) class: Class,
    pub(super) old: &'a Document,
    pub(super) new: &'a Document,
}

/// Describes leaves that differ, as a report lists them. This serializes no others.
pub(super) fn describe<C: Serialize>(
    leaves: &[Leaf],
    (old, new): (&C, &C),
    written: &Written<'_>,
    shape: &Shape,
) -> Vec<Changed> {
    if leaves.is_empty() {
        return Vec::new();
    }
    let leaves = &*gathered(leaves, shape);
    let [mut old, mut new] = [old, new].map(|side| Values::some(side, leaves, shape));
    let rows = leaves.iter().map(|leaf| {
        let listing = Listing { written, leaf, rows: Vec::new() };
        listing.rows(old.take(leaf), new.take(leaf), &shape.alternatives(&leaf.key))
    });
    rows.flatten().collect()
}

/// Returns the same leaves, with one in place of those in a collection in whose entries more differ than rows are made.
fn gathered<'l>(leaves: &'l [Leaf], shape: &Shape) -> Cow<'l, [Leaf]> {
    if leaves.len() <= MAX_ROWS {
        return Cow::Borrowed(leaves);
    }
    let depths: Vec<_> = leaves.iter().map(|leaf| shape.table().collection(&leaf.key)).collect();
    let collection =
        |leaf: &Leaf, depth: Option<usize>| Some(leaf.key.segments()[..depth?].to_vec());
    let mut count = HashMap::<_, usize>::new();
    for (leaf, depth) in leaves.iter().zip(&depths) {
        *count.entry(collection(leaf, *depth)).or_default() += 1;
    }
    let mut listed = Vec::new();
    for (leaf, depth) in leaves.iter().zip(depths) {
        match (count.get_mut(&collection(leaf, depth)), depth) {
            // It is listed already.
            (Some(0), _) => {}
            (Some(more), Some(depth)) if *more > MAX_ROWS => {
                *more = 0;
                let above = |key: &Key| Key::from_iter(key.segments()[..depth].to_vec());
                let role = if leaf.role.is_secret() { Role::Restart } else { leaf.role };
                let (key, serialized) = (above(&leaf.key), above(&leaf.serialized));
                listed.push(Leaf { key, serialized, role, part: Part::Whole });
            }
            _ => listed.push(leaf.clone()),
        }
    }
    listed.into()
}

/// Returns the values of a document without effect that were not there, or were others, before; because of
/// another source, or of an override.
pub(super) fn shadowed(
    document: &Arc<Document>,
    before: &Arc<Document>,
    overrides: &Overrides,
    shape: &Shape,
) -> Vec<Shadowed> {
    let [before, document] = [before, document].map(|one| overrides.over(one, shape.table()));
    let shadowed = |Replaced { key, node }: &Replaced| Shadowed {
        key: shape.shown_key(key),
        origin: document.place(node.place),
        by: document.origin(key),
    };
    document.newly_shadowed(&before).map(shadowed).collect()
}

/// The rows of one leaf while they are made.
struct Listing<'a> {
    written: &'a Written<'a>,
    leaf: &'a Leaf,
    rows: Vec<Changed>,
}

/// The key of a value, and the one that it had before: the items of a list move along.
#[derive(Clone)]
struct At {
    key: Key,
    before: Key,
}

impl At {
    fn new(key: Key) -> Self {
        Self { before: key.clone(), key }
    }

    fn child(&self, name: &str) -> Self {
        Self { key: self.key.child(name.to_owned()), before: self.before.child(name.to_owned()) }
    }
}

impl Listing<'_> {
    /// Returns a row for each value that differs inside of the leaf, or one for the leaf as a whole.
    fn rows(
        mut self,
        old: Option<Json>,
        new: Option<Json>,
        allowed: &Alternatives<'_>,
    ) -> Vec<Changed> {
        let at = At::new(self.leaf.key.clone());
        let at = match self.leaf.part {
            Part::Order(_) => {
                self.row(at.clone(), old.as_ref(), new.as_ref());
                at
            }
            Part::Whole => {
                self.differences(at.clone(), old.as_ref(), new.as_ref(), allowed);
                at
            }
            Part::Beside | Part::Fields(_) => {
                let none = Map::new();
                let [old, new] = [&old, &new]
                    .map(|side| side.as_ref().and_then(Json::as_object).unwrap_or(&none));
                self.entries(&at, old, new, allowed);
                at.child(EVERY_NAME)
            }
        };
        if self.rows.is_empty() {
            self.unseen(at, old, new);
        } else if self.rows.len() > MAX_ROWS {
            self.rows.clear();
            self.row(at, old.as_ref(), new.as_ref());
        }
        self.rows
    }

    /// Lists a leaf that differs, though not in what is shown: perhaps in the one secret that it holds.
    fn unseen(&mut self, at: At, old: Option<Json>, new: Option<Json>) {
        let mut found = Vec::new();
        for value in [&old, &new].into_iter().flatten() {
            secrets(value, &at.key, &mut found);
        }
        found.dedup();
        match &*found {
            _ if self.leaf.role.is_secret() => self.secret(at.key),
            [] => self.row(at, old.as_ref(), new.as_ref()),
            [one] => self.secret(one.clone()),
            _ => self.secret(at.key),
        }
    }

    fn differences(
        &mut self,
        at: At,
        old: Option<&Json>,
        new: Option<&Json>,
        allowed: &Alternatives<'_>,
    ) {
        match (old, new) {
            _ if old == new || self.rows.len() > MAX_ROWS => {}
            (Some(old @ Json::Object(entries)), Some(new @ Json::Object(others)))
                if !allowed.tell_apart(old, new) =>
            {
                self.entries(&at, entries, others, allowed);
            }
            // A set is one value: its items have no places that one could compare.
            (Some(Json::Array(items)), Some(Json::Array(others))) if !allowed.is_set() => {
                self.items(&at, items, others, allowed);
            }
            _ => self.row(at, old, new),
        }
    }

    fn entries(
        &mut self,
        at: &At,
        old: &Map<String, Json>,
        new: &Map<String, Json>,
        allowed: &Alternatives<'_>,
    ) {
        let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (old, new) = (present(old.get(name)), present(new.get(name)));
            if old != new {
                self.differences(at.child(name), old, new, &allowed.entry(name));
            }
        }
    }

    fn items(&mut self, list: &At, old: &[Json], new: &[Json], allowed: &Alternatives<'_>) {
        let each = allowed.items();
        for one in differing(old, new) {
            match one {
                Differing::Changed { old: from, new: to } => {
                    let (old, new) = (present(old.get(from)), present(new.get(to)));
                    let at = At { key: list.key.item(to), before: list.before.item(from) };
                    self.differences(at, old, new, &each);
                }
                Differing::Added(index) => {
                    self.row(At::new(list.key.item(index)), None, new.get(index));
                }
                // Another item has its place now.
                Differing::Removed(index) => {
                    let origin = self.origin(&list.key, None);
                    let at = At { key: list.key.item(index), before: list.before.item(index) };
                    self.row_from(at, old.get(index), None, origin);
                }
            }
        }
    }

    fn row(&mut self, at: At, old: Option<&Json>, new: Option<&Json>) {
        let origin = self.origin(&at.key, new);
        self.row_from(at, old, new, origin);
    }

    fn row_from(&mut self, at: At, old: Option<&Json>, new: Option<&Json>, origin: Origin) {
        let At { key, before } = at;
        if [old, new].into_iter().flatten().any(is_hidden) {
            return self.secret(key);
        }
        let class = self.leaf.role.class();
        let Written { class: known, old: old_document, new: new_document } = self.written;
        let exact = |value: &Json, document: &Document, key: &Key| {
            let is_said = class == *known && !document.is_derived(key);
            let node = is_said.then(|| document.node(key)).flatten();
            node.and_then(|node| measured(value, node)).unwrap_or_else(|| bounded(value))
        };
        let old = old.map(|value| exact(value, old_document, &before));
        let new = new.map(|value| exact(value, new_document, &key));
        self.rows.push(Changed { key, class, old, new, origin, secret: false });
    }

    fn secret(&mut self, key: Key) {
        let origin = self.origin(&key, None);
        let class = self.leaf.role.class();
        self.rows.push(Changed { key, class, old: None, new: None, origin, secret: true });
    }

    /// Returns the place of a value, or of what is around it where no source sets it by itself. A default has none.
    fn origin(&self, key: &Key, new: Option<&Json>) -> Origin {
        let document = self.written.new;
        if document.is_derived(key) {
            return document.origin(key);
        }
        let is_default = new.is_some() && document.node(&self.leaf.key).is_none();
        // Of several sources, none is around all values.
        let is_top = key
            .segments()
            .first()
            .is_none_or(|first| document.node(&Key::from_iter([first.clone()])).is_none());
        let is_anywhere = is_top && document.sources.len() > 1;
        let nearest = if is_default || is_anywhere { None } else { document.nearest_origin(key) };
        nearest.unwrap_or_else(Origin::default_value)
    }
}

/// Returns a value, where it is not absent.
fn present(value: Option<&Json>) -> Option<&Json> {
    value.filter(|value| !value.is_null())
}

/// Returns a number with a unit as the sources write it, because its type may round it when it is serialized:
/// `953.7 MiB` for `1G`.
fn measured(value: &Json, node: &Node) -> Option<Json> {
    let is_measure = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let written =
        node.text().filter(|written| is_measure(written) && written.len() <= MAX_BYTES)?;
    value.as_str().is_some_and(is_measure).then(|| written.into())
}

/// Returns true if lists and maps lie in each other at more levels than these.
fn is_deeper(value: &Json, levels: usize) -> bool {
    let below = |value: &Json| levels == 0 || is_deeper(value, levels - 1);
    match value {
        Json::Array(items) => items.iter().any(below),
        Json::Object(entries) => entries.values().any(below),
        _ => false,
    }
}

/// Returns a value; one that is too deep as a text, and of one that is too long the start.
fn bounded(value: &Json) -> Json {
    let text = match value {
        Json::String(text) if text.len() > MAX_BYTES => text.clone(),
        Json::Array(_) | Json::Object(_) => value.to_string(),
        _ => return value.clone(),
    };
    if text.len() <= MAX_BYTES {
        return if is_deeper(value, MAX_DEPTH) { text.into() } else { value.clone() };
    }
    let end = (0..=MAX_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}… ({} bytes)", &text[..end], text.len()).into()
}
