//! The schema of one file, for editors.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{
    lookup::{LIMITING, any_inside, definition_name, members, resolved},
    root::{described, finished},
    walk::{below, each},
    written::ALSO,
};
use crate::section::Reloadable;

/// The keywords that say nothing of which values are right.
const REMARKS: [&str; 12] = [
    "title",
    "description",
    "markdownDescription",
    "default",
    "deprecated",
    "deprecationMessage",
    "doNotSuggest",
    "examples",
    "readOnly",
    "writeOnly",
    "$comment",
    "format",
];

/// Returns the JSON schema (draft 2020-12) of one file of a configuration, for editors.
///
/// A file may be one of several, and variables may set the rest. So this schema requires nothing but what the items of
/// a list need, which a later file replaces as a whole; the description of a key that some source has to set says
/// "Required.". Otherwise it accepts and refuses the same values as [`schema`](crate::schema()). It also knows what
/// only a file may have: `include`, `$schema`, and the keys at its root that begin with `x-` and hold anchors and
/// notes.
///
/// For editors, [`draft_07`](crate::draft_07()) makes of it the form that all of them read; each key stands where it is
/// described, with as few references as there can be; the words of an enum have their doc comments in
/// `"enumDescriptions"`, `"markdownEnumDescriptions"` and `"x-taplo"`; a deprecated key has a `"deprecationMessage"`,
/// and another name of a key is marked by `"doNotSuggest"`.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// /// Shown on the front page.
/// # #[reload(hot)] motd: String }
/// let schema = dlc_reload::file_schema::<Config>();
/// let motd = &schema.as_value()["properties"]["motd"];
/// assert_eq!(motd["description"], "Shown on the front page.\n\nRequired. Changes live.");
/// assert!(schema.get("required").is_none());
/// ```
pub fn file_schema<C: Reloadable>() -> Schema {
    let mut root = described::<C>(true);
    let definitions = root.clone();
    inline(&mut root, &definitions);
    each(&mut root, &mut |schema| {
        if let Some(keywords) = schema.as_object_mut() {
            list_words(keywords);
            unwrap_single(keywords);
            admit_null(keywords);
            explain_forms(keywords);
        }
    });
    each(&mut root, &mut admit_unset);
    finished(root)
}

/// Admits `null` for each key that need not be set: the loader reads it as if the key was not there.
fn admit_unset(schema: &mut Value) {
    let required: Vec<_> = members(schema, "required").cloned().collect();
    for keyword in ["properties", "patternProperties"] {
        let named = schema.get_mut(keyword).and_then(Value::as_object_mut).into_iter().flatten();
        let unset = named.filter(|(name, _)| !required.iter().any(|one| one == name.as_str()));
        unset.for_each(|(_, property)| or_unset(property));
    }
    schema.get_mut("additionalProperties").into_iter().for_each(or_unset);
}

/// Returns true if a schema admits `null` by itself.
fn admits_null(keywords: &Map<String, Value>) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let own = keywords.get("type");
    let forms = ["anyOf", "oneOf"].into_iter().filter_map(|keyword| keywords.get(keyword));
    own.is_some_and(|kind| {
        is_null(kind) || kind.as_array().is_some_and(|all| all.iter().any(is_null))
    }) || forms.filter_map(Value::as_array).flatten().filter_map(Value::as_object).any(admits_null)
}

/// Has a schema admit `null` as well, unless it is that of the tag of an enum or of a key that is gone.
fn or_unset(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let is_limited = LIMITING.iter().any(|keyword| keywords.contains_key(*keyword));
    if !is_limited || keywords.contains_key("const") || admits_null(keywords) {
        return;
    }
    let added = keywords.entry(ALSO).or_insert_with(|| json!([]));
    added.as_array_mut().into_iter().for_each(|added| added.push("null".into()));
    if let Some(nullable) = or_null(keywords.clone()) {
        *keywords = nullable;
        return;
    }
    let is_remark =
        |keyword: &String| REMARKS.contains(&keyword.as_str()) || keyword.starts_with("x-");
    let (remarks, value): (Map<_, _>, Map<_, _>) =
        std::mem::take(keywords).into_iter().partition(|(keyword, _)| is_remark(keyword));
    *keywords = remarks;
    keywords.insert("anyOf".into(), json!([value, { "type": "null" }]));
}

/// Puts definitions in the place of the references to them, unless they refer to themselves.
fn inline(schema: &mut Value, root: &Value) {
    while let Some(name) = schema.get("$ref").and_then(definition_name) {
        let definition = resolved(root, schema).clone();
        let is_recursive = refers_to(&definition, root, name);
        let Some(keywords) = schema.as_object_mut().filter(|_| !is_recursive) else { break };
        keywords.remove("$ref");
        put_beside(keywords, definition);
    }
    for inner in below(schema) {
        inline(inner, root);
    }
}

/// Returns true if a schema leads to a definition.
fn refers_to(schema: &Value, root: &Value, name: &str) -> bool {
    any_inside(schema, root, |schema| {
        schema.get("$ref").and_then(definition_name).is_some_and(|other| other == name)
    })
}

/// Puts a schema beside keywords, of which the remarks win over its own.
fn put_beside(keywords: &mut Map<String, Value>, schema: Value) {
    match schema {
        Value::Object(other) if all_remarks(keywords, "") => {
            for (keyword, value) in other {
                keywords.entry(keyword).or_insert(value);
            }
        }
        other => {
            let all = keywords.entry("allOf").or_insert_with(|| json!([]));
            all.as_array_mut().into_iter().for_each(|all| all.push(other.clone()));
        }
    }
}

