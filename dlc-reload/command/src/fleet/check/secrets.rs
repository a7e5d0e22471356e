//! The values of a document that a schema marks as secrets.

use std::collections::BTreeSet;

use serde_json::Value;

use super::escaped;

/// The keyword that marks the value of a secret.
const SECRET: &str = "x-secret";

/// Returns the pointers of the values that a schema marks as secrets.
pub(super) fn secrets(value: &Value, schema: &Value) -> BTreeSet<String> {
    let mut search = Search { root: schema, pointer: String::new(), found: BTreeSet::new() };
    search.look(value, schema, &mut BTreeSet::new());
    search.found
}

/// A walk along a value and its schema.
struct Search<'s> {
    root: &'s Value,
    /// The place of the value that is looked at.
    pointer: String,
    found: BTreeSet<String>,
}

impl<'s> Search<'s> {
    /// Looks at a value, and at all inside. `known` are the definitions that have been looked at for this value
    /// already: one that refers to itself says no more the second time.
    fn look(&mut self, value: &Value, schema: &'s Value, known: &mut BTreeSet<&'s str>) {
        if schema.get(SECRET) == Some(&Value::Bool(true)) {
            if !value.is_null() {
                self.found.insert(self.pointer.clone());
            }
            return;
        }
        let named = schema.get("$ref").and_then(Value::as_str);
        if let Some(name) = named.and_then(|name| name.strip_prefix('#'))
            && known.insert(name)
            && let Some(definition) = self.root.pointer(name)
        {
            self.look(value, definition, known);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.look(value, part, known);
            }
        }
        match value {
            Value::Object(entries) => {
                for (name, value) in entries {
                    let named = schema.get("properties").and_then(|named| named.get(name));
                    let patterns = schema.get("patternProperties").and_then(Value::as_object);
                    let others = patterns.into_iter().flat_map(|patterns| patterns.values());
                    let others = others.chain(schema.get("additionalProperties"));
                    match named {
                        Some(schema) => self.inside(name, value, schema),
                        None => others.for_each(|schema| self.inside(name, value, schema)),
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let prefix = schema.get("prefixItems").and_then(|items| items.get(index));
                    if let Some(schema) = prefix.or_else(|| schema.get("items")) {
                        self.inside(&index.to_string(), item, schema);
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks at a value inside of the one that is looked at.
    fn inside(&mut self, name: &str, value: &Value, schema: &'s Value) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escaped(name));
        self.look(value, schema, &mut BTreeSet::new());
        self.pointer.truncate(length);
    }
}
