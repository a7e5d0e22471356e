//! The shape of a configuration: the fields of its sections, and the schema of what is inside of leaves.
//!
//! It also says which text of a source may be shown. There is one rule: a value is shown where the
//! schema describes it and nothing there may be a secret, a name where it is one of the schema's or plain.

use std::sync::OnceLock;

use serde_json::Value as Json;

use super::{
    alternatives::{Alternatives, secret_names},
    lookup::holds_secret,
    root::schema,
};
use crate::{
    document::{Node, Place, Retry, Value, is_unseen, similar},
    error::Problem,
    key::{Key, Segment},
    section::{Class, Found, Leaf, Reloadable, Table},
};

/// The fields of a configuration, and its schema, which is made when it is first needed.
pub(crate) struct Shape {
    table: &'static Table,
    schema: OnceLock<Json>,
    /// The names of all fields that are secrets, at any depth.
    secret_names: OnceLock<Vec<String>>,
    make: fn() -> Json,
}

/// One part of a source that has text: the name of an entry, with its place, or a scalar.
#[derive(Clone, Copy)]
pub(crate) enum Part<'n> {
    Name(&'n str, Place),
    Scalar(&'n Node),
}

/// The visibility of a part: shown in messages, or the reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// It is known to be harmless.
    Shown,
    /// It is a secret, or most likely one.
    Secret,
    /// No field and no schema describes it.
    Unknown,
}

