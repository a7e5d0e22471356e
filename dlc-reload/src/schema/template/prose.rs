//! The words of a template about a field.

use serde_json::Value as Json;

use super::comment::Comment;
use crate::{
    schema::{
        outline::{Field, Outline},
        words::ANY,
    },
    section::Class,
};

/// The length of a default that is worth a place beside the value itself.
const MAX_DEFAULT: usize = 60;

/// The reason for which a key stands in the template as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has its default.
    On,
    /// It has to be set.
    Required,
    /// It may be set, and is a comment.
    Off,
    /// It stands only in another variant of an enum, and is not written at all.
    OfVariant,
}

/// Returns the comment on the whole file.
pub(super) fn header(outline: &Outline) -> Vec<Comment> {
    let mut comments = Vec::new();
    if !outline.docs.is_empty() {
        comments.push(Comment::Docs(outline.docs.clone()));
    }
    comments.push(Comment::Docs(
        "Every key stands here with its default. Where it says REQUIRED there is none, and a value has to be chosen. A line in which a name follows directly after `#` is optional: to set it, take one `#` away from it and from the lines that belong to it."
            .to_owned(),
    ));
    comments
}

/// Returns the comment on a flattened map.
pub(super) fn about_the_rest(field: &Field) -> Vec<Comment> {
    let class = field.class.map_or("", in_words);
    let text = ["Any other key may stand here.", class].join(" ");
    let docs = Some(field.docs.clone()).filter(|docs| !docs.is_empty());
    docs.into_iter().chain([text.trim().to_owned()]).map(Comment::Docs).collect()
}

/// Returns the comment on a key.
pub(super) fn about(field: &Field, state: State) -> Vec<Comment> {
    let mut comments = Vec::new();
    if state == State::OfVariant {
        let variants = field.only.join("` or `");
        comments.push(Comment::Docs(format!("With `{variants}`: `{}`", field.name)));
    }
    if !field.docs.is_empty() {
        comments.push(Comment::Docs(field.docs.clone()));
    }
    let explained = field.words.iter().filter(|word| !word.docs.is_empty());
    let explained: Vec<_> = explained
        .map(|word| Comment::Item(format!("{}: {}", word.text(), word.docs.trim())))
        .collect();
    let is_explained = !explained.is_empty() && explained.len() == field.words.len();
    if is_explained {
        comments.push(Comment::Docs("One of:".to_owned()));
        comments.extend(explained);
    }
    let facts = facts(field, state, is_explained);
    if !facts.is_empty() {
        comments.push(Comment::Facts(facts));
    }
    comments
}

/// Returns what is to be said of a key, a sentence each.
fn facts(field: &Field, state: State, is_explained: bool) -> Vec<String> {
    let mut facts = Vec::new();
    let is_struct = field.fields.iter().any(|field| !field.is_entry());
    if state == State::Required && !is_struct {
        facts.push("REQUIRED.".to_owned());
    }
    if field.is_section() {
        facts.extend(field.class.map(|class| {
            match class {
                Class::Hot => "Optional: may appear and vanish live.",
                Class::Restart => "Optional: appears and vanishes at the next start.",
            }
            .to_owned()
        }));
    } else {
        if !is_explained && !is_struct && field.kind != ANY {
            facts.push(sentence(&field.kind));
        }
        match field.default.as_ref().map(|default| field.written(default)).as_deref() {
            Some(default) if !default.is_object() && shown(default).len() <= MAX_DEFAULT => {
                facts.push(format!("Default: {}.", shown(default)))
            }
            Some(_) | None if state == State::Off && !field.secret => {
                facts.push("Optional.".to_owned());
            }
            _ => {}
        }
        facts.extend(field.class.map(|class| in_words(class).to_owned()));
    }
    match (field.secret, field.holds_secret && field.fields.is_empty()) {
        (true, _) => facts.push("Secret.".to_owned()),
        (false, true) => facts.push("Holds secrets.".to_owned()),
        (false, false) => {}
    }
    facts.extend(field.deprecated.map(|note| match note {
        "" => "Deprecated.".to_owned(),
        note => sentence(&format!("deprecated: {note}")),
    }));
    // Without a stop, so that it can be copied.
    facts.extend(field.variable.as_ref().filter(|_| !field.is_section()).map(|name| {
        match field.secret {
            true => format!("Variable: {name} (or {name}_FILE, for a file with it)"),
            false => format!("Variable: {name}"),
        }
    }));
    facts
}

const fn in_words(class: Class) -> &'static str {
    match class {
        Class::Hot => "Changes live.",
        Class::Restart => "Takes effect at the next start.",
    }
}

/// Returns words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) if !text.is_empty() && !text.contains(char::is_control) => text.clone(),
        other => other.to_string(),
    }
}
