//! The check of documents before they are published: against the schema of each build that is alive in the fleet, or of
//! the one that came last.
//!
//! Each document is looked at alone, as an editor does with the same schemas: what one of them leaves out, another one
//! or the node's own file may say, so nothing is required. Laid over each other they would say less: a wrong value that
//! another document replaces would not be seen; and where one chooses another variant of an enum than the one below,
//! which the loader takes, the two would stand side by side.

mod secrets;

use std::{collections::BTreeSet, slice};

use dlc_reload::{
    Problem,
    cli::shared::screen::Tone,
    fleet::{Build, Document, Placed},
};
use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

use self::secrets::secrets;

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The problems, in the order of the documents and builds.
    pub(super) problems: Vec<Problem>,
    /// The nodes whose schema the store does not have, or the build without nodes whose schema is none.
    pub(super) unknown: Vec<String>,
}

impl Checked {
    /// Returns what was not checked, or against what else than the nodes in sight.
    pub(super) fn gap(&self, builds: &[Build]) -> Option<(Tone, String)> {
        if builds.is_empty() {
            let text = "! not checked, since no node has told the store yet what it takes: look that these files hold no secret, \
                        which would stay there; the first node judges the rest";
            return Some((Tone::Waiting, text.to_owned()));
        }
        if !self.unknown.is_empty() {
            let names = self.unknown.join(", ");
            return Some((
                Tone::Waiting,
                format!("! not checked for {names}: the store does not have what they take"),
            ));
        }
        let is_ahead = builds.iter().all(|build| build.nodes.is_empty());
        let text = "· no node is in sight: checked against the build that came last";
        is_ahead.then(|| (Tone::Quiet, text.to_owned()))
    }
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
            let nodes = build.nodes.iter().cloned();
            let last = build.nodes.is_empty().then(|| "the build that came last".to_owned());
            checked.unknown.extend(nodes.chain(last));
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
    let secrets = secrets(&document.value, schema);
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
        if !is_secret && !may_fit(&error) {
            found.extend(said(document, schema, &error));
        }
    }
    found
}

/// Returns true if a value may fit once the node has put what only it knows in the place of `${NAME}`: the value is
/// such a text, or there is a form that it would have, were it not for such texts in it.
fn may_fit(error: &ValidationError<'_>) -> bool {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().any(|form| form.iter().all(may_fit))
        }
        // A key of which there is to be none, whatever its value is.
        ValidationErrorKind::FalseSchema => false,
        _ => error.instance().as_str().is_some_and(|text| text.contains("${")),
    }
}

fn said(document: &Placed, schema: &Value, error: &ValidationError<'_>) -> Vec<Problem> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = around(error, schema).and_then(|it| it.get("properties")?.as_object());
            let unknown = |name: &String| {
                let names = known.into_iter().flat_map(|known| known.keys().map(String::as_str));
                document.unknown_key(&format!("{pointer}/{}", escaped(name)), names)
            };
            unexpected.iter().map(unknown).collect()
        }
        ValidationErrorKind::FalseSchema => {
            vec![document.about_key(pointer, "unknown key, remove it")]
        }
        ValidationErrorKind::Enum { .. } => {
            let other = || document.about(pointer, error.to_string());
            vec![misnamed(document, schema, error).unwrap_or_else(other)]
        }
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => {
            let other = "fits none of the forms that the value may have";
            let other = || document.about(pointer, other);
            vec![misnamed(document, schema, error).unwrap_or_else(other)]
        }
        ValidationErrorKind::Type { .. } => {
            let message = around(error, schema).and_then(|it| mistyped(it, error.instance()));
            vec![document.about(pointer, message.unwrap_or_else(|| error.to_string()))]
        }
        _ => vec![document.about(pointer, error.to_string())],
    }
}

/// Returns what a node says of a value of another type than a schema has.
fn mistyped(schema: &Value, found: &Value) -> Option<String> {
    let one = schema.get("type")?;
    let types = one.as_array().map_or(slice::from_ref(one), Vec::as_slice);
    // Nothing at all may stand in the place of most values, and a string may be written without quotes.
    let is_text = types.iter().any(|name| name == "string");
    let other =
        |name: &&str| *name == "null" || is_text && ["number", "integer", "boolean"].contains(name);
    let wanted = types.iter().filter_map(Value::as_str).filter(|name| !other(name));
    let limits = ["minimum", "maximum"]
        .map(|name| schema.get(name).filter(|limit| limit.is_i64() || limit.is_u64()));
    let wanted = wanted.map(|name| match (name, limits) {
        ("integer", [Some(least), Some(most)]) => format!("an integer from {least} to {most}"),
        ("integer", _) => "an integer".to_owned(),
        ("array", _) => "a list".to_owned(),
        ("object", _) => "a map".to_owned(),
        (name, _) => format!("a {name}"),
    });
    let found = match found {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) => format!("boolean `{found}`"),
        Value::Number(number) if number.is_f64() => format!("float `{found}`"),
        Value::Number(_) => format!("integer `{found}`"),
        Value::String(_) => format!("string {found}"),
        Value::Array(_) => "list".to_owned(),
        Value::Object(_) => "map".to_owned(),
    };
    let wanted = wanted.collect::<Vec<_>>().join(" or ");
    Some(format!("invalid type: {found}, expected {wanted}"))
}

/// Returns the part of a schema in which the rule stands that a value breaks.
fn around<'s>(error: &ValidationError<'_>, schema: &'s Value) -> Option<&'s Value> {
    let (around, _) = error.schema_path().as_str().rsplit_once('/')?;
    schema.pointer(around)
}

/// Returns the problem of a value that names a variant which there is not: as a text, or as the only key of a map.
fn misnamed(document: &Placed, schema: &Value, error: &ValidationError<'_>) -> Option<Problem> {
    let names = variants(around(error, schema)?)?;
    let pointer = error.instance_path().as_str();
    let entries = error.instance().as_object().filter(|entries| entries.len() == 1);
    let named = entries.and_then(|entries| entries.keys().next());
    let found = named.map(String::as_str).or_else(|| error.instance().as_str())?;
    // Something with a single form is no enum that people know as one.
    if names.len() < 2 || names.contains(&found) {
        return None;
    }
    let message = Placed::unknown_variant(found, &names);
    Some(match named {
        Some(name) => document.about_key(&format!("{pointer}/{}", escaped(name)), message),
        None => document.about(pointer, message),
    })
}

/// Returns the names of the variants of an enum, if a schema is that of one. Nothing at all may stand in the place of
/// most values.
fn variants(schema: &Value) -> Option<Vec<&str>> {
    if schema.get("type").is_some_and(|it| it == "null") {
        return Some(Vec::new());
    }
    if let Some(name) = schema.get("const") {
        return Some(vec![name.as_str()?]);
    }
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return names.iter().filter(|name| !name.is_null()).map(Value::as_str).collect();
    }
    let parts = ["oneOf", "anyOf"].iter().find_map(|keyword| schema.get(*keyword)?.as_array());
    if let Some(parts) = parts {
        let parts: Option<Vec<_>> = parts.iter().map(variants).collect();
        return parts.map(|parts| parts.concat());
    }
    // One with content is a map with its name as the only key.
    let properties = schema.get("properties")?.as_object()?;
    let mut names = properties.keys().map(String::as_str);
    names.next().filter(|_| properties.len() == 1).map(|name| vec![name])
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
