//! Laying one tree over another.

use std::collections::HashMap;

use super::{
    finding::Finding,
    node::{Node, Value},
    path::Path,
    sources::{SourceInfo, origin_of},
};
use crate::{error::Severity, place::Key};

/// A value that a later source replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) key: Key,
    pub(crate) node: Node,
}

/// The values and findings that laying a tree over another one yields.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) replaced: Vec<Replaced>,
    /// The keys for which the two hold values of different kinds, and the maps that a `null` erases.
    pub(crate) findings: Vec<Finding>,
}

/// The way to lay a value over another one, where one of them is a map.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Laying {
    /// A map goes over a map entry by entry; anything else is a mistake.
    Merge,
    /// A list goes over a list item by item: those with the same value of this field are merged, and others are added.
    Items(&'static str),
    /// The value is an enum, and the later source chooses another variant.
    Replace,
    /// The same, where the fields of the variants stand among those of a section. These entries of the variant before
    /// go.
    Drop(Vec<Box<str>>),
}

/// The decision about the way to lay the second value over the first one, at a key.
pub(crate) type Decide<'d> = &'d dyn Fn(&Key, &Node, &Node) -> Laying;

/// Lays `over` on `base`: maps entry by entry, everything else as a whole. Nothing is copied. The sources give
/// places their names.
pub(crate) fn merge(
    base: &mut Node,
    over: Node,
    sources: &[SourceInfo],
    decide: Decide<'_>,
) -> Merged {
    let mut merging = Merging { sources, decide, merged: Merged::default() };
    merging.lay(base, over, &Path::Root);
    merging.merged
}

/// The state of laying one tree over another.
struct Merging<'m> {
    sources: &'m [SourceInfo],
    decide: Decide<'m>,
    merged: Merged,
}

impl Merging<'_> {
    fn lay(&mut self, base: &mut Node, mut over: Node, path: &Path<'_>) {
        if is_map(&base.value) {
            over.open();
        }
        if is_map(&over.value) {
            base.open();
        }
        let are_maps = is_map(&base.value) && is_map(&over.value);
        let are_lists = matches!((&base.value, &over.value), (Value::List(_), Value::List(_)));
        if are_maps || are_lists || disagree(&base.value, &over.value) {
            match (self.decide)(&path.key(), base, &over) {
                Laying::Merge => {}
                Laying::Items(by) => return self.items(base, over, by, path),
                Laying::Replace => return self.replace(base, over, path),
                Laying::Drop(names) => self.drop_entries(base, &names, path),
            }
        }
        match (&mut base.value, over) {
            (Value::Map(entries), Node { value: Value::Map(new), .. }) => {
                for (name, entry) in *new {
                    match entries.get_mut(&name) {
                        Some(old) => {
                            old.key = entry.key;
                            self.lay(&mut old.node, entry.node, &path.name(&name));
                        }
                        None => _ = entries.insert(name, entry),
                    }
                }
            }
            (value, over) if disagree(value, &over.value) => self.disagreement(base, &over, path),
            (_, over) => {
                if over.is_null() && base.as_map().is_some_and(|map| !map.is_empty()) {
                    let erased = erased(base, &over, self.sources);
                    self.merged.findings.push(erased.about(path.key()));
                }
                self.replace(base, over, path);
            }
        }
    }

    fn replace(&mut self, base: &mut Node, over: Node, path: &Path<'_>) {
        let node = std::mem::replace(base, over);
        self.merged.replaced.push(Replaced { key: path.key(), node });
    }

    /// Lays the items of a list over those of another one that have the same value of a field.
    fn items(&mut self, base: &mut Node, over: Node, by: &'static str, path: &Path<'_>) {
        let (Value::List(items), Value::List(new)) = (&mut base.value, over.value) else { return };
        let identity = |item: &Node| {
            let field = item.as_map().and_then(|map| map.get(by));
            field.and_then(|entry| entry.node.text()).map(str::to_owned)
        };
        let known = items.iter().enumerate().filter_map(|(at, item)| Some((identity(item)?, at)));
        let known: HashMap<_, _> = known.collect();
        for item in new {
            match identity(&item).and_then(|identity| known.get(&identity)) {
                Some(at) => self.lay(&mut items[*at], item, &path.item(*at)),
                None => items.push(item),
            }
        }
    }

    fn drop_entries(&mut self, base: &mut Node, names: &[Box<str>], path: &Path<'_>) {
        let Value::Map(map) = &mut base.value else { return };
        for name in names {
            if let Some(entry) = map.shift_remove(&**name) {
                let key = path.name(name).key();
                self.merged.replaced.push(Replaced { key, node: entry.node });
            }
        }
    }

    /// Notes a map in one source and another value in the other.
    fn disagreement(&mut self, base: &Node, over: &Node, path: &Path<'_>) {
        let broken = [over, base].into_iter().find_map(|node| Some((node, node.broken_bracket()?)));
        let (place, message) = match broken {
            Some((node, reason)) => (node.place, reason.to_owned()),
            None => {
                let (new, old) = (over.describe(), base.describe());
                let other = origin_of(self.sources, base.place);
                let text = format!("{new} here, but {old} in {other}, write the same kind in both");
                (over.place, text)
            }
        };
        self.merged.findings.push(Finding::error(place, message).about(path.key()));
    }
}

/// Returns the warning about a map that a later source erases: often it is a key whose entries were turned into
/// comments.
fn erased(map: &Node, null: &Node, sources: &[SourceInfo]) -> Finding {
    let other = origin_of(sources, map.place);
    let message =
        format!("`null` here erases the map in {other}, remove this key unless that is meant");
    Finding { severity: Severity::Warning, ..Finding::error(null.place, message) }
}

fn is_map(value: &Value) -> bool {
    matches!(value, Value::Map(_))
}

/// Returns true if one value is a map and the other is neither a map nor `null`.
fn disagree(base: &Value, over: &Value) -> bool {
    let is_null = |value: &Value| matches!(value, Value::Null);
    !is_null(base) && !is_null(over) && is_map(base) != is_map(over)
}
