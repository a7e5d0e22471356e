//! The shape of a configuration: the fields of its sections, and the schema of what is inside of leaves.

use std::sync::OnceLock;

use serde_json::Value as Json;

use super::{
    lookup::{Alternatives, holds_secret},
    root::schema,
};
use crate::{
    document::{Node, Value, similar},
    error::Problem,
    key::{Key, Segment},
    section::{Class, FieldKind, Found, Leaf, Reloadable, Role, Table},
};

/// The fields of a configuration, and its schema, which is made when it is first needed.
pub(crate) struct Shape {
    table: &'static Table,
    schema: OnceLock<Json>,
    make: fn() -> Json,
}

/// The visibility of a value: shown in messages, or the reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// It is known to be harmless.
    Shown,
    /// It is a secret, or most likely one: the name of an unknown key looks like that of a secret.
    Secret,
    /// No field and no schema describes it.
    Unknown,
}

/// Words in the name of an unknown key that suggest a secret value.
const SECRET_WORDS: [&str; 7] =
    ["secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey"];

/// The target of a key.
pub(crate) enum Target<'s> {
    /// A section, or the root.
    Section(&'static Table),
    /// A leaf or a value inside of one, with the alternatives that its schema allows.
    Inside { secret: bool, alternatives: Alternatives<'s> },
    /// No field.
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

    /// Returns the target of a key, as sources write it.
    pub(crate) fn target(&self, segments: &[Segment]) -> Target<'_> {
        match self.table.find(segments) {
            Found::Section(table) => Target::Section(table),
            Found::Leaf(_, role, _) => {
                let (secret, alternatives) = self.inside(segments, role.is_secret());
                Target::Inside { secret, alternatives }
            }
            Found::Nothing => Target::Nowhere,
        }
    }

    /// Returns true if a value at or inside of a leaf is a secret, and the alternatives for it. In a secret leaf
    /// everything is one.
    fn inside(&self, segments: &[Segment], secret: bool) -> (bool, Alternatives<'_>) {
        if secret {
            return (true, Alternatives::none());
        }
        let all = Alternatives::of(self.schema());
        segments.iter().fold((false, all), |(secret, above), segment| {
            let alternatives = above.at(segment);
            (secret || alternatives.is_secret(), alternatives)
        })
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
        let all = Alternatives::of(self.schema());
        let segments = leaf.key.segments();
        let there = segments.iter().fold(all, |above, segment| above.at(segment));
        if there.is_unknown() {
            return None;
        }
        Some(match self.table.find(segments) {
            Found::Section(table) => there.entries_beside(table),
            Found::Leaf(..) | Found::Nothing => there,
        })
    }

    /// Returns true if this key names a secret, or a value inside of one.
    pub(crate) fn is_secret(&self, key: &Key) -> bool {
        matches!(self.target(key.segments()), Target::Inside { secret: true, .. })
    }

    /// Returns true if the value of this key may be shown: the key has to lead into a leaf, because a value
    /// further up may hold a secret, and there must be no secret in what may stand there.
    pub(crate) fn is_shown(&self, key: &Key) -> bool {
        match self.target(key.segments()) {
            Target::Inside { secret, alternatives } => !secret && !alternatives.hold_secret(),
            Target::Section(_) | Target::Nowhere => false,
        }
    }

    /// Returns true if any field holds a secret.
    pub(crate) fn has_secrets(&self) -> bool {
        holds_secret(self.schema(), self.schema())
    }

    /// Visits every scalar of a tree, with its visibility.
    pub(crate) fn scalars<'n>(&self, root: &'n Node, found: &mut impl FnMut(&'n Node, Visibility)) {
        self.section(root, self.table, &mut Vec::new(), found);
    }

    /// Visits every scalar that is a secret, or most likely one.
    pub(crate) fn secrets<'n>(&self, root: &'n Node, found: &mut impl FnMut(&'n Node)) {
        self.scalars(root, &mut |node, visibility| {
            if visibility == Visibility::Secret {
                found(node);
            }
        });
    }

    /// Visits every scalar at and below a key, with its visibility.
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
            // No field describes a value in place of a section.
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
                    let (secret, alternatives) = self.inside(path, role.is_secret());
                    inside(&entry.node, secret, &alternatives, found);
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
    if secret || alternatives.is_secret() {
        return everything(node, Visibility::Secret, found);
    }
    if !alternatives.hold_secret() {
        return everything(node, Visibility::Shown, found);
    }
    match &node.value {
        Value::Map(map) => {
            for (name, entry) in map.iter() {
                inside(&entry.node, false, &alternatives.entry(name), found);
            }
        }
        Value::List(items) => {
            let below = alternatives.items();
            items.iter().for_each(|item| inside(item, false, &below, found));
        }
        // A scalar where a value with a secret in it belongs.
        _ => found(node, Visibility::Unknown),
    }
}

/// Visits every scalar of a tree, all with the same visibility.
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

/// Returns the visibility of the value of an unknown key, which is most likely a secret if its name looks like one.
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
