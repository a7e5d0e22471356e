//! The comparison of one form with another, without what lies inside of it.

use serde_json::Value as Json;

use super::{
    change::{SchemaChange, SchemaChangeKind},
    form::{Form, Kind, definition},
    range::{Fractions, Integers, is_of_numbers},
    words::{self, lengths},
};

/// The changes at a place, and the places inside of it that are to be compared.
#[derive(Debug, Default)]
pub(super) struct Step<'s> {
    pub(super) found: Vec<SchemaChange>,
    pub(super) below: Vec<Below<'s>>,
}

/// A place inside of another one, with the schemas that a value there follows.
#[derive(Debug)]
pub(super) struct Below<'s> {
    pub(super) key: String,
    pub(super) old: Vec<&'s Json>,
    pub(super) new: Vec<&'s Json>,
    /// True if the place is that of a key which the new version does not require.
    pub(super) may_be_left_out: bool,
}

impl<'s> Below<'s> {
    pub(super) fn new(key: String, old: Vec<&'s Json>, new: Vec<&'s Json>) -> Self {
        Self { key, old, new, may_be_left_out: false }
    }
}

/// The two forms of one kind that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a, 's> {
    pub(super) key: &'a str,
    pub(super) old: &'a Form<'s>,
    pub(super) new: &'a Form<'s>,
}

impl Pair<'_, '_> {
    /// Returns the change that values are refused which were right.
    pub(super) fn narrowed(&self, message: impl Into<String>) -> SchemaChange {
        let said = |form: &Form<'_>| Some(words::values(std::slice::from_ref(form)));
        SchemaChange::new(self.key, SchemaChangeKind::Narrowed, message)
            .with_values(said(self.old), said(self.new))
    }

    /// Returns the changes of what a value of a kind may be itself.
    pub(super) fn local(&self, kind: Kind) -> Vec<SchemaChange> {
        let (old, new) = (self.old, self.new);
        let is_any_bool =
            |words: &Vec<&Json>| [true, false].iter().all(|it| words.contains(&&Json::Bool(*it)));
        let is_within = match (kind, &new.words) {
            (Kind::Null, _) => true,
            (Kind::Bool, words) => words.as_ref().is_none_or(is_any_bool),
            (_, Some(_)) => false,
            (Kind::Integer, None) => {
                Integers::of(old).are_in(Integers::of(new)) && self.are_multiples()
            }
            (Kind::Fraction, None) => {
                Fractions::of(old).are_in(Fractions::of(new)) && self.are_multiples()
            }
            (Kind::Text, None) => self.have_length("minLength", "maxLength"),
            (Kind::List, None) => self.have_length("minItems", "maxItems"),
            (Kind::Map, None) => true,
        };
        let mut found = Vec::new();
        if !is_within {
            found.push(self.narrowed("takes fewer values"));
        }
        match kind {
            Kind::Text => found
                .extend(["pattern", "format"].into_iter().filter_map(|keyword| self.word(keyword))),
            Kind::Integer | Kind::Fraction => found.extend(self.word("format")),
            Kind::Null | Kind::Bool | Kind::List | Kind::Map => {}
        }
        found
    }

    fn are_multiples(&self) -> bool {
        self.new
            .keyword("multipleOf")
            .all(|step| self.old.keyword("multipleOf").any(|own| own == step))
    }

    /// Returns true if a list or text of the old form has a length that the new one allows.
    pub(super) fn have_length(&self, least: &str, greatest: &str) -> bool {
        let (old, new) = (lengths(self.old, least, greatest), lengths(self.new, least, greatest));
        old.0 >= new.0 && new.1.is_none_or(|new| old.1.is_some_and(|old| old <= new))
    }

