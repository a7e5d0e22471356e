//! Laying one tree over another.

use super::{
    finding::Finding,
    node::{Node, Value},
    path::Path,
    sources::{SourceInfo, origin_of},
};
use crate::{error::Severity, key::Key};

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

/// Lays `over` on `base`: maps entry by entry, everything else as a whole. Nothing is copied. The sources give
/// places their names.
pub(crate) fn merge(base: &mut Node, over: Node, sources: &[SourceInfo]) -> Merged {
    let mut merged = Merged::default();
    merge_at(base, over, &Path::Root, sources, &mut merged);
    merged
}

fn merge_at(
    base: &mut Node,
    mut over: Node,
    path: &Path<'_>,
    sources: &[SourceInfo],
    merged: &mut Merged,
) {
    if is_map(&base.value) {
        over.open();
    }
    if is_map(&over.value) {
        base.open();
    }
    match (&mut base.value, over) {
        (Value::Map(entries), Node { value: Value::Map(new), .. }) => {
            for (name, entry) in *new {
                match entries.get_mut(&name) {
                    Some(old) => {
                        old.key = entry.key;
                        let path = path.name(&name);
                        merge_at(&mut old.node, entry.node, &path, sources, merged);
                    }
                    None => {
                        entries.insert(name, entry);
                    }
                }
            }
        }
        (value, over) if disagree(value, &over.value) => {
            let broken =
                [&over, base].into_iter().find_map(|node| Some((node, node.broken_bracket()?)));
            if let Some((node, reason)) = broken {
                merged.findings.push(Finding::error(node.place, reason).about(path.key()));
                return;
            }
            let (new, old, other) =
                (over.describe(), base.describe(), origin_of(sources, base.place));
            let message = format!("{new} here, but {old} in {other}, write the same kind in both");
            merged.findings.push(Finding::error(over.place, message).about(path.key()));
        }
        (_, over) => {
            if over.is_null() && base.as_map().is_some_and(|map| !map.is_empty()) {
                merged.findings.push(erased(base, &over, sources).about(path.key()));
            }
            let node = std::mem::replace(base, over);
            merged.replaced.push(Replaced { key: path.key(), node });
        }
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
