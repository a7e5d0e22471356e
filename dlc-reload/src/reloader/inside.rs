//! A value inside of a field, found by its key in the JSON that is shown of the field.

use serde_json::Value;

use crate::{
    document::shown_below,
    place::{Key, Segment},
    section::{EntriesType, FieldKind, Found, Table},
};

/// Returns the value at a key inside of a field. `whole` is what is shown of the field, so that a secret in it is
/// hidden.
pub(super) fn value_inside<'v>(
    whole: &'v Value,
    table: &'static Table,
    field: &Key,
    key: &Key,
) -> Option<&'v Value> {
    let rest = key.segments().get(field.segments().len()..)?;
    match table.find(field.segments()) {
        Found::Leaf(info, ..) => match &info.entries {
            Some(entries) => in_entries(whole, entries, rest),
            None => shown_below(whole, rest),
        },
        Found::Section(_) | Found::Nothing => None,
    }
}

fn in_entries<'v>(all: &'v Value, entries: &EntriesType, rest: &[Segment]) -> Option<&'v Value> {
    let [step, rest @ ..] = rest else { return Some(all) };
    let step = match (entries.serialized, step) {
        (Some(by), Segment::Entry(identity)) => Segment::Entry(identity.by(by)),
        _ => step.clone(),
    };
    in_section(shown_below(all, &[step])?, entries.table, rest)
}

fn in_section<'v>(
    section: &'v Value,
    table: &'static Table,
    rest: &[Segment],
) -> Option<&'v Value> {
    let [Segment::Name(name), below @ ..] = rest else {
        return rest.is_empty().then_some(section);
    };
    let Some(field) = table.field(name) else {
        // An entry of a flattened map stands among the fields.
        return table.flattened_leaf().and_then(|_| shown_below(section, rest));
    };
    let value = section.get(field.serialized)?;
    match (&field.kind, &field.entries) {
        (FieldKind::Section { table, .. }, _) => in_section(value, table, below),
        (FieldKind::Leaf(_), Some(entries)) => in_entries(value, entries, below),
        (FieldKind::Leaf(_), None) => shown_below(value, below),
    }
}
