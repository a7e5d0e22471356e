//! What a configuration can hold: the fields of its sections, and what the schema knows of the
//! inside of leaves.

use std::sync::OnceLock;

use serde_json::Value as Json;

use super::{
    lookup::{Alternatives, holds_secret},
    schema,
};
use crate::{
    document::{Node, Value, similar},
    error::Problem,
    key::{Key, Segment},
    section::{Class, FieldKind, Found, Leaf, Reloadable, Role, Table},
};

/// The fields of a configuration, and its schema, which is made when someone asks for it.
pub(crate) struct Shape {
    table: &'static Table,
    schema: OnceLock<Json>,
    make: fn() -> Json,
}

/// Whether a value may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Shown,
    /// It is a secret, or stands under a name that looks like a misspelt one.
    Secret,
    /// No field says what it is.
    Unknown,
}

/// Words in the name of an unknown key behind which nobody wants to see the value.
const SECRET_WORDS: [&str; 7] =
    ["secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey"];

/// What a key leads to.
pub(crate) enum Target<'s> {
    /// A section, or the whole.
    Section(&'static Table),
    /// A leaf or something inside of one, with what its schema allows.
    Inside { secret: bool, alternatives: Alternatives<'s> },
    /// Nothing that a field knows.
    Nowhere,
}

impl Shape {
    pub(crate) const fn of<C: Reloadable>() -> Self {
        Self { table: C::TABLE, schema: OnceLock::new(), make: || schema::<C>().to_value() }
    }

    pub(crate) const fn table(&self) -> &'static Table {
        self.table
    }

    pub(crate) fn schema(&self) -> &Json {
        self.schema.get_or_init(self.make)
    }

    /// What this key leads to, as sources write it.
    pub(crate) fn target(&self, segments: &[Segment]) -> Target<'_> {
        match self.table.find(segments) {
            Found::Section(table) => Target::Section(table),
            Found::Leaf(_, role, below) => {
                let at_leaf = segments.len() - below.len();
                self.inside(&segments[..at_leaf], below, role.is_secret())
            }
            Found::Nothing => Target::Nowhere,
        }
    }

    fn inside(&self, leaf: &[Segment], below: &[Segment], secret: bool) -> Target<'_> {
        if secret {
            return Target::Inside { secret, alternatives: Alternatives::none() };
        }
        let mut alternatives = Alternatives::of(self.schema());
        let mut secret = false;
        for segment in leaf.iter().chain(below) {
            alternatives = alternatives.at(segment);
            secret |= alternatives.is_secret();
        }
        Target::Inside { secret, alternatives }
    }

    /// Returns the hot leaves that hold a secret, each with the remedy. It would be handed to hooks and watches; what the
    /// compiler cannot see from the name of the type, the schema shows, and what the schema does not show may be one.
    pub(crate) fn hot_secrets(&self) -> Vec<Problem> {
        let hot = self.table.leaves().into_iter().filter(|leaf| leaf.role.class() == Class::Hot);
        hot.filter_map(|leaf| {
            let allowed = self.allowed(&leaf);
            let message = if allowed.is_unknown() {
                "the schema does not describe the value, which may hold a secret: describe it there, or mark the field `#[reload(restart)]`"
            } else if allowed.hold_secret() {
                "the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`"
            } else {
                return None;
            };
            Some(Problem::error(message).with_key(leaf.key))
        })
        .collect()
    }

    /// Returns what the schema allows for a leaf. A flattened one takes what no field of the section around it takes.
    fn allowed(&self, leaf: &Leaf) -> Alternatives<'_> {
        let all = Alternatives::of(self.schema());
        let there = leaf.key.segments().iter().fold(all, |above, segment| above.at(segment));
        match self.table.find(leaf.key.segments()) {
            Found::Section(table) => there.entries_but(&table.names()),
            Found::Leaf(..) | Found::Nothing => there,
        }
    }

    /// Whether this key names a secret, or something inside of one.
    pub(crate) fn is_secret(&self, key: &Key) -> bool {
        matches!(self.target(key.segments()), Target::Inside { secret: true, .. })
    }

    /// Whether the value of this key may be shown: the key has to lead into a leaf, because a value
    /// further up may hold a secret, and there must be no secret in what may stand there.
    pub(crate) fn is_shown(&self, key: &Key) -> bool {
        match self.target(key.segments()) {
            Target::Inside { secret, alternatives } => !secret && !alternatives.hold_secret(),
            Target::Section(_) | Target::Nowhere => false,
        }
    }

    /// Whether any field holds a secret.
    pub(crate) fn has_secrets(&self) -> bool {
        holds_secret(self.schema(), self.schema())
    }

    /// Visits every scalar of a tree, and says whether it may be seen.
    pub(crate) fn scalars<'n>(&self, root: &'n Node, found: &mut impl FnMut(&'n Node, Visibility)) {
        self.section(root, self.table, &mut Vec::new(), found);
    }

    /// Visits every scalar that stands where a secret is kept.
    pub(crate) fn secrets<'n>(&self, root: &'n Node, found: &mut impl FnMut(&'n Node)) {
        self.scalars(root, &mut |node, visibility| {
            if visibility == Visibility::Secret {
                found(node);
            }
        });
    }

    /// Visits every scalar at and below a key.
    pub(crate) fn scalars_at<'n>(
        &self,
        node: &'n Node,
        key: &Key,
        found: &mut impl FnMut(&'n Node, Visibility),
    ) {
        match self.target(key.segments()) {
            Target::Section(table) => {
                self.section(node, table, &mut key.segments().to_vec(), found)
            }
            Target::Inside { secret, alternatives } => inside(node, secret, &alternatives, found),
            Target::Nowhere => everything(node, Visibility::Unknown, found),
        }
    }

    fn section<'n>(
        &self,
        node: &'n Node,
        table: &'static Table,
        path: &mut Vec<Segment>,
        found: &mut impl FnMut(&'n Node, Visibility),
    ) {
        let Value::Map(map) = &node.value else {
            // A section that is no map: nobody knows what was meant.
            return everything(node, Visibility::Unknown, found);
        };
        for (name, entry) in map.iter() {
            let field = table.field(name).or_else(|| table.flattened_leaf());
            path.push(Segment::Name(name.to_string().into()));
            match field.map(|field| &field.kind) {
                Some(FieldKind::Section { table, .. }) => {
                    self.section(&entry.node, table, path, found);
                }
                Some(FieldKind::Leaf(role)) => {
                    let target = self.inside(path, &[], role.is_secret());
                    if let Target::Inside { secret, alternatives } = target {
                        inside(&entry.node, secret, &alternatives, found);
                    }
                }
                None => everything(&entry.node, visibility_of_unknown(name, table), found),
            }
            path.pop();
        }
    }
}

