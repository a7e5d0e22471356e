//! The JSON schema of a configuration, for editors and validators.

use std::{borrow::Cow, collections::BTreeSet, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    field::{FieldInfo, FieldKind, Role, Table},
    path::{Key, Segment},
    reloadable::Reloadable,
    secret::REDACTED,
};

/// The keyword that carries a field's class.
const CLASS: &str = "x-reload";

/// The JSON schema (draft 2020-12) of a configuration.
///
/// It describes what sources may write: serde's renames, aliases, defaults and flattening are
/// honoured, doc comments become descriptions. Each leaf says its class in `"x-reload"`, secrets are
/// `"writeOnly"` and never show a default.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// /// Shown on the front page.
/// # #[reload(hot)] motd: String }
/// let schema = dlc_reload::schema::<Config>();
/// let motd = &schema.as_value()["properties"]["motd"];
/// assert_eq!(motd["x-reload"], "hot");
/// assert_eq!(motd["description"], "Shown on the front page.");
/// ```
pub fn schema<C: Reloadable>() -> Schema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<C>();
    drop_unused_definitions(&mut schema);
    schema
}

/// A section in which every leaf is `restart`; stands for it in schemas only.
pub(crate) struct Frozen<S>(PhantomData<S>);

impl<S: Reloadable> JsonSchema for Frozen<S> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}AtRestart", S::schema_name()).into()
    }
    fn schema_id() -> Cow<'static, str> {
        format!("dlc_reload::Frozen<{}>", S::schema_id()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        S::section_schema(generator, true)
    }
}

/// Marks the properties of a section with what its table knows.
pub(crate) fn annotate(
    mut schema: Schema,
    table: &'static Table,
    frozen: bool,
    generator: &mut SchemaGenerator,
) -> Schema {
    if let Some(object) = schema.as_object_mut() {
        annotate_object(object, table, frozen, generator);
    }
    schema
}

fn annotate_object(
    object: &mut Map<String, Value>,
    table: &'static Table,
    frozen: bool,
    generator: &mut SchemaGenerator,
) {
    for info in table.fields {
        if info.flatten {
            if let FieldKind::Section { table, frozen: here, .. } = info.kind {
                annotate_object(object, table, frozen || here, generator);
            }
            continue;
        }
        let Some(property) = object.get_mut("properties").and_then(|all| all.get_mut(info.name))
        else {
            continue;
        };
        if !property.is_object() {
            // A field of any type has the schema `true`.
            *property = json!({});
        }
        if let Some(property) = property.as_object_mut() {
            annotate_property(property, info, frozen, generator);
        }
        if !info.aliases.is_empty() {
            allow_aliases(object, info);
        }
    }
}

/// Lets sources write a field under its other names, which schemars does not know. They are old
/// names, mostly, so an editor proposes the one that the field has.
fn allow_aliases(object: &mut Map<String, Value>, info: &FieldInfo) {
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(mut property) = properties.get(info.name).cloned() else { return };
    if let Some(property) = property.as_object_mut() {
        property.insert("deprecated".into(), true.into());
    }
    for alias in info.aliases {
        properties.insert((*alias).into(), property.clone());
    }
    let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) else { return };
    let all = required.len();
    required.retain(|name| name != info.name);
    if required.len() < all {
        let names = std::iter::once(&info.name).chain(info.aliases);
        let one: Vec<_> = names.map(|name| json!({ "required": [name] })).collect();
        let more = object.entry("allOf").or_insert_with(|| json!([]));
        if let Some(more) = more.as_array_mut() {
            more.push(json!({ "oneOf": one }));
        }
    }
}

/// Whether a section wants a field, under whichever of its names.
pub(crate) fn requires(section: &Value, name: &str) -> bool {
    let listed = |schema: &Value| members(schema, "required").any(|required| required == name);
    listed(section) || members(section, "allOf").any(|all| members(all, "oneOf").any(listed))
}

/// What a keyword lists; nothing where it is absent.
fn members<'s>(schema: &'s Value, keyword: &str) -> impl Iterator<Item = &'s Value> {
    schema.get(keyword).and_then(Value::as_array).into_iter().flatten()
}

fn annotate_property(
    property: &mut Map<String, Value>,
    info: &FieldInfo,
    frozen: bool,
    generator: &mut SchemaGenerator,
) {
    match info.kind {
        FieldKind::Leaf(role) => {
            let role = if frozen { role.frozen() } else { role };
            property.insert(CLASS.into(), role.class().as_str().into());
            if role.is_secret() {
                property.insert("writeOnly".into(), true.into());
                property.remove("default");
            } else if let Some(default) = property.get_mut("default") {
                drop_redacted(default);
            }
        }
        FieldKind::Section { table, frozen: here, schema } => {
            if let Some(default) = property.get_mut("default") {
                drop_secrets(default, table);
            }
            if frozen || here {
                let plain = schema(generator, false).to_value();
                let replacement = schema(generator, true).to_value();
                if let (Some(plain), Some(replacement)) =
                    (plain.get("$ref"), replacement.get("$ref"))
                {
                    redirect(property, plain, replacement);
                }
            }
            // A section that the author chose to inline is annotated by itself already, but not as
            // frozen.
            if property.contains_key("properties") {
                annotate_object(property, table, frozen || here, generator);
            }
        }
    }
}

