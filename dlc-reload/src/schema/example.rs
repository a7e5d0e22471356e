//! Values that stand in a template where there is no default: an example that the type allows.

use serde_json::{Map, Number, Value as Json};

use super::lookup::{each, members, requires, resolved};

/// The text that stands for one that the operator has to choose. A text that begins with it gives a warning.
pub(crate) const PLACEHOLDER: &str = "CHANGE-ME";

/// The depth of an example: a type may hold itself.
const MAX_DEPTH: usize = 12;

/// Returns a value that a schema allows, as small as can be.
pub(super) fn example(root: &Json, schema: &Json) -> Json {
    within(root, schema, MAX_DEPTH).unwrap_or(Json::Null)
}

fn within(root: &Json, schema: &Json, depth: usize) -> Option<Json> {
    let depth = depth.checked_sub(1)?;
    let of_field = members(schema, "examples").next();
    let schema = resolved(root, schema);
    let named =
        || schema.get("const").or_else(|| members(schema, "enum").find(|one| !one.is_null()));
    if let Some(known) = of_field.or_else(|| members(schema, "examples").next()).or_else(named) {
        return Some(known.clone());
    }
    let choices = ["oneOf", "anyOf"].into_iter().flat_map(|keyword| members(schema, keyword));
    let chosen = choices.filter_map(|one| within(root, one, depth)).find(|one| !one.is_null());
    let kinds: Vec<_> = match schema.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        Some(Json::String(kind)) => vec![kind.as_str()],
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => Vec::new(),
    };
    match kinds.iter().find(|kind| **kind != "null") {
        // The fields of an enum stand beside those of the struct that it is flattened into.
        Some(&"object") => {
            let mut all = object(root, schema, depth)?;
            all.extend(chosen.and_then(|one| one.as_object().cloned()).unwrap_or_default());
            Some(all.into())
        }
        _ if chosen.is_some() => chosen,
        Some(&"string") => Some(text(schema).into()),
        Some(&"integer") => Some(integer(schema).into()),
        Some(&"number") => number(schema).map(Json::Number),
        Some(&"boolean") => Some(false.into()),
        Some(&"array") => list(root, schema, depth),
        None if kinds.is_empty() => Some(PLACEHOLDER.into()),
        _ => Some(Json::Null),
    }
}

/// Returns the fields that a struct needs.
fn object(root: &Json, schema: &Json, depth: usize) -> Option<Map<String, Json>> {
    let mut needed = Map::new();
    let properties = schema.get("properties").and_then(Json::as_object);
    for (name, property) in properties.into_iter().flatten() {
        // An alias is marked so, and another name of a field that is here already.
        let is_deprecated = property.get("deprecated") == Some(&Json::Bool(true));
        if requires(root, schema, name) && !is_deprecated {
            needed.insert(name.clone(), within(root, property, depth)?);
        }
    }
    for part in members(schema, "allOf") {
        if let Some(Json::Object(more)) = within(root, part, depth) {
            needed.extend(more);
        }
    }
    Some(needed)
}

fn list(root: &Json, schema: &Json, depth: usize) -> Option<Json> {
    let tuple: Option<Vec<_>> =
        members(schema, "prefixItems").map(|one| within(root, one, depth)).collect();
    let mut items = tuple?;
    let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or_default();
    if let Some(item) = each(root, schema).filter(|_| items.is_empty()) {
        for _ in 0..least.min(8) {
            items.push(within(root, item, depth)?);
        }
    }
    Some(items.into())
}

fn text(schema: &Json) -> String {
    let least = schema.get("minLength").and_then(Json::as_u64).unwrap_or_default();
    let most = schema.get("maxLength").and_then(Json::as_u64);
    let text = match schema.get("format").and_then(Json::as_str) {
        Some("ip" | "ipv4") => "127.0.0.1",
        Some("ipv6") => "::1",
        Some("uri" | "url") => "https://example.com/",
        Some("email") => "change-me@example.com",
        Some("date-time" | "partial-date-time") => "2000-01-01T00:00:00Z",
        Some("date") => "2000-01-01",
        Some("uuid") => "00000000-0000-0000-0000-000000000000",
        _ => PLACEHOLDER,
    };
    let mut text = text.to_owned();
    while (text.len() as u64) < least.min(256) {
        text.push_str("-CHANGE-ME");
    }
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    text.truncate(most);
    text
}

/// Returns an integer in the range: 1, or the end that is nearest to it.
fn integer(schema: &Json) -> i64 {
    let bound =
        |keyword: &str| schema.get(keyword).and_then(Json::as_f64).map(|bound| bound as i64);
    let least =
        bound("minimum").into_iter().chain(bound("exclusiveMinimum").map(|one| one + 1)).max();
    let most =
        bound("maximum").into_iter().chain(bound("exclusiveMaximum").map(|one| one - 1)).min();
    1.max(least.unwrap_or(i64::MIN)).min(most.unwrap_or(i64::MAX))
}

fn number(schema: &Json) -> Option<Number> {
    let bound = |keyword: &str| schema.get(keyword).and_then(Json::as_f64);
    let least = bound("minimum").or(bound("exclusiveMinimum")).unwrap_or(f64::MIN);
    let most = bound("maximum").or(bound("exclusiveMaximum")).unwrap_or(f64::MAX);
    let within = |number: &f64| (least..=most).contains(number);
    let middle = [1.0, 0.5, least.midpoint(most)].into_iter().find(within);
    Number::from_f64(middle.unwrap_or(least))
}
