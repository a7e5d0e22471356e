//! The check of documents before they are published: against the schema of each build that is alive in the fleet.
//!
//! Each document is looked at alone, as an editor does with the same schemas: what one of them leaves out, another one or
//! the node's own file may say, so nothing is required. Laid over each other they would say less: a wrong value that
//! another document replaces would not be seen; and where one chooses another variant of an enum than the one below, which
//! the loader takes, the two would stand side by side.

use std::collections::BTreeSet;

use dlc_reload::{
    Problem,
    fleet::{Build, Document, Placed},
};
use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

/// The keyword that marks the value of a secret.
const SECRET: &str = "x-secret";

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The problems, in the order of the documents and builds.
    pub(super) problems: Vec<Problem>,
    /// The nodes whose schema the store does not have.
    pub(super) unknown: Vec<String>,
}

/// Checks documents against the builds that are alive.
pub(super) fn check(documents: &[Document], builds: &[Build]) -> Checked {
    let mut checked = Checked::default();
    let mut placed = Vec::new();
    for document in documents {
        match Placed::read(document) {
            Ok(document) => placed.push(document),
            Err(problems) => checked.problems.extend(problems),
        }
    }
    let mut refusals: Vec<(Problem, BTreeSet<&str>)> = Vec::new();
    for build in builds {
        let Some((schema, validator)) = build.schema.as_ref().and_then(validator) else {
            checked.unknown.extend(build.nodes.iter().cloned());
            continue;
        };
        let programs = || build.programs.iter().map(String::as_str);
        for problem in placed.iter().flat_map(|document| problems(document, schema, &validator)) {
            match refusals.iter_mut().find(|(known, _)| *known == problem) {
                Some((_, builds)) => builds.extend(programs()),
                None => refusals.push((problem, programs().collect())),
            }
        }
    }
    let alive: BTreeSet<_> = builds.iter().flat_map(|build| &build.programs).collect();
    checked.problems.extend(refusals.into_iter().map(|(mut problem, programs)| {
        // Where only some of the programs refuse it, the others know more.
        if programs.len() < alive.len() {
            let programs = programs.into_iter().collect::<Vec<_>>().join(", ");
            problem.message += &format!(" (in the program {programs})");
        }
        problem
    }));
    checked
}

fn validator(schema: &Value) -> Option<(&Value, Validator)> {
    let validator = jsonschema::options().with_draft(Draft::Draft202012).build(schema);
    validator.ok().map(|validator| (schema, validator))
}

/// Returns what a build would refuse of a document.
fn problems(document: &Placed, schema: &Value, validator: &Validator) -> Vec<Problem> {
    let mut secrets = BTreeSet::new();
    find_secrets(&document.value, schema, schema, &mut String::new(), &mut secrets);
    let secret = |pointer: &String| {
        document.about_key(
            pointer,
            "a secret, which no store of a fleet holds: set it in a source of the nodes, and remove it here",
        )
    };
    let mut found: Vec<_> = secrets.iter().map(secret).collect();
    for error in validator.iter_errors(&document.value) {
        let pointer = error.instance_path().as_str();
        let is_secret = secrets.iter().any(|secret| pointer.starts_with(secret.as_str()));
        if !is_secret && !refers(error.instance()) {
            found.extend(said(document, schema, &error));
        }
    }
    found
}

/// Returns true if a value refers to what only the node knows: `${NAME}`.
fn refers(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(refers),
        Value::Object(entries) => entries.values().any(refers),
        _ => false,
    }
}

fn said(document: &Placed, schema: &Value, error: &ValidationError<'_>) -> Vec<Problem> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let rule = error.schema_path().as_str().rsplit_once('/');
            let around = rule.and_then(|(around, _)| schema.pointer(around));
            let known = around.and_then(|around| around.get("properties")?.as_object());
            let unknown = |name: &String| {
                let names = known.into_iter().flat_map(|known| known.keys().map(String::as_str));
                document.unknown_key(&format!("{pointer}/{}", escaped(name)), names)
            };
            unexpected.iter().map(unknown).collect()
        }
        ValidationErrorKind::FalseSchema => {
            vec![document.about_key(pointer, "unknown key, remove it")]
        }
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => {
            vec![document.about(pointer, "fits none of the forms that the value may have")]
        }
        _ => vec![document.about(pointer, error.to_string())],
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Finds the values that a schema marks as secrets.
fn find_secrets(
    value: &Value,
    schema: &Value,
    root: &Value,
    pointer: &mut String,
    found: &mut BTreeSet<String>,
) {
    if schema.get(SECRET) == Some(&Value::Bool(true)) {
        if !value.is_null() {
            found.insert(pointer.clone());
        }
        return;
    }
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'))
        && let Some(definition) = root.pointer(name)
    {
        find_secrets(value, definition, root, pointer, found);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            find_secrets(value, part, root, pointer, found);
        }
    }
    let length = pointer.len();
    let mut inside = |name: &str, value: &Value, schema: &Value| {
        pointer.push('/');
        pointer.push_str(&escaped(name));
        find_secrets(value, schema, root, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                let named = schema.get("properties").and_then(|named| named.get(name));
                let patterns = schema.get("patternProperties").and_then(Value::as_object);
                let others = patterns.into_iter().flat_map(|patterns| patterns.values());
                let others = others.chain(schema.get("additionalProperties"));
                match named {
                    Some(schema) => inside(name, value, schema),
                    None => others.for_each(|schema| inside(name, value, schema)),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let prefix = schema.get("prefixItems").and_then(|items| items.get(index));
                if let Some(schema) = prefix.or_else(|| schema.get("items")) {
                    inside(&index.to_string(), item, schema);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