/// Points a property at another definition; a section behind `Option` stands in an `anyOf`.
fn redirect(property: &mut Map<String, Value>, from: &Value, to: &Value) {
    for (keyword, value) in property.iter_mut() {
        match (keyword.as_str(), value) {
            ("$ref", reference) if reference == from => *reference = to.clone(),
            ("anyOf" | "allOf" | "oneOf", Value::Array(members)) => {
                for member in members.iter_mut().filter_map(Value::as_object_mut) {
                    redirect(member, from, to);
                }
            }
            _ => {}
        }
    }
}

/// Removes the secrets of a section from the default that the field around it shows.
fn drop_secrets(default: &mut Value, table: &'static Table) {
    let Some(object) = default.as_object_mut() else { return };
    for info in table.fields {
        match info.kind {
            FieldKind::Leaf(Role::Secret) => _ = object.remove(info.serialized),
            FieldKind::Leaf(_) => {}
            FieldKind::Section { table, .. } if info.flatten => {
                drop_secrets_of_object(object, table)
            }
            FieldKind::Section { table, .. } => {
                if let Some(below) = object.get_mut(info.serialized) {
                    drop_secrets(below, table);
                }
            }
        }
    }
    drop_redacted(default);
}

fn drop_secrets_of_object(object: &mut Map<String, Value>, table: &'static Table) {
    let mut value = Value::Object(std::mem::take(object));
    drop_secrets(&mut value, table);
    if let Value::Object(rest) = value {
        *object = rest;
    }
}

/// Removes what a [`Secret`](crate::Secret) deep inside a value shows of itself.
fn drop_redacted(value: &mut Value) {
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

/// Whether a secret can be seen anywhere inside a schema.
pub(crate) fn holds_secret(schema: &Value, root: &Value) -> bool {
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        match schema {
            Value::Object(members) => {
                if members.get("writeOnly") == Some(&Value::Bool(true)) {
                    return true;
                }
                if let Some(name) = members.get("$ref").and_then(definition_name)
                    && seen.insert(name)
                    && let Some(definition) = root.get("$defs").and_then(|all| all.get(name))
                {
                    pending.push(definition);
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    false
}

fn definition_name(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/$defs/")
}

/// Definitions that only a redirected reference used are of no use to a reader.
fn drop_unused_definitions(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    let Some(Value::Object(mut definitions)) = object.remove("$defs") else { return };
    let mut used = BTreeSet::new();
    let mut pending = vec![Value::Object(object.clone())];
    while let Some(value) = pending.pop() {
        for name in references(&value) {
            if let Some(definition) = definitions.get(&name)
                && used.insert(name)
            {
                pending.push(definition.clone());
            }
        }
    }
    definitions.retain(|name, _| used.contains(name));
    if !definitions.is_empty() {
        object.insert("$defs".into(), Value::Object(definitions));
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(keyword, member)| match (keyword.as_str(), definition_name(member)) {
                ("$ref", Some(name)) => vec![name.to_owned()],
                _ => references(member),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The schema of the value that a key names.
pub(crate) fn find<'a>(root: &'a Value, key: &Key) -> Option<&'a Value> {
    key.segments().iter().try_fold(root, |schema, segment| match segment {
        Segment::Name(name) => {
            parts(root, schema).into_iter().find_map(|part| part.get("properties")?.get(&**name))
        }
        Segment::Item(_) => None,
    })
}

/// The properties of a schema, those of what it refers to included.
pub(crate) fn properties<'a>(root: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let objects =
        parts(root, schema).into_iter().filter_map(|part| part.get("properties")?.as_object());
    objects.flatten().map(|(name, schema)| (name.as_str(), schema)).collect()
}

/// A schema and every one that it is put together from.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut parts = Vec::new();
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        parts.push(schema);
        if let Some(name) = schema.get("$ref").and_then(definition_name)
            && seen.insert(name)
        {
            pending.extend(root.get("$defs").and_then(|all| all.get(name)));
        }
        // An `Option` is an `anyOf` of the value and `null`; a flattened field stands in an `allOf`.
        for keyword in ["anyOf", "allOf"] {
            pending.extend(schema.get(keyword).and_then(Value::as_array).into_iter().flatten());
        }
    }
    parts
}

/// The schema that a reference leads to, or the schema itself.
pub(crate) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    schema
        .get("$ref")
        .and_then(definition_name)
        .and_then(|name| root.get("$defs")?.get(name))
        .unwrap_or(schema)
}