fn inside<'n>(
    node: &'n Node,
    secret: bool,
    alternatives: &Alternatives<'_>,
    found: &mut impl FnMut(&'n Node, Visibility),
) {
    let secret = secret || alternatives.is_secret();
    if secret {
        return everything(node, Visibility::Secret, found);
    }
    if !alternatives.hold_secret() {
        return everything(node, Visibility::Shown, found);
    }
    match &node.value {
        Value::Map(map) => {
            for (name, entry) in map.iter() {
                inside(&entry.node, secret, &alternatives.entry(name), found);
            }
        }
        Value::List(items) => {
            let below = alternatives.items();
            items.iter().for_each(|item| inside(item, secret, &below, found));
        }
        // A scalar where a value with a secret in it belongs.
        _ => found(node, Visibility::Unknown),
    }
}

fn everything<'n>(
    node: &'n Node,
    visibility: Visibility,
    found: &mut impl FnMut(&'n Node, Visibility),
) {
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        match &node.value {
            Value::Map(map) => pending.extend(map.values().map(|entry| &entry.node)),
            Value::List(items) => pending.extend(items),
            _ => found(node, visibility),
        }
    }
}

/// An unknown key that looks like a secret most likely holds one.
pub(crate) fn visibility_of_unknown(name: &str, table: &'static Table) -> Visibility {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    let secrets = table.fields.iter().filter_map(|field| match field.kind {
        FieldKind::Leaf(Role::Secret) => Some(field.name),
        _ => None,
    });
    if SECRET_WORDS.iter().any(|word| plain.contains(word)) || similar(name, secrets).is_some() {
        Visibility::Secret
    } else {
        Visibility::Unknown
    }
}
