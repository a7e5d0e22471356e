//! The schema of a whole configuration.

use std::collections::BTreeSet;

use schemars::{JsonSchema as _, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::lookup::definition_name;
use crate::{
    section::{Reloadable, drop_redacted},
    units::Period,
};

/// Returns the JSON schema (draft 2020-12) of a configuration.
///
/// It describes what sources may write: serde's renames, aliases, defaults and flattening are
/// honoured, doc comments become descriptions. Each leaf has its class, `hot` or `restart`, in
/// `"x-reload"`; secrets are marked by `"x-secret"` (and `"writeOnly"`, for editors) and never show a default. The
/// result serializes to the JSON text of the schema.
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
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    definitions.into_iter().flat_map(|all| all.values_mut()).for_each(allow_written_duration);
    if let Some(keywords) = schema.as_object_mut() {
        keywords.values_mut().for_each(drop_redacted_defaults);
    }
    schema
}

/// Allows a text such as `30s` where a definition is that of the duration of `std`.
fn allow_written_duration(definition: &mut Value) {
    let properties = definition.get("properties").and_then(Value::as_object);
    if properties.is_some_and(|all| all.keys().eq(["nanos", "secs"])) {
        let period = Period::json_schema(&mut SchemaGenerator::default());
        *definition = json!({ "anyOf": [period, definition.take()] });
    }
}

/// Removes from all defaults what a secret is serialized as, and the names of the entries that it stands at.
fn drop_redacted_defaults(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                match keyword.as_str() {
                    "default" => drop_redacted(value),
                    _ => drop_redacted_defaults(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_redacted_defaults),
        _ => {}
    }
}

/// Removes the definitions that nothing refers to since references were redirected.
fn drop_unused_definitions(schema: &mut Schema) {
    let Some(Value::Object(mut definitions)) = schema.remove("$defs") else { return };
    let mut used = BTreeSet::new();
    let mut pending = vec![schema.as_value()];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                let name = members.get("$ref").and_then(definition_name);
                if let Some(name) = name.filter(|name| used.insert((*name).to_owned())) {
                    pending.extend(definitions.get(name));
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    definitions.retain(|name, _| used.contains(name));
    if !definitions.is_empty() {
        schema.insert("$defs".into(), Value::Object(definitions));
    }
}
