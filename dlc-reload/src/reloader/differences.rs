//! From a typed diff to what a report lists: keys, values, origins.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::overrides::Overrides;
use crate::{
    document::{Document, Replaced, shown},
    hook::caught,
    key::{Key, Segment},
    report::{Changed, Shadowed},
    schema,
    section::{Leaf, Role, Table},
};

/// A configuration as a tree of JSON values, to be looked up by key.
///
/// The whole is serialized once, so that every serde attribute on the way is honoured.
pub(super) struct Values(Value);

impl Values {
    pub(super) fn of(config: &impl Serialize) -> Self {
        // It is the author's code that runs here, perhaps after hooks have committed.
        Self(caught(|| shown(config)).unwrap_or_default())
    }

    /// Returns the number of bytes that the values take as JSON.
    pub(super) fn size(&self) -> usize {
        self.0.to_string().len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        let found = key.segments().iter().try_fold(&self.0, |value, segment| match segment {
            Segment::Name(name) => value.get(name.as_ref()),
            Segment::Item(index) => value.get(*index),
        })?;
        (!found.is_null()).then_some(found)
    }
}

/// Describes leaves that differ, as a report lists them. This serializes both configurations.
pub(super) fn describe<C: Serialize>(
    leaves: &[Leaf],
    (old, new): (&C, &C),
    document: &Document,
    schema: &Value,
) -> Vec<Changed> {
    if leaves.is_empty() {
        return Vec::new();
    }
    let (old, new) = (Values::of(old), Values::of(new));
    let mut listing = Listing { document, root_schema: schema, listed: Vec::new() };
    leaves.iter().for_each(|leaf| listing.leaf(leaf, &old, &new));
    listing.listed
}

/// Returns the values of a document without effect that were not there, or were others, before; because of
/// another source, or of an override.
pub(super) fn shadowed(
    document: &Arc<Document>,
    before: &Arc<Document>,
    overrides: &Overrides,
    table: &'static Table,
) -> Vec<Shadowed> {
    let (before, document) = (overrides.over(before, table), overrides.over(document, table));
    let shadowed = |Replaced { key, node }: &Replaced| Shadowed {
        key: key.clone(),
        origin: document.place(node.place),
        by: document.origin(key),
    };
    document.newly_shadowed(&before).map(shadowed).collect()
}

/// The list of a report while it is made.
struct Listing<'a> {
    document: &'a Document,
    root_schema: &'a Value,
    listed: Vec<Changed>,
}

impl Listing<'_> {
    /// Lists one leaf, or what differs inside a leaf that is a struct.
    fn leaf(&mut self, Leaf { key, serialized, role }: &Leaf, old: &Values, new: &Values) {
        if role.is_secret() {
            return self.value(key.clone(), *role, None, None);
        }
        let schema = schema::find(self.root_schema, key);
        let before = self.listed.len();
        let (old, new) = (old.get(serialized), new.get(serialized));
        self.differences(key.clone(), *role, old, new, schema);
        if self.listed.len() == before {
            // The typed comparison says that it differs, but what differs is not shown.
            self.value(key.clone(), *role, old, new);
        }
    }

    fn differences(
        &mut self,
        key: Key,
        role: Role,
        old: Option<&Value>,
        new: Option<&Value>,
        schema: Option<&Value>,
    ) {
        if old == new {
            return;
        }
        // Only the schema tells a struct, whose fields are listed, from a map, which is one value.
        let properties =
            schema.map(|schema| schema::properties(self.root_schema, schema)).unwrap_or_default();
        let is_object = |value: Option<&Value>| value.is_some_and(Value::is_object);
        if properties.is_empty() || !is_object(old) || !is_object(new) {
            return self.value(key, role, old, new);
        }
        for (name, schema) in properties {
            let (old, new) = (member(old, name), member(new, name));
            self.differences(key.child(name.to_owned()), role, old, new, Some(schema));
        }
    }

    fn value(&mut self, key: Key, role: Role, old: Option<&Value>, new: Option<&Value>) {
        let origin = self.document.origin(&key);
        let (old, new) = (old.cloned(), new.cloned());
        let (class, secret) = (role.class(), role.is_secret());
        self.listed.push(Changed { key, class, old, new, origin, secret });
    }
}

/// Returns the value of a field, where it is not absent.
fn member<'v>(value: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    value?.get(name).filter(|value| !value.is_null())
}
