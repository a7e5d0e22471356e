//! The type of a value in words, and the values that have names.

use serde::Serialize;
use serde_json::Value as Json;

use super::lookup::{each, gathered, is_null, is_set, members, resolved};

/// The kind of a value of which a schema says nothing.
pub(crate) const ANY: &str = "any";

/// The words after which a block of a doc comment is one of Rust, beside none at all.
const RUST: [&str; 5] = ["rust", "no_run", "ignore", "should_panic", "compile_fail"];

/// The keywords of a choice.
const CHOICES: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// The greatest limit of a number that is worth a word.
const MAX_BOUND: f64 = 1e30;

/// A value that a type names, such as a variant of an enum.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Word {
    pub(crate) value: Json,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) docs: String,
}

impl Word {
    /// Returns the value as people write it.
    pub(crate) fn text(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }

    /// Returns the words for a type that has no other values.
    pub(super) fn all(words: &[Self]) -> String {
        let texts: Vec<_> = words.iter().map(|word| format!("`{}`", word.text())).collect();
        match texts.as_slice() {
            [one] => one.clone(),
            _ => format!("one of {}", texts.join(", ")),
        }
    }
}

/// Returns the values that a type names; of a list or map, those of its entries.
pub(super) fn words(root: &Json, schema: &Json) -> Vec<Word> {
    let own = named(root, schema);
    match each(root, schema) {
        Some(each) if own.is_empty() => named(root, each),
        _ => own,
    }
}

fn named(root: &Json, schema: &Json) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for part in gathered(root, [schema], &CHOICES, |_| true) {
        let own = part.get("const").map(|value| (value, described(part)));
        let listed = members(part, "enum").map(|value| (value, ""));
        for (value, docs) in own.into_iter().chain(listed) {
            if !value.is_null() && !words.iter().any(|word| word.value == *value) {
                words.push(Word { value: value.clone(), docs: for_people(docs) });
            }
        }
    }
    words
}

/// Returns what a schema says in words.
pub(super) fn described(schema: &Json) -> &str {
    schema.get("description").and_then(Json::as_str).unwrap_or_default()
}

/// Returns a doc comment as people read it outside of rustdoc: without links to code, which lead nowhere there
/// (`[text](crate::Item)`), and without the hidden lines of code.
pub(super) fn for_people(docs: &str) -> String {
    let is_code = |fence: &str| fence.is_empty() || RUST.iter().any(|word| fence.starts_with(word));
    // `Some` inside of a block: true if it is one of Rust.
    let mut block = None;
    let mut kept = Vec::new();
    for line in docs.split('\n') {
        let text = line.trim_start();
        if let Some(fence) = text.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(is_code(fence.trim())) };
        }
        if block != Some(true) || !(text == "#" || text.starts_with("# ")) {
            kept.push(line);
        }
    }
    without_paths(&kept.join("\n"))
}

/// Returns a text without links to code.
fn without_paths(docs: &str) -> String {
    let mut rest = docs;
    let mut kept = String::new();
    while let Some(middle) = rest.find("](") {
        let (before, after) = rest.split_at(middle);
        let target = after[2..].split(')').next().unwrap_or_default();
        let is_path = target.contains("::") && !target.contains('/');
        match before.rfind('[').filter(|_| is_path) {
            Some(start) => {
                kept.extend([&before[..start], &before[start + 1..]]);
                rest = after.get(target.len() + 3..).unwrap_or_default();
            }
            None => {
                kept.extend([before, "]("]);
                rest = &after[2..];
            }
        }
    }
    kept + rest
}

/// Returns the type of a value in plain words, with its choices, range or pattern.
pub(super) fn kind(root: &Json, schema: &Json) -> String {
    kind_within(root, schema, 4)
}

