//! The schema of the values of a Helm chart.

use schemars::Schema;
use serde_json::json;

use super::draft::draft_07;

/// Returns the `values.schema.json` of a Helm chart that mounts a configuration: the schema of one file below the
/// key `at`.
///
/// It is draft-07, which every Helm reads. Other values of the chart may be anything. A dot in `at` leads to a key
/// in a key:
/// `service.config`. See `docs/authors/helm.md` of the repository for a chart.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// # #[reload(hot)] motd: String }
/// let values = dlc_reload::values_schema(&dlc_reload::file_schema::<Config>(), "config");
/// let motd = values.pointer("/properties/config/properties/motd").unwrap();
/// assert_eq!(motd["x-reload"], "hot");
/// assert!(values.get("additionalProperties").is_none());
/// ```
pub fn values_schema(schema: &Schema, at: &str) -> Schema {
    let mut below = draft_07(schema).to_value();
    let mut taken = |keyword: &str| below.as_object_mut().and_then(|all| all.remove(keyword));
    let (draft, definitions) = (taken("$schema"), taken("definitions"));
    let mut values = at
        .rsplit('.')
        .fold(below, |below, name| json!({ "type": "object", "properties": { name: below } }));
    if let Some(keywords) = values.as_object_mut() {
        // References lead to definitions from the root of the document.
        let root = [("$schema", draft), ("definitions", definitions)];
        keywords.extend(root.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    }
    values.sort_all_objects();
    Schema::try_from(values).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn definitions_stay_where_references_lead() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": { "Tree": { "items": { "$ref": "#/$defs/Tree" } } },
            "properties": { "tree": { "$ref": "#/$defs/Tree" } },
        });
        let values: Value = values_schema(&schema.try_into().unwrap(), "service.config").to_value();
        let config = values.pointer("/properties/service/properties/config").unwrap();
        assert_eq!(config["properties"]["tree"]["$ref"], "#/definitions/Tree");
        assert_eq!(values["definitions"]["Tree"]["items"]["$ref"], "#/definitions/Tree");
        assert!(config.get("definitions").is_none());
    }
}
