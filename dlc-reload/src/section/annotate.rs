//! The marks that the table of a section adds to its schema: classes, secrets and aliases.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{Content, FieldInfo, FieldKind, Role, Table, leaf::UNDESCRIBED};
use crate::secret::{self, REDACTED};

/// The keyword that carries the class of a field.
pub(crate) const CLASS: &str = "x-reload";

/// The keyword that names the field at the property of another one of its names.
pub(crate) const OTHER_NAME: &str = "x-other-name-of";

/// Returns the schema of a section with the class of each field, marks on secrets, and aliases.
pub(crate) fn annotate(mut schema: Schema, table: &'static Table) -> Schema {
    let Some(object) = schema.as_object_mut() else { return schema };
    object.remove(UNDESCRIBED);
    for (index, info) in (0..).zip(table.fields) {
        let property = object.get_mut("properties").and_then(|all| all.get_mut(info.name));
        if let Some(property) = property.filter(|_| !info.flatten) {
            mark_unknown(property, table, index, info);
        }
    }
    for (info, frozen) in table.fields_with_flattened(false) {
        if info.flatten {
            continue;
        }
        let Some(property) = object.get_mut("properties").and_then(|all| all.get_mut(info.name))
        else {
            continue;
        };
        if !property.is_object() {
            // The schema of a field that takes any value is `true`, on which there is no room for a mark.
            *property = json!({});
        }
        if let Some(property) = property.as_object_mut() {
            annotate_property(property, info, frozen);
        }
        if info.other_names().next().is_some() {
            allow_other_names(object, info);
        }
    }
    for (key, reason) in table.removed {
        let refused =
            json!({ "not": {}, "deprecated": true, "description": format!("Removed: {reason}") });
        let properties = object.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert((*key).into(), refused);
        }
    }
    schema
}

/// Adds a property for each alias and former name of a field, because schemars does not know them.
///
/// Most aliases are old names, so they are marked as deprecated, and an editor proposes the field's own.
fn allow_other_names(object: &mut Map<String, Value>, info: &FieldInfo) {
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(mut property) = properties.get(info.name).cloned() else { return };
    if let Some(property) = property.as_object_mut() {
        property.insert("deprecated".into(), true.into());
        property.insert(OTHER_NAME.into(), info.name.into());
    }
    for other in info.other_names() {
        properties.insert(other.into(), property.clone());
    }
    let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) else { return };
    let all = required.len();
    required.retain(|name| name != info.name);
    if required.len() < all {
        let one: Vec<_> = info.names().map(|name| json!({ "required": [name] })).collect();
        let more = object.entry("allOf").or_insert_with(|| json!([]));
        if let Some(more) = more.as_array_mut() {
            more.push(json!({ "oneOf": one }));
        }
    }
}

/// Marks the property of a leaf as a secret if its type has no schema, and holds a secret or may hold one.
fn mark_unknown(property: &mut Value, table: &'static Table, index: u16, info: &FieldInfo) {
    let lacks_schema = take_undescribed(property) | info.lacks_schema();
    // The entries of a collection are described by their own sections.
    if lacks_schema && info.entries.is_none() && table.content_of(index) != Content::Harmless {
        if !property.is_object() {
            *property = json!({});
        }
        property.as_object_mut().into_iter().for_each(mark_secret);
    }
}

/// Takes the keyword out that stands for the schema of a type without one, and returns true if it was there.
fn take_undescribed(schema: &mut Value) -> bool {
    match schema {
        Value::Object(keywords) => {
            let here = keywords.remove(UNDESCRIBED).is_some();
            keywords.values_mut().fold(here, |found, below| take_undescribed(below) | found)
        }
        Value::Array(items) => {
            items.iter_mut().fold(false, |found, below| take_undescribed(below) | found)
        }
        _ => false,
    }
}

/// Marks a property as that of a secret.
fn mark_secret(property: &mut Map<String, Value>) {
    property.insert("writeOnly".into(), true.into());
    property.insert(secret::MARK.into(), true.into());
    property.remove("default");
}

fn annotate_property(property: &mut Map<String, Value>, info: &FieldInfo, frozen: bool) {
    match info.kind {
        FieldKind::Leaf(role) => {
            let role = role.within(frozen);
            property.insert(CLASS.into(), role.class().as_str().into());
            if role.is_secret() {
                mark_secret(property);
            }
        }
        FieldKind::Section { .. } => {}
    }
    if let Some(default) = property.get_mut("default") {
        drop_secrets_below(default, info);
    }
}

/// Removes the secrets of the sections in a field from its default: of the section that it is, or of the entries of a
/// collection.
fn drop_secrets_below(default: &mut Value, info: &FieldInfo) {
    let Some(table) = info.table_of_all() else { return };
    match default {
        Value::Array(items) => items.iter_mut().for_each(|item| drop_secrets(item, table)),
        Value::Object(entries) if info.entries.is_some() => {
            entries.values_mut().for_each(|entry| drop_secrets(entry, table));
        }
        section => drop_secrets(section, table),
    }
}

/// Removes the secrets of a section from the default that the field around it shows.
fn drop_secrets(default: &mut Value, table: &'static Table) {
    let Some(object) = default.as_object_mut() else { return };
    for (info, _) in table.fields_with_flattened(false) {
        match info.kind {
            FieldKind::Leaf(Role::Secret) => _ = object.remove(info.serialized),
            FieldKind::Leaf(_) | FieldKind::Section { .. } => {
                if let Some(below) = object.get_mut(info.serialized) {
                    drop_secrets_below(below, info);
                }
            }
        }
    }
}

/// Removes the text that a [`Secret`](crate::Secret) deep inside a value is serialized as.
pub(crate) fn drop_redacted(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| *member != REDACTED);
            members.values_mut().for_each(drop_redacted);
        }
        Value::Array(items) => {
            items.retain(|item| *item != REDACTED);
            items.iter_mut().for_each(drop_redacted);
        }
        _ => {}
    }
}