fn kind_within(root: &Json, schema: &Json, depth: usize) -> String {
    let schema = resolved(root, schema);
    let Some(depth) = depth.checked_sub(1) else { return ANY.to_owned() };
    if let Some(constant) = schema.get("const") {
        return Word::all(&[Word { value: constant.clone(), docs: String::new() }]);
    }
    if schema.get("enum").is_some() {
        return Word::all(&named(root, schema));
    }
    let choices = ["oneOf", "anyOf"].into_iter().flat_map(|keyword| members(schema, keyword));
    let mut choices: Vec<_> =
        choices.map(|one| resolved(root, one)).filter(|one| !is_null(one)).collect();
    if is_duration(root, schema) {
        choices.truncate(1);
    }
    let is_word = |one: &&Json| one.get("const").is_some() || one.get("enum").is_some();
    if !choices.is_empty() {
        let (words, others): (Vec<_>, Vec<_>) = choices.into_iter().partition(is_word);
        let words: Vec<_> = words.into_iter().flat_map(|one| named(root, one)).collect();
        let words = (!words.is_empty()).then(|| Word::all(&words));
        let others = others.into_iter().map(|one| kind_within(root, one, depth));
        let mut kinds: Vec<String> = Vec::new();
        for kind in words.into_iter().chain(others) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        return kinds.join(" or ");
    }
    let each = each(root, schema).filter(|each| each.is_object());
    let each = each.map(|each| kind_within(root, each, depth)).filter(|each| each != ANY);
    let word = |kind: &str| match (kind, &each) {
        ("array", Some(each)) if each.starts_with("one of ") => format!("list, each {each}"),
        ("array", Some(each)) if is_set(schema) => format!("set of {}", plural(each)),
        ("array", Some(each)) => format!("list of {}", plural(each)),
        ("array", None) => tuple(root, schema, depth),
        ("object", Some(each)) => format!("map of {}", plural(each)),
        ("object", None) => "map".to_owned(),
        (kind, _) => kind.to_owned(),
    };
    let kinds: Vec<_> = match schema.get("type") {
        Some(Json::String(kind)) => vec![word(kind)],
        Some(Json::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Json::as_str).filter(|kind| *kind != "null");
            kinds.map(word).collect()
        }
        _ if schema.get("properties").is_some() => vec![word("object")],
        _ => vec![ANY.to_owned()],
    };
    let is_tuple = schema.get("prefixItems").is_some();
    kinds.join(" or ") + &if is_tuple { String::new() } else { limits(schema) }
}

/// Returns true if a schema is that of the duration of `std`, which may be a text or two numbers.
pub(super) fn is_duration(root: &Json, schema: &Json) -> bool {
    gathered(root, [schema], &["anyOf"], |_| true).into_iter().any(|part| {
        let properties = part.get("properties").and_then(Json::as_object);
        properties.is_some_and(|all| all.keys().eq(["nanos", "secs"]))
    })
}

/// Returns the words for a list whose items have types of their own.
fn tuple(root: &Json, schema: &Json, depth: usize) -> String {
    let kinds: Vec<_> =
        members(schema, "prefixItems").map(|one| kind_within(root, one, depth)).collect();
    match kinds.len() {
        0 => "list".to_owned(),
        count => format!("list of {count}: {}", kinds.join("; ")),
    }
}

/// Returns the range and the pattern of a value, after a comma.
fn limits(schema: &Json) -> String {
    // Nobody comes near to the limits of `f32`.
    let is_told = |value: &&Json| value.as_f64().is_some_and(|bound| bound.abs() < MAX_BOUND);
    let bound = |keyword: &str| schema.get(keyword).filter(is_told).map(Json::to_string);
    let least = bound("minimum").map(|least| (least, "or more"));
    let most = bound("maximum");
    let mut limits = match (least, most) {
        (Some((least, _)), Some(most)) => format!(", {least} to {most}"),
        (Some((least, or_more)), None) => format!(", {least} {or_more}"),
        (None, Some(most)) => format!(", {most} at most"),
        (None, None) => String::new(),
    };
    for (keyword, words) in [("exclusiveMinimum", "more than"), ("exclusiveMaximum", "less than")] {
        limits.extend(bound(keyword).map(|bound| format!(", {words} {bound}")));
    }
    for (keyword, thing) in [("Length", "characters"), ("Items", "items")] {
        let [least, most] = ["min", "max"].map(|end| bound(&format!("{end}{keyword}")));
        limits.push_str(&match (least, most) {
            (Some(least), Some(most)) if least == most => format!(", {least} {thing}"),
            (Some(least), Some(most)) => format!(", {least} to {most} {thing}"),
            (Some(least), None) => format!(", {least} or more {thing}"),
            (None, Some(most)) => format!(", up to {most} {thing}"),
            (None, None) => String::new(),
        });
    }
    let examples = members(schema, "examples").filter_map(Json::as_str).take(2);
    let examples: Vec<_> = examples.map(|example| format!("`{example}`")).collect();
    match schema.get("pattern").and_then(Json::as_str) {
        // An example says the same to people.
        _ if !examples.is_empty() => {
            limits.push_str(&format!(", such as {}", examples.join(" or ")))
        }
        Some(pattern) => limits.push_str(&format!(", matching `{pattern}`")),
        None => {}
    }
    limits
}

/// Returns the words for several values in place of those for one.
fn plural(kind: &str) -> String {
    let (noun, rest) = match kind.find([' ', ',']) {
        Some(end) => kind.split_at(end),
        None => (kind, ""),
    };
    match noun {
        "integer" | "number" | "string" | "boolean" | "map" | "list" | "set" => {
            format!("{noun}s{rest}")
        }
        _ => kind.to_owned(),
    }
}
