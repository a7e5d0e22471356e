//! The values that sources may write in a way of their own: other spellings of a text, and nothing but known keys.
//!
//! schemars describes what a type serializes to. The loader takes some values that are written in another way, and
//! refuses keys that nothing reads.

use serde_json::{Map, Value, json};

use super::{
    closing::name_all_keys,
    lookup::{SET, definition_name, resolved},
    walk::{below, each},
};
use crate::document::{ScalarKind, resolve};

/// The keyword with the types of values that are allowed though the type does not have them: a text without quotes, and
/// a `null` for a key that is not set.
pub(super) const ALSO: &str = "x-also";

/// The ranges of the integers that schemars names by their type alone.
const RANGES: [(&str, i64, u64); 8] = [
    ("int", i64::MIN, i64::MAX as u64),
    ("int8", i8::MIN as i64, i8::MAX as u64),
    ("int16", i16::MIN as i64, i16::MAX as u64),
    ("int32", i32::MIN as i64, i32::MAX as u64),
    ("int64", i64::MIN, i64::MAX as u64),
    ("uint", 0, u64::MAX),
    ("uint32", 0, u32::MAX as u64),
    ("uint64", 0, u64::MAX),
];

/// The keywords that make one value of several schemas.
const PARTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The keywords that say of a text more than that it is one.
const NARROW: [&str; 4] = ["pattern", "format", "enum", "const"];

/// The keywords about the keys that no other keyword names; the last one does not say what all others are.
const OTHER_KEYS: [&str; 3] =
    ["additionalProperties", "unevaluatedProperties", "patternProperties"];

/// Allows the other spellings of a value that the loader takes.
pub(super) fn spell(root: &mut Value) {
    each(root, &mut |schema| {
        spell_choice(schema);
        if let Some(keywords) = schema.as_object_mut() {
            spell_text(keywords);
            spell_words(keywords);
            limit(keywords);
            spell_set(keywords);
        }
    });
}

/// Refuses the keys that nothing reads.
pub(super) fn close(root: &mut Value) {
    let open = root.clone();
    Closing { root: &open, above: Vec::new() }.close(root, false);
    each(root, &mut |schema| {
        if let Some(keywords) = schema.as_object_mut() {
            name_all_keys(keywords);
        }
    });
}

/// Allows a number and a boolean where any text may stand: without quotes, `1.10` and `true` are the texts that they
/// look like.
fn spell_text(keywords: &mut Map<String, Value>) {
    if NARROW.iter().any(|keyword| keywords.contains_key(*keyword)) {
        return;
    }
    let Some(kind) = keywords.get_mut("type") else { return };
    let mut kinds: Vec<_> = match &kind {
        Value::Array(kinds) => kinds.clone(),
        one => vec![(*one).clone()],
    };
    if kinds.iter().any(|kind| kind == "string") {
        let has_number = kinds.iter().any(|kind| kind == "number" || kind == "integer");
        let further = [(!has_number).then_some("number"), Some("boolean")];
        let mut added: Vec<Value> = Vec::new();
        for kind in further.into_iter().flatten() {
            if !kinds.iter().any(|known| known == kind) {
                kinds.push(kind.into());
                added.push(kind.into());
            }
        }
        *kind = kinds.into();
        if !added.is_empty() {
            keywords.insert(ALSO.into(), added.into());
        }
    }
}

/// Allows the number or boolean that a word looks like without quotes.
fn spell_words(keywords: &mut Map<String, Value>) {
    let mut words: Vec<_> = match (keywords.get("enum"), keywords.get("const")) {
        (Some(Value::Array(words)), _) => words.clone(),
        (_, Some(word)) => vec![word.clone()],
        _ => return,
    };
    let unquoted: Vec<_> = words.iter().filter_map(unquoted).collect();
    if !unquoted.is_empty() {
        words.extend(unquoted);
        keywords.remove("const");
        keywords.remove("type");
        keywords.insert("enum".into(), words.into());
    }
}

/// Returns the value that a word is without quotes, if that is no text.
fn unquoted(word: &Value) -> Option<Value> {
    let word = word.as_str()?;
    match resolve(word)? {
        ScalarKind::String => None,
        ScalarKind::Bool => Some(word.eq_ignore_ascii_case("true").into()),
        ScalarKind::Integer | ScalarKind::Float => serde_json::from_str(word).ok(),
    }
}

/// Returns a schema of the values of the types alone, without other ways to write them.
pub(super) fn of_types_alone(schema: &Value) -> Value {
    let mut schema = schema.clone();
    each(&mut schema, &mut |schema| {
        let Some(keywords) = schema.as_object_mut() else { return };
        let added = keywords.remove(ALSO).unwrap_or_default();
        let is_added = |kind: &Value| added.as_array().is_some_and(|all| all.contains(kind));
        if let Some(Value::Array(kinds)) = keywords.get_mut("type") {
            kinds.retain(|kind| !is_added(kind));
            if let [only] = kinds.as_slice() {
                let only = only.clone();
                keywords.insert("type".into(), only);
            }
        }
        if is_added(&"null".into()) {
            for keyword in ["enum", "anyOf", "oneOf"] {
                let listed = keywords.get_mut(keyword).and_then(Value::as_array_mut);
                let is_null = |one: &Value| one.is_null() || *one == json!({ "type": "null" });
                listed.into_iter().for_each(|all| all.retain(|one| !is_null(one)));
            }
        }
        if let Some(Value::Array(words)) = keywords.get_mut("enum") {
            let looks: Vec<_> = words.iter().filter_map(unquoted).collect();
            words.retain(|word| !looks.contains(word));
        }
    });
    schema
}

