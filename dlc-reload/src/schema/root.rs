//! The schema of a whole configuration.

use std::collections::BTreeSet;

use schemars::{JsonSchema as _, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::{
    aliases::allow_aliases,
    lookup::definition_name,
    marks::marked,
    names::add_other_names,
    walk::each,
    words::for_people,
    written::{close, spell},
};
use crate::{
    section::{Reloadable, Table, drop_redacted},
    units::Period,
};

/// Returns the JSON schema (draft 2020-12) of a configuration, all sources together.
///
/// It describes what sources may write: serde's renames, aliases, defaults and flattening are honoured, and so are the
/// other spellings that the loader takes. A key that the loader does not know is refused. That of one file, for
/// editors, is [`file_schema`](crate::file_schema()).
///
/// | keyword | |
/// |---|---|
/// | `"x-reload"` | the class, `hot` or `restart`: of each leaf, and of all that lies in the value of one |
/// | `"x-reload-presence"` | the class of an optional section as a whole: `hot` where it may be added and removed live |
/// | `"x-secret"`, `"writeOnly"` | true of a secret, which never shows a default |
/// | `"description"` | the doc comment, and after it the same in words: "Changes live." or "Takes effect at the next start.", "Required.", "Secret.", why the key is deprecated |
/// | `"markdownDescription"` | the same as Markdown, for editors |
/// | `"x-required"` | true of a key that some source has to set, also in the schema of one file |
/// | `"x-other-name-of"` | the key of which this is an alias or a former name |
/// | `"x-set"` | true of a list that becomes a set, in which an item may stand twice |
/// | `"x-identity"` | the field of which no two items of a list have the same value |
/// | `"x-also"` | types of values that are taken though the type of the field is another one: a text without quotes, `null` in a file for a key that is not set |
/// | `"deprecated"`, `"deprecationMessage"` | true of a key that should not be written any more, and why |
///
/// A type that is used under two classes is defined once for each, as `Limits` and `LimitsAtRestart`. The members of
/// each object are sorted by name and the items of each list have the order of the declaration, so that the text of a
/// schema is the same on every build. It is what the result serializes to.
///
/// Three things a JSON schema cannot say, so that it accepts a few values that the loader refuses: the difference
/// between `1` and `1.0`, the format of the file (only YAML has texts without quotes), and the rules in the code of a
/// type or of `validate`.
///
/// Aliases of serde in types that are no sections are found by reading values that are made up, once in a process.
/// Where a type reads all of a value before it looks for names (beside `flatten`, in a variant with an inner tag or
/// without one), it has to say them a second time:
/// `#[serde(alias = "addr")] #[schemars(extend("x-aliases" = ["addr"]))]`.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// /// Shown on the front page.
/// # #[reload(hot)] #[serde(default)] motd: String }
/// let schema = dlc_reload::schema::<Config>();
/// let motd = &schema.as_value()["properties"]["motd"];
/// assert_eq!(motd["x-reload"], "hot");
/// assert_eq!(motd["description"], "Shown on the front page.\n\nChanges live.");
/// ```
pub fn schema<C: Reloadable>() -> Schema {
    finished(described::<C>(false))
}

/// Returns the schema with all that people and editors want to know. If `in_parts`, it is that of one of several
/// sources.
pub(super) fn described<C: Reloadable>(in_parts: bool) -> Value {
    let mut plain = of_types::<C>();
    each(&mut plain, &mut |schema| {
        if let Some(Value::String(docs)) = schema.get_mut("description") {
            *docs = for_people(docs);
        }
    });
    add_other_names::<C>(&mut plain);
    allow_aliases(&mut plain);
    let mut root = marked(&plain, C::TABLE, in_parts);
    spell(&mut root);
    if in_parts {
        allow_asides(&mut root, C::TABLE);
    }
    close(&mut root);
    root
}

/// Allows the keys at the root of a file that are none of the configuration, unless it has them itself.
fn allow_asides(root: &mut Value, table: &Table) {
    let Some(keywords) = root.as_object_mut() else { return };
    let notes = json!({ "description": "Anchors and notes; no key of the configuration." });
    let include = json!({
        "description": "The files to read before this one, relative to it.",
        "type": ["array", "string"],
        "items": { "type": "string" },
    });
    let schema =
        json!({ "description": "The schema of this file, for editors.", "type": "string" });
    for (keyword, name, schema) in [
        ("patternProperties", "^x-", notes),
        ("properties", "include", include),
        ("properties", "$schema", schema),
    ] {
        if table.field(name).is_none() {
            let known = keywords.entry(keyword).or_insert_with(|| json!({}));
            known.as_object_mut().into_iter().for_each(|known| {
                known.entry(name).or_insert_with(|| schema.clone());
            });
        }
    }
}

/// Returns a schema in its final form: without what nothing refers to, and in an order that depends on nothing.
pub(super) fn finished(mut root: Value) -> Schema {
    drop_unused_definitions(&mut root);
    root.sort_all_objects();
    Schema::try_from(root).unwrap_or_default()
}

/// Returns the schema of the types of a configuration: what a value is, without other ways to write it.
pub(super) fn of_types<C: Reloadable>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<C>();
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    definitions.into_iter().flat_map(|all| all.values_mut()).for_each(allow_written_duration);
    if let Some(keywords) = schema.as_object_mut() {
        keywords.values_mut().for_each(drop_redacted_defaults);
    }
    schema.to_value()
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

/// Removes the definitions that nothing refers to.
fn drop_unused_definitions(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let Some(Value::Object(mut definitions)) = keywords.remove("$defs") else { return };
    let mut used = BTreeSet::new();
    let mut pending: Vec<_> = keywords.values().collect();
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
        keywords.insert("$defs".into(), Value::Object(definitions));
    }
}
