//! The schema of a section, from its table and the types of its fields.
//!
//! schemars describes each type by itself; what a field says of its own (names, docs, defaults) stands in the table. It
//! is the schema that schemars derives for the same struct. Where an attribute says more than a table holds, the
//! derive writes a mirror of the struct, which schemars derives.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{FieldInfo, Parts, may_be_absent};

/// The schema of a field, as its type has it.
#[derive(Debug)]
pub struct Property {
    pub(crate) schema: Schema,
    /// True if a source has to set it; an `Option` may be absent.
    is_required: bool,
}

impl Property {
    /// Makes the schema of a field that any value is right for.
    pub(super) fn any(is_required: bool) -> Self {
        Self { schema: true.into(), is_required }
    }
}

/// A struct of one field, of which schemars says what it is in a struct.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is only described")]
struct Only<T> {
    field: T,
}

/// Returns the schema of a field of type `T`.
pub(super) fn property<T: JsonSchema>(generator: &mut SchemaGenerator) -> Property {
    let mut only = Only::<T>::json_schema(generator);
    let is_required = only.get("required").is_some();
    let field = only.get_mut("properties").and_then(|all| all.get_mut("field"));
    let schema = field.map(Json::take).and_then(|field| Schema::try_from(field).ok());
    Property { schema: schema.unwrap_or_default(), is_required }
}

/// Returns the schema of a field whose type has none.
pub(super) fn undescribed<T: DeserializeOwned>(_: &mut SchemaGenerator) -> Property {
    Property::any(!may_be_absent::<T>())
}

/// Returns the default of a type as JSON.
pub fn default_of<T: Default + Serialize>() -> Option<Json> {
    default_json(T::default())
}

/// Returns a default as JSON; `None` where it does not serialize.
pub fn default_json<T: Serialize>(default: T) -> Option<Json> {
    serde_json::to_value(default).ok()
}

/// The parts of a schema that concern the whole of a section.
#[derive(Debug)]
pub struct Whole {
    /// The value, as JSON, from which serde takes the fields that no source sets.
    pub default: Option<Json>,
    /// True if a source can set no other keys.
    pub is_closed: bool,
}

/// Returns the schema of a section.
pub fn described<S: Parts>(generator: &mut SchemaGenerator, whole: Whole) -> Schema {
    let mut schema = json_schema!({ "type": "object" });
    if whole.is_closed {
        schema.insert("additionalProperties".into(), false.into());
    }
    let mut defaults = whole.default;
    let is_read = generator.contract().is_deserialize();
    let mut required = Vec::new();
    let mut properties = serde_json::Map::new();
    for info in S::TABLE.fields {
        let Some(property) = info.ty.property else { continue };
        let Property { schema, is_required } = property(generator);
        let default = match info.default {
            Some(default) => default(),
            None => defaults.as_mut().and_then(|all| all.get_mut(info.serialized)).map(Json::take),
        };
        let name = if is_read { info.name } else { info.serialized };
        properties.insert(name.into(), with_the_words_of(info, schema, default).into());
        if is_required && !(is_read && info.has_default) {
            required.push(name);
        }
    }
    if !properties.is_empty() {
        schema.insert("properties".into(), properties.into());
    }
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    document(&mut schema, S::TABLE.docs);
    schema
}

fn with_the_words_of(info: &FieldInfo, mut schema: Schema, default: Option<Json>) -> Schema {
    document(&mut schema, info.docs);
    if info.deprecated.is_some() {
        schema.insert("deprecated".into(), true.into());
    }
    if let Some(default) = default {
        schema.insert("default".into(), default);
    }
    schema
}

/// Adds a doc comment, whose heading is the title.
fn document(schema: &mut Schema, docs: &str) {
    let (title, description) = match docs.strip_prefix('#') {
        Some(docs) => docs.split_once('\n').unwrap_or((docs, "")),
        None => ("", docs),
    };
    let title = title.trim_start_matches('#').trim();
    for (keyword, text) in [("title", title), ("description", description.trim())] {
        if !text.is_empty() {
            schema.insert(keyword.into(), text.into());
        }
    }
}
