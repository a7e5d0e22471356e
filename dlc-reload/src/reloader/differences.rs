//! From a typed diff to what a report lists: keys, values, origins.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::overrides::Overrides;
use crate::{
    document::{Document, Replaced},
    hook::caught,
    key::{Key, Segment},
    report::{Changed, Shadowed},
    schema,
    section::{Class, Leaf, Table},
};

/// A configuration as a tree of JSON values, to be looked up by key.
///
/// The whole is serialized once, so that every serde attribute on the way is honoured.
pub(crate) struct Values(Value);

impl Values {
    pub(crate) fn of(config: &impl Serialize) -> Self {
        // A value that cannot be serialized (a map with keys that are no text) is shown as absent. It
        // is the author's code that runs here, perhaps after hooks have committed.
        let values = caught(|| serde_json::to_value(config));
        Self(values.ok().and_then(Result::ok).unwrap_or_default())
    }

    /// Returns the number of bytes that the values take as JSON.
    pub(crate) fn size(&self) -> usize {
        self.0.to_string().len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Value> {
        let found = key.segments().iter().try_fold(&self.0, |value, segment| match segment {
            Segment::Name(name) => value.get(name.as_ref()),
            Segment::Item(index) => value.get(*index),
        })?;
        (!found.is_null()).then_some(found)
    }
}

/// Describes leaves that differ, as a report lists them. This serializes both configurations.
pub(crate) fn describe<C: Serialize>(
    leaves: &[Leaf],
    (old, new): (&C, &C),
    document: &Document,
    schema: &Value,
) -> Vec<Changed> {
    let mut listed = Vec::new();
    if leaves.is_empty() {
        return listed;
    }
    let (old, new) = (Values::of(old), Values::of(new));
    for leaf in leaves {
        describe_leaf(leaf, (&old, &new), document, schema, &mut listed);
    }
    listed
}

/// Returns the values of a document without effect that were not there, or were others, before; because of
/// another source, or of an override.
pub(crate) fn shadowed(
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

/// Describes one leaf: the leaf, or what differs inside a leaf that is a struct.
fn describe_leaf(
    leaf: &Leaf,
    (old, new): (&Values, &Values),
    document: &Document,
    root_schema: &Value,
    listed: &mut Vec<Changed>,
) {
    if leaf.role.is_secret() {
        let origin = document.origin(&leaf.key);
        listed.push(Changed {
            key: leaf.key.clone(),
            class: leaf.role.class(),
            old: None,
            new: None,
            origin,
            secret: true,
        });
        return;
    }
    let schema = schema::find(root_schema, &leaf.key);
    let before = listed.len();
    let mut unit = Unit { class: leaf.role.class(), document, root_schema, listed };
    let (old, new) = (old.get(&leaf.serialized), new.get(&leaf.serialized));
    unit.descend(leaf.key.clone(), old, new, schema);
    if listed.len() == before {
        // The typed comparison says that it differs, but what differs is not shown.
        let origin = document.origin(&leaf.key);
        let (old, new) = (old.cloned(), new.cloned());
        listed.push(Changed {
            key: leaf.key.clone(),
            class: leaf.role.class(),
            old,
            new,
            origin,
            secret: false,
        });
    }
}

struct Unit<'a> {
    class: Class,
    document: &'a Document,
    root_schema: &'a Value,
    listed: &'a mut Vec<Changed>,
}

impl Unit<'_> {
    fn descend(
        &mut self,
        key: Key,
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
            let origin = self.document.origin(&key);
            let (old, new) = (old.cloned(), new.cloned());
            self.listed.push(Changed { key, class: self.class, old, new, origin, secret: false });
            return;
        }
        for (name, schema) in properties {
            let member = |value: Option<&'_ Value>| {
                value.and_then(|value| value.get(name)).filter(|value| !value.is_null()).cloned()
            };
            let (old, new) = (member(old), member(new));
            self.descend(key.child(name.to_owned()), old.as_ref(), new.as_ref(), Some(schema));
        }
    }
}
