//! The names of environment variables, and the keys that they stand for.

use crate::{
    document::similar,
    key::{Key, Segment},
    schema::{Alternatives, Shape},
    section::{FieldInfo, Table},
};

/// The separator between the names of a nested key.
pub(super) const NESTING: &str = "__";

/// The ending of a variable that names a file, for the value of a secret.
pub(super) const FILE: &str = "_FILE";

/// The depth inside of a leaf below which names are not suggested.
const MAX_DEPTH: usize = 6;

/// Returns a name as variables write it: in upper case, with `-` as `_`.
pub(crate) fn spelled(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// Returns the variable that sets a key, without its prefix; `None` for the root and for items of lists.
pub(crate) fn variable(key: &Key) -> Option<String> {
    let names: Option<Vec<String>> = key
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Name(name) => Some(spelled(name)),
            Segment::Item(_) => None,
        })
        .collect();
    Some(names?.join(NESTING)).filter(|name| !name.is_empty())
}

/// Returns the key that a variable stands for; `rest` is its name without the prefix.
///
/// A name may hold `__` itself, so every field that fits is tried.
pub(super) fn key(shape: &Shape, rest: &str) -> Option<Key> {
    in_section(shape, shape.table(), &Key::root(), rest)
}

fn in_section(shape: &Shape, table: &'static Table, at: &Key, rest: &str) -> Option<Key> {
    let plain = table.fields.iter().filter(|field| !field.flatten);
    let flattened = table.fields.iter().filter(|field| field.flatten);
    plain
        .flat_map(|field| field.names().map(move |spelling| (field, spelling)))
        .find_map(|(field, spelling)| {
            let after = after_name(rest, spelling)?;
            let here = at.child(field.name);
            match field.table() {
                _ if after.is_empty() => Some(here),
                Some(table) => in_section(shape, table, &here, after),
                None => Some(here.join(&inside(&at_key(shape, &here), after)?)),
            }
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

/// Returns the text that follows a name: an empty one, or the names below it.
fn after_name<'r>(rest: &'r str, name: &str) -> Option<&'r str> {
    let after = rest.strip_prefix(&spelled(name))?;
    if after.is_empty() {
        return Some(after);
    }
    after.strip_prefix(NESTING).filter(|below| !below.is_empty())
}

fn at_key<'s>(shape: &'s Shape, key: &Key) -> Alternatives<'s> {
    key.segments().iter().fold(Alternatives::of(shape.schema()), |at, segment| match segment {
        Segment::Name(name) => at.entry(name),
        Segment::Item(_) => at.items(),
    })
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

/// Returns the variable that was probably meant, without its prefix.
pub(super) fn suggestion(shape: &Shape, rest: &str) -> Option<String> {
    let mut known = Vec::new();
    for leaf in shape.table().leaves() {
        let Some(name) = variable(&leaf.key) else { continue };
        if leaf.role.is_secret() {
            known.push(format!("{name}{FILE}"));
        } else {
            below(&at_key(shape, &leaf.key), &name, 0, &mut known);
        }
        known.push(name);
    }
    similar(rest, known.iter().map(String::as_str)).map(str::to_owned)
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
