//! The forms of a value in words.

use serde_json::Value as Json;

use super::{
    form::{Form, Further, Kind},
    range::{Fractions, Integers},
};
use crate::schema::lookup::SET;

/// Returns the words for a kind of values.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "`null`",
        Kind::Bool => "`true` or `false`",
        Kind::Integer => "an integer",
        Kind::Fraction => "a fraction",
        Kind::Text => "a string",
        Kind::List => "a list",
        Kind::Map => "a map",
    }
}

/// Returns the values of all forms in words; what they hold inside is not in it.
pub(super) fn values(forms: &[Form<'_>]) -> String {
    let mut all: Vec<String> = Vec::new();
    for words in forms.iter().flat_map(of_form) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    // An order that no choice decides.
    all.sort_by_key(|words| words == "null");
    all.join(" or ")
}

/// Returns the words for the kinds of values of a form.
fn of_form(form: &Form<'_>) -> Vec<String> {
    if let Some(words) = &form.words {
        return words
            .iter()
            .map(|word| if word.is_null() { "null".to_owned() } else { format!("`{word}`") })
            .collect();
    }
    if form.kinds.len() == 7 {
        return vec!["any value".to_owned()];
    }
    let is_number = form.kinds.contains(&Kind::Fraction);
    let kinds = form.kinds.iter().filter(|kind| !(is_number && **kind == Kind::Integer));
    kinds.map(|kind| of_kind(form, *kind)).collect()
}

fn of_kind(form: &Form<'_>, kind: Kind) -> String {
    match kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Integer => {
            let Integers { least, greatest } = Integers::of(form);
            format!("integer{}{}", range(least, greatest), multiple(form))
        }
        Kind::Fraction => {
            let Fractions { least, greatest } = Fractions::of(form);
            let shown = |(limit, is_out): (f64, bool)| {
                let limit =
                    if limit.abs() < 1e15 { limit.to_string() } else { format!("{limit:e}") };
                if is_out { format!("{limit} exclusively") } else { limit }
            };
            format!("number{}{}", range(least.map(shown), greatest.map(shown)), multiple(form))
        }
        Kind::Text => {
            let mut text = format!("string{}", length(form, "minLength", "maxLength", "character"));
            for (keyword, said) in [("pattern", " matching"), ("format", " of format")] {
                form.keyword(keyword)
                    .filter_map(Json::as_str)
                    .for_each(|word| text.push_str(&format!("{said} `{word}`")));
            }
            text
        }
        Kind::List => {
            let first = form.first_items();
            let unique = ["uniqueItems", SET]
                .into_iter()
                .any(|keyword| form.keyword(keyword).any(|it| *it == Json::Bool(true)));
            let length = length(form, "minItems", "maxItems", "item");
            format!(
                "{}{length}",
                if unique {
                    "set"
                } else if first > 0 {
                    "tuple"
                } else {
                    "list"
                }
            )
        }
        Kind::Map => {
            let tags = form.tags();
            let tags: Vec<_> = tags.iter().map(|(name, tag)| format!("`{name}: {tag}`")).collect();
            let noun = match form.further() {
                Further::Open(_) if form.names().is_empty() => "map",
                Further::Open(_) => "section with further keys",
                Further::Closed if !form.patterns().is_empty() => "map",
                Further::Closed | Further::Unsaid => "section",
            };
            if tags.is_empty() {
                noun.to_owned()
            } else {
                format!("{noun} with {}", tags.join(", "))
            }
        }
    }
}

fn range(least: Option<impl ToString>, greatest: Option<impl ToString>) -> String {
    match (least.map(|it| it.to_string()), greatest.map(|it| it.to_string())) {
        (Some(least), Some(greatest)) => format!(", {least} to {greatest}"),
        (Some(least), None) => format!(", {least} or more"),
        (None, Some(greatest)) => format!(", {greatest} at most"),
        (None, None) => String::new(),
    }
}

fn multiple(form: &Form<'_>) -> String {
    form.keyword("multipleOf").map(|of| format!(", a multiple of {of}")).collect()
}

fn length(form: &Form<'_>, least: &str, greatest: &str, noun: &str) -> String {
    let (least, greatest) = lengths(form, least, greatest);
    match (least, greatest) {
        (0, None) => String::new(),
        (least, Some(greatest)) if least == greatest => format!(" of {least} {noun}s"),
        (least, greatest) => format!("{} {noun}s", range(Some(least), greatest)),
    }
}

/// Returns the least and the greatest length that two keywords give.
pub(super) fn lengths(form: &Form<'_>, least: &str, greatest: &str) -> (u64, Option<u64>) {
    let numbers =
        |keyword: &str| form.keyword(keyword).filter_map(Json::as_u64).collect::<Vec<_>>();
    (numbers(least).into_iter().max().unwrap_or(0), numbers(greatest).into_iter().min())
}
