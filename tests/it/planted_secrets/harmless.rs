//! The one exception: a text that stands at a harmless place is no secret, as far as a library can know.
//!
//! A secret is not looked for in a round if the damaged text, read by another parser, holds it, or one of the pieces
//! that are looked for, in a single value at a place of [`HARMLESS`], or in the name of an entry of an open map there.
//! So lists and maps where a single value belongs, unknown keys and what is below them, everything below what may hold
//! a secret without being known as harmless, and all of a text that the other parser refuses are no exceptions.

use granit_parser::{Event, Parser};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{
    config::HARMLESS,
    written::{Form, PREFIX, read_variables},
};

/// A document, of which only names and texts matter.
enum Tree {
    Map(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Text(String),
}

/// Returns every text at a harmless place.
pub(super) fn harmless(form: Form, text: &str) -> Vec<String> {
    let root = match form {
        Form::Json => serde_json::from_str::<Value>(text).ok().map(|value| json(&value)),
        Form::Toml => Some(toml_table(DeTable::parse_recoverable(text).0.get_ref())),
        Form::Yaml => yaml(text),
        Form::Variables => Some(variables(text)),
    };
    let mut found = Vec::new();
    if let Some(root) = root {
        let patterns: Vec<_> = HARMLESS.iter().map(|all| all.split('.').collect()).collect();
        walk(&root, &patterns, &mut found);
    }
    found
}

/// Adds the texts of a value at which these patterns are left.
fn walk(tree: &Tree, patterns: &[Vec<&'static str>], found: &mut Vec<String>) {
    let below = |segment: &str| -> Vec<Vec<&'static str>> {
        let below = |pattern: &Vec<&'static str>| match pattern.first() {
            Some(&"**") => Some(pattern.clone()),
            Some(first) if *first == segment || *first == "*" && segment != "[]" => {
                Some(pattern[1..].to_vec())
            }
            _ => None,
        };
        patterns.iter().filter_map(below).collect()
    };
    let starts = |start: &str| {
        patterns.iter().any(|pattern| pattern.first().is_some_and(|first| *first == start))
    };
    let is_open = starts("*") || starts("**");
    match tree {
        Tree::Map(entries) => {
            for (name, value) in entries {
                if is_open {
                    found.push(name.clone());
                }
                walk(value, &below(name), found);
            }
        }
        Tree::List(items) => items.iter().for_each(|item| walk(item, &below("[]"), found)),
        Tree::Text(text) if starts("**") || patterns.iter().any(Vec::is_empty) => {
            found.push(text.clone());
        }
        Tree::Text(_) => {}
    }
}

fn json(value: &Value) -> Tree {
    match value {
        Value::Object(map) => {
            Tree::Map(map.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Value::Array(items) => Tree::List(items.iter().map(json).collect()),
        Value::String(text) => Tree::Text(text.clone()),
        other => Tree::Text(other.to_string()),
    }
}

fn toml_table(table: &DeTable<'_>) -> Tree {
    let entry = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        (name.to_string(), toml_value(value.get_ref()))
    };
    Tree::Map(table.iter().map(entry).collect())
}

fn toml_value(value: &DeValue<'_>) -> Tree {
    match value {
        DeValue::Table(table) => toml_table(table),
        DeValue::Array(items) => {
            Tree::List(items.iter().map(|item| toml_value(item.get_ref())).collect())
        }
        DeValue::String(text) => Tree::Text(text.to_string()),
        // Nothing else holds a secret.
        _ => Tree::Text(String::new()),
    }
}

/// Reads a YAML document of one document without aliases.
fn yaml(text: &str) -> Option<Tree> {
    let mut open: Vec<(Tree, Option<String>)> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let done = match event.ok()?.0 {
            Event::Scalar(text, ..) => Tree::Text(text.to_string()),
            Event::MappingStart(..) => {
                open.push((Tree::Map(Vec::new()), None));
                continue;
            }
            Event::SequenceStart(..) => {
                open.push((Tree::List(Vec::new()), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => open.pop()?.0,
            Event::Alias(_) => Tree::Text(String::new()),
            _ => continue,
        };
        match open.last_mut() {
            Some((Tree::Map(entries), name)) => match (name.take(), done) {
                (Some(name), value) => entries.push((name, value)),
                (None, Tree::Text(text)) => *name = Some(text),
                (None, _) => return None,
            },
            Some((Tree::List(items), _)) => items.push(done),
            _ => root = Some(done),
        }
    }
    root
}

/// Reads variables. A text in brackets is a list or map, or the text that it is.
fn variables(text: &str) -> Tree {
    let variable = |(name, value): (String, String)| {
        let path = name.strip_prefix(PREFIX)?.strip_prefix('_')?.to_lowercase();
        let read = value.trim_start().starts_with(['[', '{']).then(|| yaml(&value)).flatten();
        let nest = |below, name: &str| Tree::Map(vec![(name.to_owned(), below)]);
        let both = [Some(Tree::Text(value)), read].into_iter().flatten();
        Some(both.map(move |tree| path.rsplit("__").fold(tree, nest)).collect::<Vec<_>>())
    };
    let all = read_variables(text).into_iter().filter_map(variable).flatten();
    let entries = all.filter_map(|tree| match tree {
        Tree::Map(entries) => Some(entries),
        Tree::List(_) | Tree::Text(_) => None,
    });
    Tree::Map(entries.flatten().collect())
}