    /// Returns the change that the new form says a word with a keyword which the old one does not say.
    fn word(&self, keyword: &str) -> Option<SchemaChange> {
        let is_old =
            |word: &&Json| self.old.keyword(keyword).any(|own| own == *word || is_part(own, word));
        let word = self.new.keyword(keyword).find(|word| !is_old(word) && !is_of_numbers(word))?;
        let before = self.old.keyword(keyword).next().map(|word| format!("`{}`", plain(word)));
        let kind =
            if before.is_some() { SchemaChangeKind::Undecided } else { SchemaChangeKind::Narrowed };
        let message = match before {
            Some(_) => format!("cannot tell if a value of before follows the {keyword}"),
            None => format!("has to follow a {keyword}"),
        };
        Some(
            SchemaChange::new(self.key, kind, message)
                .with_values(before, Some(format!("`{}`", plain(word)))),
        )
    }

    /// Returns the change that the new form has keywords which are not compared, and the old one does not have the
    /// same.
    pub(super) fn undecided(&self, old: &Json, new: &Json) -> Option<SchemaChange> {
        let is_old = |(keyword, value): (&str, &Json)| {
            self.old.others().any(|(known, own)| {
                keyword == known && is_same((old, own), (new, value), &mut Vec::new())
            })
        };
        let unknown: Vec<_> = self
            .new
            .others()
            .filter(|other| !is_old(*other))
            .map(|(keyword, _)| format!("`{keyword}`"))
            .collect();
        let message = || {
            format!(
                "cannot tell if what the schema says with {} refuses a value of before",
                unknown.join(", ")
            )
        };
        (!unknown.is_empty())
            .then(|| SchemaChange::new(self.key, SchemaChangeKind::Undecided, message()))
    }
}

/// Returns true if every text of a format is one of another format.
fn is_part(format: &Json, other: &Json) -> bool {
    other == "ip" && (format == "ipv4" || format == "ipv6")
}

/// Returns a word of a schema without quotes.
fn plain(word: &Json) -> String {
    word.as_str().map_or_else(|| word.to_string(), str::to_owned)
}

/// Returns true if two values are equal, with all that they refer to in their schemas.
fn is_same<'s>(
    old: (&'s Json, &'s Json),
    new: (&'s Json, &'s Json),
    open: &mut Vec<&'s str>,
) -> bool {
    match (old.1, new.1) {
        (Json::Object(one), Json::Object(other)) => {
            if one.len() != other.len() {
                return false;
            }
            if let (Some(reference), Some(same)) =
                (one.get("$ref").and_then(Json::as_str), other.get("$ref"))
                && same == reference
                && !open.contains(&reference)
            {
                open.push(reference);
                let both = (definition(old.0, reference), definition(new.0, reference));
                let (Some(one), Some(other)) = both else { return false };
                if !is_same((old.0, one), (new.0, other), open) {
                    return false;
                }
            }
            let mut all = one.iter().map(|(keyword, value)| (value, other.get(keyword)));
            all.all(|(one, other)| {
                other.is_some_and(|other| is_same((old.0, one), (new.0, other), open))
            })
        }
        (Json::Array(one), Json::Array(other)) => {
            let mut both = one.iter().zip(other);
            one.len() == other.len()
                && both.all(|(one, other)| is_same((old.0, one), (new.0, other), open))
        }
        (one, other) => one == other,
    }
}

/// Returns true if a form is sure to allow a value that a schema lists.
pub(super) fn allows(form: &Form<'_>, word: &Json) -> bool {
    let kind = Kind::of(word);
    if !form.kinds.contains(&kind) || form.others().next().is_some() {
        return false;
    }
    if let Some(words) = &form.words {
        return words.contains(&word);
    }
    let is_multiple = || form.keyword("multipleOf").next().is_none();
    match word {
        Json::Null | Json::Bool(_) => true,
        Json::Number(number) if kind == Kind::Integer => {
            Integers::of(form).hold(number) && is_multiple()
        }
        Json::Number(number) => {
            number.as_f64().is_some_and(|number| Fractions::of(form).hold(number)) && is_multiple()
        }
        Json::String(text) => {
            let (least, greatest) = lengths(form, "minLength", "maxLength");
            let length = text.chars().count() as u64;
            let is_plain = ["pattern", "format"]
                .into_iter()
                .all(|keyword| form.keyword(keyword).next().is_none());
            is_plain && length >= least && greatest.is_none_or(|greatest| length <= greatest)
        }
        Json::Array(_) | Json::Object(_) => false,
    }
}
