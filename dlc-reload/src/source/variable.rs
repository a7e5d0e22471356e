//! The names of environment variables, and the keys that they stand for.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    document::similar,
    error::Problem,
    place::{Key, Segment},
    schema::{Alternatives, Shape},
    section::{FieldInfo, NESTING, Table, VARIABLE_FILE as FILE, spelled, variable},
};

/// The depth inside of a leaf below which names are not suggested.
const MAX_DEPTH: usize = 6;

/// Returns the name that a field gives to its variable, in place of the one that its key would have.
pub(super) fn renamed(shape: &Shape, start: &str, written: &str) -> Option<String> {
    let of_key = |key: &Key| {
        let names = key.segments().iter().map(|segment| match segment {
            Segment::Name(name) => spelled(name),
            Segment::Item(index) => index.to_string(),
            Segment::Entry(identity) => spelled(identity.value()),
        });
        start.to_owned() + &names.collect::<Vec<_>>().join(NESTING)
    };
    let leaf = shape.table().leaves().into_iter().find(|leaf| of_key(&leaf.key) == written)?;
    variable(shape.table(), start, &leaf.key)
}

/// Returns the names that fields give to their variables.
pub(super) fn own_names(table: &'static Table) -> Vec<&'static str> {
    let own = |field: &'static FieldInfo| {
        field.env.into_iter().chain(field.table().map(own_names).unwrap_or_default())
    };
    table.fields.iter().flat_map(own).collect()
}

/// Returns an error for each field whose variable is that of another one, too; the prefixes are those of the sources,
/// each with its `_`. A struct that is several sections names the same variable in each of them.
pub(crate) fn shared_variables<'p>(
    table: &'static Table,
    prefixes: impl Iterator<Item = Cow<'p, str>>,
) -> Vec<Problem> {
    let mut fields = Vec::new();
    each_field(table, &Key::root(), &mut fields);
    let (named, others): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|(_, field)| field.env.is_some());
    let mut owners: HashMap<String, Key> = HashMap::new();
    let mut shared = Vec::new();
    let mut note = |name: &str, key: Key, owner: &Key| {
        let message = format!(
            "environment variable {name} sets `{owner}`, too, and can set one field only: give one of the two another name with `env = \"…\"`, which a struct that is several sections cannot have"
        );
        shared.push(Problem::error(message).with_key(key));
    };
    for (key, field) in named {
        let Some(name) = field.env else { continue };
        match owners.get(name) {
            Some(owner) => note(name, key, owner),
            None => drop(owners.insert(name.to_owned(), key)),
        }
    }
    for prefix in prefixes {
        for (key, _) in &others {
            let Some(name) = variable(table, &prefix, key) else { continue };
            if let Some(owner) = owners.get(&name) {
                note(&name, key.clone(), owner);
            }
        }
    }
    shared
}

fn each_field(table: &'static Table, at: &Key, fields: &mut Vec<(Key, &'static FieldInfo)>) {
    for field in table.fields {
        let here = if field.flatten { at.clone() } else { at.child(field.name) };
        if let Some(table) = field.table() {
            each_field(table, &here, fields);
        }
        if !field.flatten {
            fields.push((here, field));
        }
    }
}

/// Returns true if a variable may be about the field that gives its own this name.
pub(super) fn is_about(variable: &str, name: &str) -> bool {
    variable == name.to_owned() + FILE || after(variable, name).is_some()
}

/// Returns the key that a variable stands for, with the names that it writes; `start` is the prefix with its `_`.
///
/// A name may hold `__` itself, so every field that fits is tried.
pub(super) fn key(shape: &Shape, start: &str, variable: &str) -> Option<Key> {
    let (table, root) = (shape.table(), Key::root());
    by_own_name(shape, table, &root, variable)
        .or_else(|| in_section(shape, table, &root, variable.strip_prefix(start)?))
}

/// Finds the field that gives a variable its name.
fn by_own_name(shape: &Shape, table: &'static Table, at: &Key, variable: &str) -> Option<Key> {
    table.fields.iter().find_map(|field| {
        let here = if field.flatten { at.clone() } else { at.child(field.name) };
        let own = field.env.and_then(|name| after(variable, name));
        match own {
            Some(rest) => below_field(shape, field, here, rest),
            None => by_own_name(shape, field.table()?, &here, variable),
        }
    })
}

