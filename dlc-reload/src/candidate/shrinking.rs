//! Files that set far less than before: a copy that ended early can often be read all the same.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
};

use super::Sources;
use crate::{
    document::{
        Document, Entry, Finding, Map, Node, Path, Place, SourceId, SourceInfo, Value, narrow,
    },
    error::{Error, Problem, Severity},
    place::{Key, beginning},
    schema::Shape,
    section::Reloadable,
};

/// The number of values that a file has to have set, so that losing a share of them says something.
const FEWEST: u32 = 4;

/// The share of its values that a file loses with a warning.
const WARNED: f64 = 0.5;

/// The number of lost values that are named.
const NAMED: usize = 10;

/// The number of characters that are shown of a key.
const WIDEST: usize = 100;

impl<C: Reloadable> Sources<C> {
    /// Checks the share from which on a loss is refused.
    pub(super) fn check_share(&self) -> Result<(), Error> {
        match self.refuse_shrinking {
            Some(share) if !(0.0..=1.0).contains(&share) => {
                Err(Error::invalid(vec![Problem::error(format!(
                    "`refuse_shrinking` takes a share from 0.0 to 1.0, and was given {share:?}"
                ))]))
            }
            _ => Ok(()),
        }
    }

    /// Returns a problem for each file that sets no more a large part of the values that it set before: an error where
    /// that is refused, unless it is `confirmed`.
    pub(crate) fn shrunk(
        &self,
        before: &Document,
        now: &Document,
        confirmed: bool,
    ) -> Vec<Problem> {
        if std::ptr::eq(before, now) {
            return Vec::new();
        }
        let refused = self.refuse_shrinking.filter(|_| !confirmed);
        let files = files(before, now);
        let found = files.into_iter().filter_map(|file| {
            let share = file.lost_share()?;
            let is_refused = refused.is_some_and(|refused| share >= refused);
            if !is_refused
                && share < self.refuse_shrinking.map_or(WARNED, |share| share.min(WARNED))
            {
                return None;
            }
            let severity = if is_refused { Severity::Error } else { Severity::Warning };
            let text = file.message(is_refused, self.shape);
            Some(Finding { severity, ..Finding::error(Place::whole(file.source), text) })
        });
        let listed = Finding::listed(found.collect(), self.limits.problems);
        listed.into_iter().map(|finding| now.problem(finding)).collect()
    }
}

/// A file, or another source of that name, before and now.
struct File {
    /// The first source of its name now.
    source: SourceId,
    /// The number of values that it set before.
    set: u32,
    /// The number of those that it sets no more, and that no other source has taken over.
    lost: u32,
    /// The keys of the first of these.
    named: Vec<Key>,
}

impl File {
    /// Returns the part of its values that are lost, if there is one and it says something.
    fn lost_share(&self) -> Option<f64> {
        let says = self.set >= FEWEST && self.lost > 0;
        says.then(|| f64::from(self.lost) / f64::from(self.set))
    }

    fn message(&self, is_refused: bool, shape: &Shape) -> String {
        let Self { set, lost, named, .. } = self;
        let mut names: Vec<_> = named.iter().map(|key| name(&shape.shown_key(key))).collect();
        names.dedup();
        let names = names.join(", ");
        let more = match lost - narrow(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let remedy = if is_refused {
            "put the whole file back if it was cut off, or ask for a reload that confirms it"
        } else {
            "put the whole file back if it was cut off"
        };
        format!(
            "{lost} of the {set} values that were set here are gone, and fall back to earlier sources or to defaults: {names}{more}: {remedy}"
        )
    }
}

/// Returns a key in backticks, as far as it is shown.
fn name(shown: &Key) -> String {
    if shown.is_root() {
        return "a key that is not shown".to_owned();
    }
    format!("`{}`", beginning(&shown.to_string(), WIDEST))
}

/// Returns every file that took part before and does so now, with the values that it has lost.
fn files(before: &Document, now: &Document) -> Vec<File> {
    let mut by_name = HashMap::new();
    let mut files = Vec::new();
    let mut id = 0;
    let is_of_now = now.sources.iter().map(|source| {
        let source_id = SourceId(id);
        id += 1;
        *by_name.entry(&*source.name).or_insert_with(|| {
            files.push(File { source: source_id, set: 0, lost: 0, named: Vec::new() });
            files.len() - 1
        })
    });
    let is_of_now: Vec<usize> = is_of_now.collect();
    let is_of_before = before.sources.iter().map(|source| by_name.get(&*source.name).copied());
    let is_of_before: Vec<Option<usize>> = is_of_before.collect();
    let shadowed = OnceCell::new();
    each(&before.root, Some(&now.root), &Path::Root, &mut |old, new, path| {
        let Some(at) = of(&is_of_before, old).copied().flatten() else { return };
        let file = &mut files[at];
        file.set += 1;
        let is_lost = new.is_none_or(|new| {
            of(&is_of_now, new) != Some(&at)
                && shadowed
                    .get_or_init(|| shadowed_values(before))
                    .contains(&(path.key(), name_of(&now.sources, new)))
        });
        if is_lost {
            file.lost += 1;
            if file.named.len() < NAMED {
                file.named.push(path.key());
            }
        }
    });
    files
}

/// Returns the entry of the source of a node.
fn of<'l, T>(list: &'l [T], node: &Node) -> Option<&'l T> {
    list.get(node.place.source.0 as usize)
}

fn name_of<'d>(sources: &'d [SourceInfo], node: &Node) -> &'d str {
    of(sources, node).map_or("", |source| &source.name)
}

/// Returns the key of every value that a later source replaced, with the name of its own source.
fn shadowed_values(document: &Document) -> HashSet<(Key, &str)> {
    let mut found = HashSet::new();
    for replaced in &document.replaced {
        each(&replaced.node, None, &Path::Root, &mut |node, _, path| {
            let key = replaced.key.join(&path.key());
            found.insert((key, name_of(&document.sources, node)));
        });
    }
    found
}

/// Returns the entry of a name, which most often stands where it stood in another map.
fn entry_near<'m>(map: &'m Map, at: usize, name: &str) -> Option<&'m Entry> {
    let there = map.get_index(at).filter(|(there, _)| ***there == *name);
    there.map(|(_, entry)| entry).or_else(|| map.get(name))
}

/// Visits every scalar of a tree, with what stands in its place in another one: `null` counts as nothing, and a value
/// of another kind stands in the place of all that it replaces.
fn each<'n>(
    old: &Node,
    new: Option<&'n Node>,
    path: &Path<'_>,
    visit: &mut dyn FnMut(&Node, Option<&'n Node>, &Path<'_>),
) {
    let new = new.filter(|new| !new.is_null());
    match &old.value {
        Value::Null => {}
        Value::Scalar(_) | Value::Untyped(_) => visit(old, new, path),
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                let new = new.and_then(|new| match &new.value {
                    Value::List(items) => items.get(at),
                    _ => Some(new),
                });
                each(item, new, &path.item(at), visit);
            }
        }
        Value::Map(map) => {
            for (at, (name, entry)) in map.iter().enumerate() {
                let new = new.and_then(|new| match &new.value {
                    Value::Map(map) => entry_near(map, at, name).map(|entry| &entry.node),
                    _ => Some(new),
                });
                each(&entry.node, new, &path.name(name), visit);
            }
        }
    }
}
