//! The older form of a schema, for programs that read no newer one.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::walk::each;

/// Returns a schema in the form of draft-07, which is all that many editors read.
///
/// It accepts and refuses the same values. What draft-07 has under other names gets these: `$defs`, `prefixItems` and
/// `dependentRequired` are `definitions`, `items` and `dependencies` there. It ignores what stands beside a `$ref`, so the
/// reference is moved away from beside it, and description and class stay where an editor looks for them. It has no
/// `unevaluatedProperties`: the known keys are listed in each form of the map instead. A map of several enums at once, each with forms of
/// its own, lists them once for all.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// # #[reload(hot)] motd: String }
/// let schema = dlc_reload::draft_07(&dlc_reload::file_schema::<Config>());
/// assert_eq!(schema.get("$schema").unwrap(), "http://json-schema.org/draft-07/schema#");
/// assert_eq!(schema.get("properties").unwrap()["motd"]["x-reload"], "hot");
/// ```
pub fn draft_07(schema: &Schema) -> Schema {
    let mut root = schema.as_value().clone();
    each(&mut root, &mut |schema| {
        if let Some(keywords) = schema.as_object_mut() {
            close_without_unevaluated(keywords);
            rename(keywords);
            free_reference(keywords);
        }
    });
    if let Some(keywords) = root.as_object_mut() {
        keywords.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    }
    root.sort_all_objects();
    Schema::try_from(root).unwrap_or_default()
}

/// Gives keywords the names that they have in draft-07.
fn rename(keywords: &mut Map<String, Value>) {
    if let Some(definitions) = keywords.remove("$defs") {
        keywords.insert("definitions".into(), definitions);
    }
    let items = keywords.remove("prefixItems");
    let further = items.and_then(|items| keywords.insert("items".into(), items));
    keywords.extend(further.map(|further| ("additionalItems".into(), further)));
    for keyword in ["dependentRequired", "dependentSchemas"] {
        if let Some(Value::Object(all)) = keywords.remove(keyword) {
            let dependencies = keywords.entry("dependencies").or_insert_with(|| json!({}));
            dependencies.as_object_mut().into_iter().for_each(|known| known.extend(all.clone()));
        }
    }
}

/// Points a reference at where the definitions are, and moves it away from what stands beside it. A member of `anyOf` leaves
/// the description where editors find it; taplo looks beside an `allOf` for none.
fn free_reference(keywords: &mut Map<String, Value>) {
    let Some(mut reference) = keywords.remove("$ref") else { return };
    if let Some(name) = reference.as_str().and_then(|text| text.strip_prefix("#/$defs/")) {
        reference = format!("#/definitions/{name}").into();
    }
    if keywords.is_empty() {
        keywords.insert("$ref".into(), reference);
        return;
    }
    let alone = json!({ "$ref": reference });
    let keyword = if keywords.contains_key("anyOf") { "allOf" } else { "anyOf" };
    let parts = keywords.entry(keyword).or_insert_with(|| json!([]));
    parts.as_array_mut().into_iter().for_each(|parts| parts.push(alone.clone()));
}

/// Says by the keywords that draft-07 has that a map which is put together from parts has no other keys.
fn close_without_unevaluated(keywords: &mut Map<String, Value>) {
    let Some(others) = keywords.remove("unevaluatedProperties") else { return };
    let choices = ["anyOf", "oneOf"].into_iter().filter(|keyword| keywords.contains_key(*keyword));
    let choices: Vec<_> = choices.collect();
    let mut known = Map::new();
    let all_of = keywords.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let own = Value::Object(keywords.clone());
    let is_simple = !all_of.clone().any(has_choice);
    names(&own, &mut known, false);
    match choices.as_slice() {
        [choice] if is_simple => {
            for form in
                keywords.get_mut(*choice).and_then(Value::as_array_mut).into_iter().flatten()
            {
                close_form(form, &known, &others);
            }
        }
        _ => {
            names(&own, &mut known, true);
            let properties = keywords.entry("properties").or_insert_with(|| json!({}));
            add(properties, &known);
            keywords.entry("additionalProperties").or_insert(others);
        }
    }
}

/// Closes one form of a map. The keys that stand beside the choice are known, and checked there.
fn close_form(form: &mut Value, known: &Map<String, Value>, others: &Value) {
    if has_choice(form) && form.get("properties").is_none() {
        for keyword in ["anyOf", "oneOf"] {
            for form in form.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten() {
                close_form(form, known, others);
            }
        }
        return;
    }
    let mut all = known.clone();
    names(form, &mut all, true);
    let Some(keywords) = form.as_object_mut() else { return };
    let properties = keywords.entry("properties").or_insert_with(|| json!({}));
    add(properties, &all);
    keywords.entry("additionalProperties").or_insert_with(|| others.clone());
}

fn add(properties: &mut Value, known: &Map<String, Value>) {
    let Some(properties) = properties.as_object_mut() else { return };
    for (name, schema) in known {
        properties.entry(name).or_insert_with(|| schema.clone());
    }
}

fn has_choice(schema: &Value) -> bool {
    ["anyOf", "oneOf"].iter().any(|keyword| schema.get(*keyword).is_some())
}

/// Finds the names of the keys of a map, in its parts as well, and with `forms` in every form.
fn names(schema: &Value, found: &mut Map<String, Value>, forms: bool) {
    let named = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    found.extend(named.map(|(name, _)| (name.clone(), Value::Bool(true))));
    let choices: &[&str] = if forms { &["allOf", "anyOf", "oneOf"] } else { &["allOf"] };
    for keyword in choices {
        for part in schema.get(*keyword).and_then(Value::as_array).into_iter().flatten() {
            names(part, found, forms);
        }
    }
}
