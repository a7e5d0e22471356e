//! The entries of a template, from the outline.

use serde_json::Value as Json;

use super::{
    comment::Comment,
    entry::{Content, Entry},
    prose::{State, about, about_the_rest, header},
};
use crate::schema::outline::{Field, Form, Outline};

/// The name of an entry that stands for any.
const ANY: &str = "example";

/// Returns the entries of the template, after a comment on the whole.
pub(super) fn entries(outline: &Outline) -> Vec<Entry> {
    std::iter::once(comments_alone(header(outline))).chain(below(&outline.fields, None)).collect()
}

/// Returns the entries for fields. In the value of what is around them stand theirs; without it, each has its default.
fn below(fields: &[Field], around: Option<&Json>) -> Vec<Entry> {
    let variants = first_variants(fields);
    let mut entries = Vec::new();
    for field in fields.iter().filter(|field| !field.is_entry()) {
        if field.form == Form::Rest {
            entries.push(comments_alone(about_the_rest(field)));
            entries.extend(below(&field.fields, around));
            continue;
        }
        let value = match around {
            Some(around) => around.get(&field.serialized).filter(|value| !value.is_null()),
            None => field.default.as_ref(),
        };
        let is_chosen = || match around {
            None => field.only.iter().any(|variant| variants.contains(&variant.as_str())),
            Some(_) => value.is_some(),
        };
        if field.only.is_empty() || is_chosen() {
            entries.push(entry(field, value, around.is_none()));
        } else {
            entries.push(comments_alone(about(field, State::OfVariant)));
        }
    }
    entries
}

/// Returns the variants that are written of enums without a value: of each, the first one.
fn first_variants(fields: &[Field]) -> Vec<&str> {
    let tag = |variant: &str| variant.split_once(": ").map(|(tag, _)| tag.to_owned());
    let mut first: Vec<&str> = Vec::new();
    for variant in fields.iter().flat_map(|field| &field.only) {
        // Only tags tell one enum from another.
        let is_new = tag(variant).is_some() || first.is_empty();
        if is_new && !first.iter().any(|known| tag(known) == tag(variant)) {
            first.push(variant);
        }
    }
    first
}

/// Returns the entries of a file with comments. One without any key is refused, because it may have been cut off; so
/// where all keys are comments, one stands there that is none of the configuration.
pub(super) fn commented(outline: &Outline) -> Vec<Entry> {
    let mut entries = entries(outline);
    if Content::is_bare(&entries) {
        entries.push(aside());
    }
    entries
}

fn aside() -> Entry {
    let comments = vec![Comment::Docs(
        "No key of the configuration: this one says that the file is meant to set none.".to_owned(),
    )];
    let content = Content::Value(true.into());
    Entry { name: "x-template".to_owned(), comments, is_off: false, is_needed: true, content }
}

fn comments_alone(comments: Vec<Comment>) -> Entry {
    let content = Content::Nothing;
    Entry { name: String::new(), comments, is_off: false, is_needed: false, content }
}

/// Returns the entry of a field; `is_free` unless it stands in a value that is written as it is.
fn entry(field: &Field, value: Option<&Json>, is_free: bool) -> Entry {
    let known = value.filter(|value| !field.secret && is_whole(field, value));
    let state = match known {
        Some(_) if field.deprecated.is_some() && !field.required => State::Off,
        Some(value) if is_empty(value) && has_entry(field) => State::Off,
        Some(_) => State::On,
        None if field.required && is_free => State::Required,
        None => State::Off,
    };
    let shown = known.filter(|value| !(is_empty(value) && has_entry(field)));
    Entry {
        name: field.name.clone(),
        comments: about(field, state),
        is_off: state == State::Off,
        is_needed: field.required,
        content: content(field, shown, is_free),
    }
}

/// Returns the content for a value; without one, that for an example.
fn content(field: &Field, value: Option<&Json>, is_free: bool) -> Content {
    let entry = field.fields.iter().find(|field| field.is_entry());
    let value = value.map(|value| field.written(value));
    match (value.as_deref(), entry) {
        (Some(Json::Object(all)), Some(entry)) if entry.form == Form::Entry => {
            Content::Map(all.iter().map(|(name, value)| any(name, entry, Some(value))).collect())
        }
        (Some(Json::Array(all)), Some(entry)) if entry.form == Form::Item => {
            Content::List(all.iter().map(|value| any("", entry, Some(value))).collect())
        }
        // Each of its fields has its default from that of the section.
        (Some(Json::Object(_)), None) if field.is_section() && is_free => {
            Content::Map(below(&field.fields, None))
        }
        (Some(Json::Object(_)), None) if !field.fields.is_empty() => {
            Content::Map(below(&field.fields, value.as_deref()))
        }
        (Some(value), _) => Content::Value(value.clone()),
        (None, Some(entry)) if entry.form == Form::Entry => {
            Content::Map(vec![any(ANY, entry, None)])
        }
        (None, Some(entry)) => Content::List(vec![any("", entry, None)]),
        (None, None) if field.fields.is_empty() && !field.is_section() => {
            Content::Value(field.example.clone())
        }
        // The example of an enum is one of its variants, which may have no fields.
        (None, None) if field.fields.iter().any(|field| !field.only.is_empty()) => {
            content(field, Some(&field.example), false)
        }
        (None, None) => Content::Map(below(&field.fields, None)),
    }
}

/// Returns the content of one entry of a map or list.
fn any(name: &str, entry: &Field, value: Option<&Json>) -> Entry {
    Entry {
        name: name.to_owned(),
        comments: Vec::new(),
        is_off: false,
        is_needed: true,
        content: content(entry, value, value.is_none()),
    }
}

fn has_entry(field: &Field) -> bool {
    field.fields.iter().any(Field::is_entry)
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Object(all) => all.is_empty(),
        Json::Array(all) => all.is_empty(),
        _ => false,
    }
}

/// Returns true if all of a default can be written: secrets are left out of it, and what need not be there is no loss.
fn is_whole(field: &Field, value: &Json) -> bool {
    let entry = field.fields.iter().find(|field| field.is_entry());
    if field.form == Form::Leaf && field.holds_secret && !has_entry(field) && !is_empty(value) {
        return false;
    }
    match (value, entry) {
        (Json::Object(all), Some(entry)) if entry.form == Form::Entry => {
            all.values().all(|value| is_whole(entry, value))
        }
        (Json::Array(all), Some(entry)) => all.iter().all(|value| is_whole(entry, value)),
        (Json::Object(all), None) => {
            let fields = field.fields.iter().filter(|field| field.only.is_empty());
            fields.filter(|field| field.form != Form::Rest).all(|field| {
                let value = all.get(&field.serialized).filter(|value| !value.is_null());
                value.map_or(!field.required, |value| field.secret || is_whole(field, value))
            })
        }
        _ => true,
    }
}
