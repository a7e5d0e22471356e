//! The marks that the table of a section adds to its schema: classes, secrets and aliases.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{FieldInfo, FieldKind, Role, Table};
use crate::secret::{self, REDACTED};

/// The keyword that carries the class of a field.
pub(crate) const CLASS: &str = "x-reload";

/// The keyword that names the field at the property of another one of its names.
pub(crate) const OTHER_NAME: &str = "x-other-name-of";

/// Returns the schema of a section with the class of each field, marks on secrets, and aliases.
pub(crate) fn annotate(mut schema: Schema, table: &'static Table) -> Schema {
    let Some(object) = schema.as_object_mut() else { return schema };
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

fn annotate_property(property: &mut Map<String, Value>, info: &FieldInfo, frozen: bool) {
    match info.kind {
        FieldKind::Leaf(role) => {
            let role = role.within(frozen);
            property.insert(CLASS.into(), role.class().as_str().into());
            if role.is_secret() {
                property.insert("writeOnly".into(), true.into());
                property.insert(secret::MARK.into(), true.into());
                property.remove("default");
            }
        }
        FieldKind::Section { table, .. } => {
            if let Some(default) = property.get_mut("default") {
                drop_secrets(default, table);
            }
        }
    }
}

/// Removes the secrets of a section from the default that the field around it shows.
fn drop_secrets(default: &mut Value, table: &'static Table) {
    let Some(object) = default.as_object_mut() else { return };
    for (info, _) in table.fields_with_flattened(false) {
        match info.kind {
            FieldKind::Leaf(Role::Secret) => _ = object.remove(info.serialized),
            FieldKind::Leaf(_) => {}
            FieldKind::Section { table, .. } => {
                if let Some(below) = object.get_mut(info.serialized) {
                    drop_secrets(below, table);
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