fn in_section(shape: &Shape, table: &'static Table, at: &Key, rest: &str) -> Option<Key> {
    let plain = table.fields.iter().filter(|field| !field.flatten && field.env.is_none());
    let flattened = table.fields.iter().filter(|field| field.flatten);
    plain
        .flat_map(|field| field.names().map(move |spelling| (field, spelling)))
        .find_map(|(field, spelling)| {
            let rest = after_name(rest, spelling)?;
            below_field(shape, field, at.child(spelling), rest)
        })
        .or_else(|| {
            flattened
                .filter_map(FieldInfo::table)
                .find_map(|table| in_section(shape, table, at, rest))
        })
        // A flattened map would take every name, so only those that the schema knows are of a flattened leaf.
        .or_else(|| {
            table.flattened_leaf()?;
            named(&at_key(shape, at), rest).map(|below| at.join(&below))
        })
}

/// Returns the key of a field, or of what the rest of a name means in it.
fn below_field(shape: &Shape, field: &FieldInfo, here: Key, rest: &str) -> Option<Key> {
    match field.table() {
        _ if rest.is_empty() => Some(here),
        Some(table) => in_section(shape, table, &here, rest),
        None => Some(here.join(&inside(&at_key(shape, &here), rest)?)),
    }
}

/// Returns the reason why the key is gone that a variable stands for.
pub(super) fn reason_for_removal(table: &'static Table, rest: &str) -> Option<&'static str> {
    let own = table.removed.iter().find(|(key, _)| after_name(rest, key).is_some());
    own.map(|(_, reason)| *reason).or_else(|| {
        table.fields.iter().find_map(|field| match field.table()? {
            below if field.flatten => reason_for_removal(below, rest),
            below => field.names().find_map(|name| {
                let after = after_name(rest, name).filter(|after| !after.is_empty())?;
                reason_for_removal(below, after)
            }),
        })
    })
}

/// Returns the text that follows a name: an empty one, or the names below it.
fn after_name<'r>(rest: &'r str, name: &str) -> Option<&'r str> {
    after(rest, &spelled(name))
}

/// Returns the text that follows the name of a variable, or of a part of one.
fn after<'r>(rest: &'r str, spelled: &str) -> Option<&'r str> {
    let after = rest.strip_prefix(spelled)?;
    if after.is_empty() {
        return Some(after);
    }
    after.strip_prefix(NESTING).filter(|below| !below.is_empty())
}

fn at_key<'s>(shape: &'s Shape, key: &Key) -> Alternatives<'s> {
    shape.alternatives(key)
}

/// Returns the key inside of a leaf: of names that its schema knows, or of maps in lower case.
fn inside(at: &Alternatives<'_>, rest: &str) -> Option<Key> {
    let known = named(at, rest);
    if known.is_some() || !at.is_open() {
        return known;
    }
    let (name, after) = rest.split_once(NESTING).unwrap_or((rest, ""));
    let here = Key::root().child(name.to_lowercase());
    match after {
        "" => Some(here),
        _ => Some(here.join(&inside(&at.values(), after)?)),
    }
    .filter(|_| !name.is_empty())
}

/// Returns the key inside of a leaf, if it begins with a name that the schema knows.
fn named(at: &Alternatives<'_>, rest: &str) -> Option<Key> {
    at.names().into_iter().find_map(|name| {
        let after = after_name(rest, name)?;
        let here = Key::root().child(name.to_owned());
        match after {
            "" => Some(here),
            _ => inside(&at.entry(name), after).map(|below| here.join(&below)),
        }
    })
}

/// Returns the variable that was probably meant.
pub(super) fn suggestion(shape: &Shape, start: &str, written: &str) -> Option<String> {
    let mut known = Vec::new();
    for leaf in shape.table().leaves() {
        let Some(name) = variable(shape.table(), start, &leaf.key) else { continue };
        if leaf.role.is_secret() {
            known.push(format!("{name}{FILE}"));
        } else {
            below(&at_key(shape, &leaf.key), &name, 0, &mut known);
        }
        known.push(name);
    }
    let rest = |name: &str| name.strip_prefix(start).unwrap_or(name).to_owned();
    let (written, rests) = (rest(written), known.iter().map(|name| rest(name)).collect::<Vec<_>>());
    let meant = similar(&written, rests.iter().map(String::as_str))?;
    rests.iter().position(|rest| rest == meant).map(|at| known.swap_remove(at))
}

fn below(at: &Alternatives<'_>, above: &str, depth: usize, known: &mut Vec<String>) {
    if depth == MAX_DEPTH {
        return;
    }
    for name in at.names() {
        let whole = format!("{above}{NESTING}{}", spelled(name));
        below(&at.entry(name), &whole, depth + 1, known);
        known.push(whole);
    }
}
