//! The values of a configuration as they are shown: without secrets, and with sets in order.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    document::{Wanted, shown, shown_below_mut, shown_parts},
    place::Key,
    schema::{Alternatives, Shape},
    secret::REDACTED,
    section::{FieldInfo, FieldKind, Found, Leaf, Part, Table},
};

/// The name in place of those of the entries of a flattened leaf, where they are secret or only it as a whole is meant.
pub(super) const EVERY_NAME: &str = "*";

/// A configuration as a tree of JSON values, to be looked up leaf by leaf.
///
/// It is serialized from the root, so that every serde attribute on the way is honoured.
pub(super) struct Values<'s> {
    whole: Json,
    shape: &'s Shape,
}

impl<'s> Values<'s> {
    /// Serializes all of a configuration.
    pub(super) fn of(config: &impl Serialize, shape: &'s Shape) -> Self {
        Self { whole: shown(config), shape }
    }

    /// Serializes some leaves of a configuration; no others may be looked up.
    pub(super) fn some(config: &impl Serialize, leaves: &[Leaf], shape: &'s Shape) -> Self {
        let mut wanted = Wanted::Entries(BTreeMap::new());
        for leaf in leaves {
            wanted.add(leaf.serialized.segments());
        }
        Self { whole: shown_parts(config, &wanted), shape }
    }

    /// Takes out the value of a leaf as it is shown: the text `[redacted]` stands for each secret in it. Afterwards the
    /// leaf is not there any more.
    ///
    /// What a leaf beside the fields of a section holds has the names that sources write.
    pub(super) fn take(&mut self, leaf: &Leaf) -> Option<Json> {
        let Leaf { key, serialized, role, part } = leaf;
        let at = self.at(serialized)?;
        let mut value = match part {
            Part::Whole => std::mem::take(at),
            // JSON has no order of the entries of a map.
            Part::Order(None) => return None,
            Part::Order(Some(by)) => {
                let items = at.as_array()?.iter();
                return Some(items.map(|item| item.get(by).cloned().unwrap_or_default()).collect());
            }
            // The fields of the section are leaves of their own.
            Part::Beside | Part::Fields(_) => at.clone(),
        };
        let allowed = self.shape.alternatives(key);
        match (self.shape.table().find(key.segments()), part) {
            (Found::Section(table), Part::Whole) => section(&mut value, table, &allowed),
            (Found::Section(table), part) => {
                keep(&mut value, table, *part);
                section(&mut value, table, &allowed);
                rename(&mut value, table);
            }
            _ if role.is_secret() => hide(&mut value),
            (Found::Leaf(field, ..), _) => self::leaf(&mut value, field, &allowed),
            _ => inside(&mut value, &allowed),
        }
        Some(value)
    }

    fn at(&mut self, serialized: &Key) -> Option<&mut Json> {
        let found = shown_below_mut(&mut self.whole, serialized.segments())?;
        (!found.is_null()).then_some(found)
    }
}

/// Adds the key of every secret in a value that is shown.
pub(super) fn secrets(value: &Json, key: &Key, found: &mut Vec<Key>) {
    match value {
        Json::Object(entries) => {
            for (name, entry) in entries {
                secrets(entry, &key.child(name.clone()), found);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                secrets(item, &key.item(index), found);
            }
        }
        value if is_hidden(value) => found.push(key.clone()),
        _ => {}
    }
}

/// Returns true if a value that is shown stands for a secret.
pub(super) fn is_hidden(value: &Json) -> bool {
    value == REDACTED
}

/// Returns true if a value that is shown is or holds one that stands for a secret.
pub(super) fn is_hidden_inside(value: &Json) -> bool {
    let mut found = Vec::new();
    secrets(value, &Key::root(), &mut found);
    !found.is_empty()
}

fn hide(value: &mut Json) {
    if !value.is_null() {
        *value = REDACTED.into();
    }
}