/// The target of a key.
pub(crate) enum Target<'s> {
    /// A section, or the root.
    Section(&'static Table),
    /// A leaf or a value inside of one, with the alternatives that its schema allows.
    Inside(Alternatives<'s>),
    /// A secret or something inside of one, or most likely so.
    Secret,
    /// No field.
    Nowhere,
}

/// Words in the name of an unknown key that suggest a secret value.
const SECRET_WORDS: [&str; 7] =
    ["secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey"];

/// The greatest length of the name of an unknown key that is shown, in characters.
const LONGEST_NAME: usize = 40;

impl Shape {
    pub(crate) const fn of<C: Reloadable>() -> Self {
        let make = || schema::<C>().to_value();
        Self { table: C::TABLE, schema: OnceLock::new(), secret_names: OnceLock::new(), make }
    }

    pub(crate) const fn table(&self) -> &'static Table {
        self.table
    }

    pub(crate) fn schema(&self) -> &Json {
        self.schema.get_or_init(self.make)
    }

    /// Returns the target of a key, as sources write it.
    pub(crate) fn target(&self, segments: &[Segment]) -> Target<'_> {
        match self.table.find(segments) {
            Found::Section(table) => Target::Section(table),
            Found::Leaf(_, role, _) if role.is_secret() => Target::Secret,
            Found::Leaf(_, _, below) => {
                let (above, below) = segments.split_at(segments.len() - below.len());
                let all = Alternatives::of(self.schema());
                let leaf = classified(above.iter().fold(all, |above, segment| above.at(segment)));
                below.iter().fold(leaf, |target, segment| self.step(&target, segment))
            }
            Found::Nothing => {
                let is_known =
                    |end: &usize| !matches!(self.table.find(&segments[..*end]), Found::Nothing);
                let known = (0..segments.len()).rev().find(is_known).unwrap_or_default();
                segments[known..]
                    .iter()
                    .fold(Target::Nowhere, |target, segment| self.step(&target, segment))
            }
        }
    }

    /// Returns the target of an entry or item of a value that is no section.
    fn step<'s>(&self, above: &Target<'s>, segment: &Segment) -> Target<'s> {
        match (above, segment) {
            (Target::Secret, _) => Target::Secret,
            (Target::Inside(alternatives), Segment::Item(_)) => classified(alternatives.items()),
            (Target::Inside(alternatives), Segment::Name(name)) => {
                if let Some(property) = alternatives.property(name) {
                    return classified(property);
                }
                let values = alternatives.values();
                // No schema knows the aliases inside of a leaf, so this may be one of the secret.
                let is_alias = values.is_unknown() && alternatives.have_secret_member();
                if is_alias || self.looks_secret(name) {
                    return Target::Secret;
                }
                classified(values)
            }
            (_, Segment::Name(name)) if self.looks_secret(name) => Target::Secret,
            (Target::Section(_) | Target::Nowhere, _) => Target::Nowhere,
        }
    }

    /// Returns true if a name that no field has looks like that of a secret: its value is most likely one.
    pub(crate) fn looks_secret(&self, name: &str) -> bool {
        let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        let plain = plain.to_lowercase();
        let names = self.secret_names.get_or_init(|| {
            let leaves = self.table.leaves().into_iter();
            let fields =
                leaves.filter(|leaf| leaf.role.is_secret()).filter_map(|leaf| {
                    match leaf.key.segments().last()? {
                        Segment::Name(name) => Some(name.to_string()),
                        Segment::Item(_) => None,
                    }
                });
            fields.chain(secret_names(self.schema()).into_iter().map(str::to_owned)).collect()
        });
        SECRET_WORDS.iter().any(|word| plain.contains(word))
            || similar(name, names.iter().map(String::as_str)).is_some()
    }

    /// Returns an error, with the remedy, for each hot leaf that holds a secret or may hold one.
    ///
    /// The value would be handed to hooks and watches. The compiler refuses only the secrets that the type
    /// of the field names; the schema shows those inside of other types, and a value that it does not
    /// describe may hold one.
    pub(crate) fn hot_secrets(&self) -> Vec<Problem> {
        let hot = self.table.leaves().into_iter().filter(|leaf| leaf.role.class() == Class::Hot);
        hot.filter_map(|leaf| {
            let message = match self.allowed(&leaf) {
                None => "the schema does not describe the value, which may hold a secret: describe it there, or mark the field `#[reload(restart)]`",
                Some(allowed) if allowed.hold_secret() => "the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`",
                Some(_) => return None,
            };
            Some(Problem::error(message).with_key(leaf.key))
        })
        .collect()
    }

    /// Returns what the schema allows for a leaf; `None` where it does not describe the leaf. A flattened one
    /// takes the entries that no field of the section around it takes.
    fn allowed(&self, leaf: &Leaf) -> Option<Alternatives<'_>> {
        let there = self.alternatives(&leaf.key);
        if there.is_unknown() {
            return None;
        }
        Some(match self.table.find(leaf.key.segments()) {
            Found::Section(table) => there.entries_beside(table),
            Found::Leaf(..) | Found::Nothing => there,
        })
    }

    /// Returns true if this key names a secret, or a value inside of one.
    pub(crate) fn is_secret(&self, key: &Key) -> bool {
        matches!(self.target(key.segments()), Target::Secret)
    }

    /// Returns true if the value of this key may be shown: the schema has to describe it, and there must be no
    /// secret in what may stand there.
    pub(crate) fn is_shown(&self, key: &Key) -> bool {
        match self.target(key.segments()) {
            Target::Inside(alternatives) => !alternatives.hold_secret(),
            Target::Section(_) | Target::Secret | Target::Nowhere => false,
        }
    }

    /// Returns true if every name and scalar at and below a key may be shown.
    pub(crate) fn shows(&self, node: &Node, key: &Key) -> bool {
        let mut shows = true;
        self.parts(node, key, &mut |_, visibility| shows &= visibility == Visibility::Shown);
        shows
    }

    /// Returns the part of a key that may be shown: up to the first name that is or may hold a secret.
    pub(crate) fn shown_key(&self, key: &Key) -> Key {
        let segments = key.segments();
        let shown = segments.iter().enumerate().take_while(|(at, segment)| {
            let above = self.target(&segments[..*at]);
            match segment {
                Segment::Name(name) => self.visibility_of_name(&above, name) == Visibility::Shown,
                Segment::Item(_) => !matches!(above, Target::Secret),
            }
        });
        shown.map(|(_, segment)| segment.clone()).collect()
    }

    /// Returns the visibility of the name of an entry.
    pub(super) fn visibility_of_name(&self, above: &Target<'_>, name: &str) -> Visibility {
        let is_known = match above {
            Target::Secret => return Visibility::Secret,
            Target::Section(table) => table.field(name).is_some(),
            Target::Inside(alternatives) => {
                // Beside secrets, a name may be a piece of one that lost its space or line break.
                let is_entry = || {
                    !alternatives.values().is_unknown()
                        && !alternatives.hold_secret()
                        && !self.looks_secret(name)
                };
                alternatives.property(name).is_some() || is_entry()
            }
            Target::Nowhere => false,
        };
        if is_known || is_plain(name) { Visibility::Shown } else { Visibility::Unknown }
    }

    /// Returns what the schema allows at a key.
    pub(crate) fn alternatives(&self, key: &Key) -> Alternatives<'_> {
        let all = Alternatives::of(self.schema());
        key.segments().iter().fold(all, |above, segment| above.at(segment))
    }

    /// Teaches which scalars of the leaf at a key can only be meant as the text they are written as. A type that buffers
    /// its value asks for no text, and gets the number or list that it looks like.
    pub(crate) fn teach_texts(&self, key: &Key, leaf: &Node, retry: &Retry) {
        let mut pending = vec![(self.alternatives(key), leaf)];
        while let Some((allowed, node)) = pending.pop() {
            match &node.value {
                Value::Map(map) => {
                    let allowed = allowed.of_variant(map);
                    if allowed.want_integer_names() {
                        retry.learn_integer_names(node);
                    }
                    pending
                        .extend(map.iter().map(|(name, entry)| (allowed.entry(name), &entry.node)));
                }
                Value::List(items) => {
                    let items = items.iter().enumerate();
                    pending.extend(items.map(|(at, item)| (allowed.item(at), item)));
                }
                Value::Untyped(text) if text.bracketed && !allowed.want_brackets() => {
                    pending.extend(text.shape.iter().map(|shape| (allowed.clone(), shape)));
                }
                Value::Untyped(text) if allowed.want_list() => {
                    retry.learn_list(node);
                    pending.extend(text.shape.iter().map(|shape| (allowed.clone(), shape)));
                }
                Value::Untyped(text) => {
                    if text.bracketed || allowed.want_text(text.kind()) {
                        retry.learn_text(node);
                    }
                }
                Value::Scalar(scalar) if scalar.plain && allowed.want_text(scalar.kind) => {
                    retry.learn_text(node);
                }
                Value::Scalar(_) | Value::Null => {}
            }
        }
    }

    /// Returns true if any field holds a secret.
    pub(crate) fn has_secrets(&self) -> bool {
        holds_secret(self.schema(), self.schema())
    }
}

/// Returns the target of a value that the schema allows.
fn classified(alternatives: Alternatives<'_>) -> Target<'_> {
    if alternatives.is_secret() {
        Target::Secret
    } else if alternatives.is_unknown() {
        Target::Nowhere
    } else {
        Target::Inside(alternatives)
    }
}

/// Returns true if the name of an unknown key looks like one, and not like a piece of other text. A character that
/// cannot be seen is no such piece, and the message names it.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c) || is_unseen(c);
    let is_plain = name.chars().all(plain) && name.chars().count() <= LONGEST_NAME;
    is_plain && !name.is_empty() || name == "$schema"
}
