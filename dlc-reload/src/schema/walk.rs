//! The parts of a schema that are schemas themselves.

use serde_json::Value;

/// Returns the schemas that stand in a schema, without those of values that must not be there and those of names.
pub(super) fn below(schema: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object_mut().into_iter().flatten() {
        match (keyword.as_str(), value) {
            (
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
                Value::Object(named),
            ) => found.extend(named.values_mut()),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(members)) => {
                found.extend(members);
            }
            (
                "additionalProperties" | "unevaluatedProperties" | "items" | "if" | "then" | "else",
                schema,
            ) => found.push(schema),
            _ => {}
        }
    }
    found
}

/// Changes each schema in a schema, the innermost first, and then the schema itself.
pub(super) fn each(schema: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    for inner in below(schema) {
        each(inner, change);
    }
    change(schema);
}