/// Returns the fields that stand in a section, those of flattened sections included.
fn standing(table: &'static Table) -> impl Iterator<Item = &'static FieldInfo> {
    let fields = table.fields_with_flattened(false).into_iter().map(|(field, _)| field);
    fields.filter(|field| !field.flatten)
}

/// Keeps the entries of a section that belong to one part of it.
fn keep(value: &mut Json, table: &'static Table, part: Part) {
    let Json::Object(entries) = value else { return };
    let is_field = |table, name: &str| standing(table).any(|field| field.serialized == name);
    entries.retain(|name, _| match part {
        Part::Whole | Part::Order(_) => true,
        Part::Beside => !is_field(table, name),
        Part::Fields(fields) => {
            is_field(fields, name) || fields.flattened_leaf().is_some() && !is_field(table, name)
        }
    });
}

/// Gives the entries of a section the names that sources write.
fn rename(value: &mut Json, table: &'static Table) {
    let Json::Object(entries) = value else { return };
    let named = std::mem::take(entries).into_iter().map(|(name, entry)| {
        let field = standing(table).find(|field| field.serialized == name);
        (field.map_or(name, |field| field.name.to_owned()), entry)
    });
    entries.extend(named);
}

/// Prepares a section: its fields, and the entries of a flattened leaf beside them.
fn section(value: &mut Json, table: &'static Table, allowed: &Alternatives<'_>) {
    let Json::Object(entries) = value else { return inside(value, allowed) };
    let all = table.fields_with_flattened(false);
    let is_secret =
        |field: &FieldInfo| matches!(field.kind, FieldKind::Leaf(role) if role.is_secret());
    let are_beside_secret = all.iter().any(|(field, _)| field.flatten && is_secret(field));
    let hold_secret = allowed.entries_beside(table).hold_secret();
    let mut beside = false;
    entries.retain(|name, entry| {
        let field = all.iter().find(|(field, _)| !field.flatten && field.serialized == name);
        match field.map(|(field, _)| (field, &field.kind)) {
            Some((field, FieldKind::Section { table, .. })) => {
                section(entry, table, &allowed.entry(field.name));
            }
            Some((_, FieldKind::Leaf(role))) if role.is_secret() => hide(entry),
            Some((field, FieldKind::Leaf(_))) => leaf(entry, field, &allowed.entry(field.name)),
            None if are_beside_secret => {
                beside = true;
                return false;
            }
            None => match allowed.entry(name) {
                unknown if unknown.is_unknown() => hide(entry),
                known => below(entry, &known, hold_secret),
            },
        }
        true
    });
    if beside {
        entries.insert(EVERY_NAME.to_owned(), REDACTED.into());
    }
}

/// Prepares the value of a leaf: the entries of a collection as sections.
fn leaf(value: &mut Json, field: &FieldInfo, allowed: &Alternatives<'_>) {
    match (&field.entries, value) {
        (Some(entries), Json::Object(all)) if entries.identity.is_none() => {
            for (name, entry) in all.iter_mut() {
                section(entry, entries.table, &allowed.entry(name));
            }
        }
        (Some(entries), Json::Array(items)) if entries.identity.is_some() => {
            let each = allowed.items();
            items.iter_mut().for_each(|item| section(item, entries.table, &each));
        }
        (_, value) => inside(value, allowed),
    }
}

/// Prepares the value of a leaf. One that the schema does not describe may hold a secret.
fn inside(value: &mut Json, allowed: &Alternatives<'_>) {
    if allowed.is_unknown() {
        return hide(value);
    }
    let may_be_secret = allowed.hold_secret();
    if may_be_secret || allowed.hold_set() {
        below(value, allowed, may_be_secret);
    }
}

/// Prepares a value inside of a leaf; if that `may_be_secret`, only what the schema describes as harmless stays.
fn below(value: &mut Json, allowed: &Alternatives<'_>, may_be_secret: bool) {
    if may_be_secret && (allowed.is_secret() || allowed.is_unknown()) {
        return hide(value);
    }
    match value {
        Json::Null => {}
        Json::Object(entries) => {
            for (name, entry) in entries.iter_mut() {
                below(entry, &allowed.entry(name), may_be_secret);
            }
        }
        Json::Array(items) => {
            let each = allowed.items();
            items.iter_mut().for_each(|item| below(item, &each, may_be_secret));
            if allowed.is_set() {
                items.sort_by(order);
            }
        }
        scalar if may_be_secret && !is_harmless(scalar, allowed) => hide(scalar),
        _ => {}
    }
}

/// Returns true if the schema names a scalar, or says that no secret may stand there.
fn is_harmless(scalar: &Json, allowed: &Alternatives<'_>) -> bool {
    allowed.name_value(scalar) || !(allowed.is_open() || allowed.hold_secret())
}

/// The order of the items of a set: numbers by their value, all else by its text.
fn order(one: &Json, other: &Json) -> Ordering {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => {
            let both = one.as_f64().zip(other.as_f64());
            both.map_or(Ordering::Equal, |(one, other)| one.total_cmp(&other))
        }
        (Json::String(one), Json::String(other)) => one.cmp(other),
        _ => one.to_string().cmp(&other.to_string()),
    }
}
