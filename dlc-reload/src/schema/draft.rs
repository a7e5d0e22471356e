//! The older form of a schema, for programs that read no newer one.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{closing::name_all_keys, walk::each};

/// Returns a schema in the form of draft-07, which is all that many editors read.
///
/// It accepts and refuses the same values. What draft-07 has under other names gets these: `$defs`, `prefixItems` and
/// `dependentRequired` are `definitions`, `items` and `dependencies` there. It ignores what stands beside a `$ref`, so
/// the reference is moved away from beside it, and description and class stay where an editor looks for them.
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
            name_all_keys(keywords);
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

/// Points a reference at where the definitions are, and moves it away from what stands beside it. A member of `anyOf`
/// leaves the description where editors find it; taplo looks beside an `allOf` for none.
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
