//! Aliases of serde in types that are no sections, which say them in a keyword of their own.

use serde_json::{Map, Value, json};

use super::walk::each;
use crate::section::OTHER_NAME;

/// The keyword that lists other names: of a field at its property, of a variant at its form.
const ALIASES: &str = "x-aliases";

/// Adds other names of a field at its property, which stand beside those that it says itself.
pub(super) fn add_names(schema: &mut Value, names: &[String]) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let known = keywords.entry(ALIASES).or_insert_with(|| json!([]));
    known.as_array_mut().into_iter().for_each(|known| add_new(known, names));
}

/// Adds other names of a variant at its form: further words, or names for what is written as a map.
pub(super) fn add_words(form: &mut Value, names: &[String]) {
    let Some(keywords) = form.as_object_mut() else { return };
    if let Some(word) = keywords.remove("const") {
        keywords.insert("enum".into(), json!([word]));
    }
    match keywords.get_mut("enum").and_then(Value::as_array_mut) {
        Some(words) => add_new(words, names),
        None => add_names(form, names),
    }
}

fn add_new(known: &mut Vec<Value>, names: &[String]) {
    for name in names {
        if !known.iter().any(|one| one == name) {
            known.push(name.as_str().into());
        }
    }
}

/// Allows the other names that types say of their fields and variants.
pub(super) fn allow_aliases(root: &mut Value) {
    each(root, &mut |schema| {
        let Some(keywords) = schema.as_object_mut() else { return };
        for choice in ["anyOf", "oneOf"] {
            if let Some(forms) = keywords.get_mut(choice).and_then(Value::as_array_mut) {
                let further: Vec<_> = forms.iter_mut().flat_map(other_forms).collect();
                forms.extend(further);
            }
        }
        allow_names(keywords);
    });
}

/// Adds a property for each other name of a field.
fn allow_names(keywords: &mut Map<String, Value>) {
    let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let mut found = Vec::new();
    for (name, property) in properties.iter_mut() {
        let aliases = taken(property);
        if !aliases.is_empty() {
            found.push((name.clone(), property.clone(), aliases));
        }
    }
    for (name, mut property, aliases) in found {
        if let Some(property) = property.as_object_mut() {
            property.insert("deprecated".into(), true.into());
            property.insert(OTHER_NAME.into(), name.as_str().into());
        }
        if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
            properties.extend(aliases.iter().map(|alias| (alias.clone(), property.clone())));
        }
        require_one(keywords, &name, &aliases);
    }
}

/// Requires one of the names of a field that was required by its own.
fn require_one(keywords: &mut Map<String, Value>, name: &str, aliases: &[String]) {
    let Some(required) = keywords.get_mut("required").and_then(Value::as_array_mut) else { return };
    let before = required.len();
    required.retain(|one| one != name);
    if required.len() < before {
        let names = std::iter::once(name).chain(aliases.iter().map(String::as_str));
        let one: Vec<_> = names.map(|name| json!({ "required": [name] })).collect();
        let all = keywords.entry("allOf").or_insert_with(|| json!([]));
        all.as_array_mut().into_iter().for_each(|all| all.push(json!({ "oneOf": one.clone() })));
    }
}

/// Returns the forms of a variant under its other names: the word, or the only key of a map.
fn other_forms(form: &mut Value) -> Vec<Value> {
    let aliases = taken(form);
    if !aliases.is_empty() && form.get("const").is_some() {
        add_words(form, &aliases);
    }
    let named = aliases.iter().map(|alias| {
        let mut other = form.clone();
        let keywords = other.as_object_mut()?;
        let properties = keywords.get_mut("properties")?.as_object_mut()?;
        let is_tag = |property: &Value| property.get("const").is_some();
        let tag = properties.iter().find(|(_, property)| is_tag(property));
        match tag.map(|(name, _)| name.clone()) {
            Some(tag) => properties[&tag]["const"] = alias.as_str().into(),
            None => {
                let all = std::mem::take(properties);
                properties.extend(all.into_iter().map(|(_, value)| (alias.clone(), value)));
                keywords.insert("required".into(), json!([alias]));
            }
        }
        Some(other)
    });
    named.flatten().collect()
}

/// Takes the other names out of a schema.
fn taken(schema: &mut Value) -> Vec<String> {
    let aliases = schema.as_object_mut().and_then(|keywords| keywords.remove(ALIASES));
    let names = aliases.as_ref().and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}
