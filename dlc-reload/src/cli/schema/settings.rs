//! The settings of VS Code that give files a schema which have no mark of their own: those that are not there yet.

use std::fmt;

use jsonc_parser::{
    ParseOptions,
    cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode},
};

use super::edit::start;
use crate::source::Format;

/// The files that one pattern stands for, and their schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Association {
    pub(super) format: Format,
    /// The path below the workspace, in which the name of the file may be `*`.
    pub(super) pattern: String,
    /// The path of the schema below the workspace, which begins with `./`.
    pub(super) schema: String,
}

/// Displays as the setting that it becomes.
impl fmt::Display for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { format, pattern, schema } = self;
        match format {
            Format::Yaml => write!(f, "\"yaml.schemas\": {pattern} → {schema}"),
            Format::Toml => {
                write!(f, "\"evenBetterToml.schema.associations\": {pattern} → {schema}")
            }
            Format::Json => write!(f, "\"json.schemas\": {pattern} → {schema}"),
        }
    }
}

/// Returns the text of the settings with these associations. All else in it stays: comments, order, and what it says of
/// other files. A pattern that another schema had for the same files is taken from it.
///
/// # Errors
///
/// The settings are none, or have something else in their place.
pub(super) fn with(text: &str, associations: &[Association]) -> Result<String, String> {
    let (mark, json) = text.split_at(start(text));
    let root = CstRootNode::parse(json, &ParseOptions::default())
        .map_err(|error| format!("cannot be read, mend it first: {error}"))?;
    let whole = root.object_value_or_create().ok_or("holds no object, mend it first")?;
    for association in associations {
        let Association { format, pattern, schema } = association;
        match format {
            Format::Yaml => by_schema(&object(&whole, "yaml.schemas")?, schema, pattern),
            Format::Toml => {
                let all = object(&whole, "evenBetterToml.schema.associations")?;
                by_pattern(&all, &expression(pattern), schema);
            }
            Format::Json => in_list(&list(&whole, "json.schemas")?, schema, pattern),
        }
    }
    Ok(format!("{mark}{root}"))
}

fn object(whole: &CstObject, name: &str) -> Result<CstObject, String> {
    let found = whole.object_value_or_create(name);
    found.ok_or_else(|| format!("`{name}` is no object, mend it first"))
}

fn list(whole: &CstObject, name: &str) -> Result<CstArray, String> {
    let found = whole.array_value_or_create(name);
    found.ok_or_else(|| format!("`{name}` is no list, mend it first"))
}

/// Adds a pattern to an object whose members are schemas, each with its patterns.
fn by_schema(all: &CstObject, schema: &str, pattern: &str) {
    for other in all.properties() {
        if other.decoded_name().is_some_and(|name| name != schema) {
            forget(&other, pattern);
        }
    }
    match all.get(schema) {
        Some(member) => add(&member, pattern),
        None => _ = all.append(schema, CstInputValue::Array(vec![pattern.into()])),
    }
}

/// Gives a pattern its schema, in an object whose members are patterns.
fn by_pattern(all: &CstObject, pattern: &str, schema: &str) {
    match all.get(pattern) {
        Some(member) if member.value().as_ref().and_then(string).as_deref() == Some(schema) => {}
        Some(member) => member.set_value(schema.into()),
        None => _ = all.append(pattern, schema.into()),
    }
}

/// Adds a pattern to a list of schemas, each with its address and its patterns.
fn in_list(all: &CstArray, schema: &str, pattern: &str) {
    let mut own = None;
    for entry in all.elements() {
        let Some(entry) = entry.as_object() else { continue };
        let url = entry.get("url").and_then(|url| string(&url.value()?));
        if url.as_deref() == Some(schema) {
            own.get_or_insert(entry);
        } else if let Some(patterns) = entry.get("fileMatch") {
            forget(&patterns, pattern);
        }
    }
    match own.as_ref().map(|own| own.get("fileMatch")) {
        Some(Some(patterns)) => add(&patterns, pattern),
        Some(None) => {
            let patterns = CstInputValue::Array(vec![pattern.into()]);
            _ = own.map(|own| own.append("fileMatch", patterns));
        }
        None => {
            let members = vec![
                ("fileMatch".to_owned(), CstInputValue::Array(vec![pattern.into()])),
                ("url".to_owned(), schema.into()),
            ];
            all.append(CstInputValue::Object(members));
        }
    }
}

/// Adds a pattern to a member that is one pattern or a list of them.
fn add(member: &CstObjectProp, pattern: &str) {
    match member.value() {
        Some(value) if string(&value).as_deref() == Some(pattern) => {}
        Some(value) => match (value.as_array(), string(&value)) {
            (Some(patterns), _) => {
                let is_there = |node: &CstNode| string(node).as_deref() == Some(pattern);
                if !patterns.elements().iter().any(is_there) {
                    patterns.append(pattern.into());
                }
            }
            (None, Some(first)) => {
                member.set_value(CstInputValue::Array(vec![first.into(), pattern.into()]));
            }
            (None, None) => member.set_value(CstInputValue::Array(vec![pattern.into()])),
        },
        None => member.set_value(CstInputValue::Array(vec![pattern.into()])),
    }
}

/// Removes a pattern from a member that is one pattern or a list of them, with which another schema claims the same
/// files. A member without a pattern goes, too.
fn forget(member: &CstObjectProp, pattern: &str) {
    let is_it = |node: &CstNode| string(node).as_deref() == Some(pattern);
    let Some(value) = member.value() else { return };
    let Some(patterns) = value.as_array() else {
        if is_it(&value) {
            member.clone().remove();
        }
        return;
    };
    let elements = patterns.elements();
    let left = elements.iter().filter(|element| !is_it(element)).count();
    if left == 0 && !elements.is_empty() {
        return member.clone().remove();
    }
    elements.into_iter().filter(is_it).for_each(CstNode::remove);
}

fn string(node: &CstNode) -> Option<String> {
    node.as_string_lit()?.decoded_value().ok()
}

/// Returns the regular expression that the TOML extension compares with the address of a file.
fn expression(pattern: &str) -> String {
    let mut expression = String::from("^.*/");
    for letter in pattern.chars() {
        match letter {
            '*' => expression += "[^/]*",
            letter
                if letter.is_ascii_alphanumeric()
                    || "/-_ ".contains(letter)
                    || !letter.is_ascii() =>
            {
                expression.push(letter);
            }
            letter => expression.extend(['\\', letter]),
        }
    }
    expression + "$"
}

#[cfg(test)]
mod tests;