/// Has several forms fit at once where one of them is a text, which a number fits as well.
fn spell_choice(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let forms = keywords.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let is_wide = |kind: &Value| {
        kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "boolean"))
    };
    if forms.filter_map(|form| form.get("type")).any(is_wide) && !keywords.contains_key("anyOf") {
        let forms = keywords.remove("oneOf");
        keywords.extend(forms.map(|forms| ("anyOf".into(), forms)));
    }
}

/// Allows an item to stand twice in a list that becomes a set.
fn spell_set(keywords: &mut Map<String, Value>) {
    if keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
        keywords.remove("uniqueItems");
        keywords.insert(SET.into(), true.into());
    }
}

/// Writes the range of a number of Rust.
fn limit(keywords: &mut Map<String, Value>) {
    let format = keywords.get("format").and_then(Value::as_str);
    let (least, most): (Value, Value) = match format {
        Some("float") => (f32::MIN.into(), f32::MAX.into()),
        _ => match RANGES.into_iter().find(|(name, ..)| Some(*name) == format) {
            Some((_, least, most)) => (least.into(), most.into()),
            None => return,
        },
    };
    keywords.entry("minimum").or_insert(least);
    keywords.entry("maximum").or_insert(most);
}

/// The refusal of keys that no schema names.
struct Closing<'r> {
    root: &'r Value,
    /// The definitions that are being copied.
    above: Vec<String>,
}

impl Closing<'_> {
    /// Closes a schema and all in it. One that `is_part` of a map shares it with others, which name further keys.
    fn close(&mut self, schema: &mut Value, is_part: bool) {
        let is_composed = self.is_composed(schema);
        let copied = if is_part || is_composed { self.copy(schema) } else { None };
        let named = copied.is_some();
        self.above.extend(copied);
        let Some(keywords) = schema.as_object_mut() else { return };
        let has_keys = keywords.contains_key("properties");
        let is_said = OTHER_KEYS[..2].iter().any(|keyword| keywords.contains_key(*keyword));
        if is_part {
            keywords.retain(|keyword, value| {
                !OTHER_KEYS.contains(&keyword.as_str()) || *value != Value::Bool(false)
            });
        } else if is_composed && !is_said {
            keywords.insert("unevaluatedProperties".into(), false.into());
        } else if has_keys && !is_said {
            keywords.insert("additionalProperties".into(), false.into());
        }
        for (keyword, value) in keywords.iter_mut() {
            if let (true, Value::Array(parts)) = (PARTS.contains(&keyword.as_str()), value) {
                for part in parts {
                    self.close(part, is_part || is_composed);
                }
            }
        }
        let mut rest = Map::new();
        for keyword in PARTS {
            rest.extend(keywords.remove(keyword).map(|parts| (keyword.to_owned(), parts)));
        }
        for inner in below(schema) {
            self.close(inner, false);
        }
        if let Some(keywords) = schema.as_object_mut() {
            keywords.append(&mut rest);
        }
        if named {
            self.above.pop();
        }
    }

    /// Returns true if several schemas name the keys of one map.
    fn is_composed(&self, schema: &Value) -> bool {
        let has_keys = |schema: &Value| schema.get("properties").is_some();
        let parts = PARTS.iter().map(|keyword| {
            let parts = schema.get(*keyword).and_then(Value::as_array).into_iter().flatten();
            parts.filter(|part| self.names_keys(part)).count()
        });
        let parts: Vec<_> = parts.collect();
        let lies_beside = schema.get("$ref").is_some() || parts.iter().any(|count| *count > 0);
        let names_further = OTHER_KEYS
            .iter()
            .any(|keyword| schema.get(*keyword).is_some_and(|keys| *keys != Value::Bool(false)));
        (has_keys(schema) || names_further) && lies_beside
            || parts[0] > 1
            || parts.iter().filter(|count| **count > 0).count() > 1
    }

    /// Returns true if a schema is that of a map, or a choice of some.
    fn names_keys(&self, schema: &Value) -> bool {
        let target = resolved(self.root, schema);
        target.get("properties").is_some()
            || PARTS.iter().any(|keyword| {
                let parts = target.get(*keyword).and_then(Value::as_array).into_iter().flatten();
                parts.into_iter().any(|part| part.get("$ref").is_some() || self.names_keys(part))
            })
    }

    /// Puts a definition in the place of a reference to it, because others refer to a map that is closed. Returns its
    /// name.
    fn copy(&self, schema: &mut Value) -> Option<String> {
        let name = schema.get("$ref").and_then(definition_name)?.to_owned();
        if self.above.contains(&name) {
            return None;
        }
        let copy = resolved(self.root, schema).clone();
        let keywords = schema.as_object_mut()?;
        keywords.remove("$ref");
        match keywords.is_empty() {
            true => *schema = copy,
            false => {
                let all = keywords.entry("allOf").or_insert_with(|| json!([]));
                all.as_array_mut()?.push(copy);
            }
        }
        Some(name)
    }
}