/// Lists the words of an enum in one `enum`, with their doc comments beside it. Editors show those of the other form in
/// the place of what the key says.
fn list_words(keywords: &mut Map<String, Value>) {
    for keyword in ["oneOf", "anyOf"] {
        let Some(Value::Array(forms)) = keywords.get(keyword) else { continue };
        let Some(words) = forms.iter().map(words).collect::<Option<Vec<_>>>() else { continue };
        if forms.len() < 2 {
            continue;
        }
        let words: Vec<_> = words.into_iter().flatten().collect();
        let kinds = kinds_of(words.iter().map(|(word, _)| word));
        let (all, docs): (Vec<_>, Vec<_>) = words.into_iter().unzip();
        keywords.remove(keyword);
        keywords.insert("type".into(), kinds);
        keywords.insert("enum".into(), all.into());
        if docs.iter().any(Option::is_some) {
            let texts: Vec<_> = docs.iter().map(|docs| docs.clone().unwrap_or_default()).collect();
            keywords.insert("enumDescriptions".into(), texts.clone().into());
            keywords.insert("markdownEnumDescriptions".into(), texts.into());
            keywords.insert("x-taplo".into(), json!({ "docs": { "enumValues": docs } }));
        }
        return;
    }
}

/// Returns the words that a form lists, if that is all it says, each with its doc comment.
fn words(form: &Value) -> Option<Vec<(Value, Option<String>)>> {
    let keywords = form.as_object()?;
    let is_known = |keyword: &String| {
        ["type", "enum", "const"].contains(&keyword.as_str()) || REMARKS.contains(&keyword.as_str())
    };
    let docs = keywords.get("description").and_then(Value::as_str).map(ToOwned::to_owned);
    if !keywords.keys().all(is_known) {
        return None;
    }
    match (keywords.get("const"), keywords.get("enum")) {
        (Some(word), None) => Some(vec![(word.clone(), docs)]),
        (None, Some(Value::Array(words))) => {
            Some(words.iter().map(|word| (word.clone(), docs.clone())).collect())
        }
        _ => None,
    }
}

/// Returns the types of words, as a schema names them.
fn kinds_of<'v>(words: impl Iterator<Item = &'v Value>) -> Value {
    let mut kinds: Vec<&str> = Vec::new();
    for word in words {
        let kind = match word {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match kinds.as_slice() {
        [one] => (*one).into(),
        kinds => kinds.to_vec().into(),
    }
}

/// Takes the only part of a schema out of the list around it.
fn unwrap_single(keywords: &mut Map<String, Value>) {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let parts = keywords.get(keyword).and_then(Value::as_array);
        let is_alone =
            parts.is_some_and(|parts| parts.len() == 1) && all_remarks(keywords, keyword);
        for part in keywords.get_mut(keyword).filter(|_| is_alone).map(Value::take).into_iter() {
            keywords.remove(keyword);
            part.as_array()
                .into_iter()
                .flatten()
                .for_each(|part| put_beside(keywords, part.clone()));
        }
    }
}

/// Writes a value that may be null as one schema, so that a key of it is described at one place.
fn admit_null(keywords: &mut Map<String, Value>) {
    let is_null = |form: &Value| form.get("type").is_some_and(|kind| kind == "null");
    let forms = keywords.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let (nulls, others): (Vec<_>, Vec<_>) = forms.cloned().partition(is_null);
    let ([_], [Value::Object(value)]) = (nulls.as_slice(), others.as_slice()) else { return };
    if let (Some(nullable), true) = (or_null(value.clone()), all_remarks(keywords, "anyOf")) {
        keywords.remove("anyOf");
        put_beside(keywords, nullable.into());
    }
}

/// Returns a schema that admits null as well, where it can be one schema.
fn or_null(mut value: Map<String, Value>) -> Option<Map<String, Value>> {
    const COMPOSED: [&str; 4] = ["$ref", "allOf", "const", "not"];
    if COMPOSED.iter().any(|keyword| value.contains_key(*keyword)) {
        return None;
    }
    if let Some(choice) = ["anyOf", "oneOf"].into_iter().find(|name| value.contains_key(*name)) {
        let is_choice_alone = all_remarks(&value, choice);
        let forms = value.get_mut(choice)?.as_array_mut().filter(|_| is_choice_alone)?;
        let null = json!({ "type": "null" });
        if !forms.contains(&null) {
            forms.push(null);
        }
        return Some(value);
    }
    if let Some(Value::Array(words)) = value.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
    if let Some(kind) = value.get_mut("type") {
        let mut kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
        if !kinds.iter().any(|kind| kind == "null") {
            kinds.push("null".into());
        }
        *kind = kinds.into();
    } else if !value.contains_key("enum") {
        return None;
    }
    Some(value)
}

/// Returns true if nothing but remarks stands beside a keyword.
fn all_remarks(keywords: &Map<String, Value>, keyword: &str) -> bool {
    keywords.keys().all(|other| {
        other == keyword || REMARKS.contains(&other.as_str()) || other.starts_with("x-")
    })
}

/// Puts what a key says into the forms that its value may have: editors show the words of the form that fits in their
/// place.
fn explain_forms(keywords: &mut Map<String, Value>) {
    let Some(own) = keywords.get("markdownDescription").and_then(Value::as_str) else { return };
    let own = own.to_owned();
    for keyword in ["anyOf", "oneOf"] {
        for form in keywords.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(form) = form.as_object_mut() else { continue };
            let Some(docs) = form.get("description").and_then(Value::as_str) else { continue };
            // Those of the key may be those of the type itself.
            let docs = if own.starts_with(docs) { own.clone() } else { format!("{own}\n\n{docs}") };
            form.entry("markdownDescription").or_insert(docs.into());
        }
    }
}
