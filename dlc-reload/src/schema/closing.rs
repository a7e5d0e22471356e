//! Maps that are put together from several schemas, and the keys that they have.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Says without `unevaluatedProperties` which keys a map has: a map that is put together from parts names the keys of
/// all, and each form refuses those that only other forms of the same choice have. Older drafts have no such keyword,
/// and a map of which several forms fit would have the keys of all of them.
pub(super) fn name_all_keys(keywords: &mut Map<String, Value>) {
    let Some(others) = keywords.remove("unevaluatedProperties") else { return };
    let mut map = Value::Object(std::mem::take(keywords));
    let known = names(&map);
    if others == Value::Bool(false) {
        tell_apart(&mut map, &BTreeSet::new());
    }
    if let Value::Object(mut named) = map {
        let properties = named.entry("properties").or_insert_with(|| json!({}));
        name(properties, &known, true);
        named.entry("additionalProperties").or_insert(others);
        *keywords = named;
    }
}

/// Has each form of a map refuse the keys of the other forms, but for those that stand `elsewhere` as well.
fn tell_apart(map: &mut Value, elsewhere: &BTreeSet<String>) {
    let lists: Vec<BTreeSet<String>> = choices(map).iter().map(|forms| of_all(forms)).collect();
    let own = own_names(map);
    for (index, forms) in choices(map).into_iter().enumerate() {
        let others = lists.iter().enumerate().filter(|(other, _)| *other != index);
        let mut known: BTreeSet<_> = others.flat_map(|(_, names)| names).cloned().collect();
        known.extend(own.iter().chain(elsewhere).cloned());
        for form in forms {
            let of_form = names(form);
            let foreign = lists[index].iter().filter(|name| !known.contains(*name));
            let foreign = foreign.filter(|name| !of_form.contains(*name)).cloned().collect();
            tell_apart(form, &known);
            if let Some(keywords) = form.as_object_mut() {
                let properties = keywords.entry("properties").or_insert_with(|| json!({}));
                name(properties, &foreign, false);
                if foreign.is_empty() && *properties == json!({}) {
                    keywords.remove("properties");
                }
            }
        }
    }
}

/// Writes a schema for keys that have none yet.
fn name(properties: &mut Value, names: &BTreeSet<String>, schema: bool) {
    let Some(properties) = properties.as_object_mut() else { return };
    for name in names {
        properties.entry(name).or_insert(schema.into());
    }
}

/// Returns the choices of a map, those of its parts included, each with its forms.
fn choices(map: &mut Value) -> Vec<&mut Vec<Value>> {
    let mut found = Vec::new();
    for (keyword, value) in map.as_object_mut().into_iter().flatten() {
        match (keyword.as_str(), value) {
            ("anyOf" | "oneOf", Value::Array(forms)) => found.push(forms),
            ("allOf", Value::Array(parts)) => found.extend(parts.iter_mut().flat_map(choices)),
            _ => {}
        }
    }
    found
}

/// Returns the names of the keys of a map and its parts, without those of its forms.
fn own_names(map: &Value) -> BTreeSet<String> {
    let named = map.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut names: BTreeSet<String> = named
        .filter(|(_, schema)| **schema != Value::Bool(false))
        .map(|(name, _)| name.clone())
        .collect();
    let parts = map.get("allOf").and_then(Value::as_array).into_iter().flatten();
    names.extend(parts.flat_map(own_names));
    names
}

/// Returns the names of the keys of a map, of its parts and of all its forms.
fn names(map: &Value) -> BTreeSet<String> {
    let mut found = own_names(map);
    for keyword in ["allOf", "anyOf", "oneOf"] {
        found.extend(
            map.get(keyword).and_then(Value::as_array).map(|all| of_all(all)).into_iter().flatten(),
        );
    }
    found
}

fn of_all(maps: &[Value]) -> BTreeSet<String> {
    maps.iter().flat_map(names).collect()
}
