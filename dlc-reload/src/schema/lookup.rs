//! Lookups in JSON schemas: what they refer to, list and mark.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::secret;

/// The keywords that put one struct together from parts.
///
/// An `Option` is an `anyOf` of the value and `null`, and a flattened field stands in an `allOf`. The
/// variants of an enum (`oneOf`) are no parts of one struct.
const PARTS: &[&str] = &["anyOf", "allOf"];

/// Returns the schema of a field of a struct.
pub(super) fn field<'s>(root: &'s Json, schema: &'s Json, name: &str) -> Option<&'s Json> {
    let named = properties(root, schema).into_iter().find(|(known, _)| *known == name);
    named.map(|(_, schema)| schema)
}

/// Returns the schema of the entries of a map, or of the items of a list.
pub(super) fn each<'s>(root: &'s Json, schema: &'s Json) -> Option<&'s Json> {
    gathered(root, [schema], PARTS, |_| true).into_iter().find_map(|part| {
        let named = part.get("patternProperties").and_then(Json::as_object);
        let named = named.and_then(|patterns| patterns.values().next());
        named.or_else(|| part.get("additionalProperties")).or_else(|| part.get("items"))
    })
}

/// Returns the schema of the entries of a collection, of which a map may name each key.
pub(super) fn entry<'s>(root: &'s Json, schema: &'s Json) -> Option<&'s Json> {
    let named = || properties(root, schema).first().map(|(_, entry)| *entry);
    each(root, schema).filter(|entry| **entry != Json::Bool(false)).or_else(named)
}

/// Returns the properties of a struct; none where the schema is of something else.
fn properties<'s>(root: &'s Json, schema: &'s Json) -> Vec<(&'s str, &'s Json)> {
    let parts = gathered(root, [schema], PARTS, |_| true).into_iter();
    let objects = parts.filter_map(|part| part.get("properties")?.as_object());
    objects.flatten().map(|(name, schema)| (name.as_str(), schema)).collect()
}

/// Returns true if the schema of a section requires a field, under any of its names.
pub(super) fn requires(root: &Json, section: &Json, name: &str) -> bool {
    let section = resolved(root, section);
    let listed = |schema: &Json| members(schema, "required").any(|required| required == name);
    let by_any_name = |all: &Json| members(all, "oneOf").any(listed);
    // Of an `Option`, the value counts. One that is flattened may be left out as a whole.
    let mut parts = members(section, "anyOf").filter(|part| !is_null(part)).peekable();
    listed(section)
        || members(section, "allOf").any(|all| by_any_name(all) || requires(root, all, name))
        || parts.peek().is_some() && parts.all(|part| requires(root, part, name))
}

/// Returns true if a schema is that of a key that is gone.
pub(super) fn is_gone(schema: &Json) -> bool {
    schema.get("not").and_then(Json::as_object).is_some_and(Map::is_empty)
}

/// Returns true if a schema is that of `null`.
pub(super) fn is_null(schema: &Json) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// Returns true if anything in a schema, or in one that it refers to, is marked as a secret.
pub(super) fn holds_secret(schema: &Json, root: &Json) -> bool {
    any_inside(schema, root, is_secret)
}

/// Returns true if `is_so` holds for a schema, for anything in it, or in one that it refers to.
pub(super) fn any_inside(schema: &Json, root: &Json, is_so: impl Fn(&Json) -> bool) -> bool {
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        match schema {
            Json::Object(keywords) => {
                if is_so(schema) {
                    return true;
                }
                let name = keywords.get("$ref").and_then(definition_name);
                if name.is_some_and(|name| seen.insert(name)) {
                    pending.extend(definition(root, schema));
                }
                pending.extend(keywords.values());
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    false
}

/// The keyword of a list that becomes a set: the loader takes an item that stands there twice.
pub(super) const SET: &str = "x-set";

/// Returns true if a schema is that of a set.
pub(super) fn is_set(schema: &Json) -> bool {
    ["uniqueItems", SET].iter().any(|keyword| schema.get(keyword) == Some(&Json::Bool(true)))
}

/// Returns true if a schema is marked as that of a secret. `writeOnly` marks none: it also stands at a field that is
/// not serialized.
pub(super) fn is_secret(schema: &Json) -> bool {
    schema.get(secret::MARK) == Some(&Json::Bool(true))
}

/// The keywords that say which values are right.
pub(super) const LIMITING: [&str; 10] = [
    "type",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
];

/// Returns true if a schema allows a value of any kind.
pub(super) fn says_nothing(schema: &Json) -> bool {
    *schema == Json::Bool(true)
        || schema.is_object() && !LIMITING.iter().any(|keyword| schema.get(keyword).is_some())
}

/// Returns the definition that a schema refers to, or the schema itself.
pub(super) fn resolved<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    definition(root, schema).unwrap_or(schema)
}

/// Returns the name of the definition that the value of a `$ref` means.
pub(super) fn definition_name(reference: &Json) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/$defs/")
}

/// Returns the definition that a schema refers to.
fn definition<'s>(root: &'s Json, schema: &Json) -> Option<&'s Json> {
    root.get("$defs")?.get(schema.get("$ref").and_then(definition_name)?)
}

/// Returns the members that a keyword lists; none where it is absent.
pub(super) fn members<'s>(schema: &'s Json, keyword: &str) -> impl Iterator<Item = &'s Json> {
    schema.get(keyword).and_then(Json::as_array).into_iter().flatten()
}

/// Returns these schemas, those that they refer to, and those that the keywords list in them, each once; without
/// those that are not wanted and what they lead to.
pub(super) fn gathered<'s>(
    root: &'s Json,
    schemas: impl IntoIterator<Item = &'s Json>,
    keywords: &[&str],
    wanted: impl Fn(&Json) -> bool,
) -> Vec<&'s Json> {
    let mut found: Vec<&Json> = Vec::new();
    let mut pending: Vec<_> = schemas.into_iter().collect();
    pending.reverse();
    while let Some(schema) = pending.pop() {
        if !wanted(schema) || found.iter().any(|known| std::ptr::eq(*known, schema)) {
            continue;
        }
        found.push(schema);
        let listed = keywords.iter().flat_map(|keyword| members(schema, keyword));
        let below: Vec<_> = definition(root, schema).into_iter().chain(listed).collect();
        pending.extend(below.into_iter().rev());
    }
    found
}
