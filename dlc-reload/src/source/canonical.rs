//! Other names that sources may write (aliases, and former names), turned into the one that fields have.
//!
//! Sources are merged by name, so that a value under another name replaces one under the field's own.

use std::collections::HashMap;

use crate::{
    document::{Finding, Map, Node, Path, Place, Value},
    error::{ProblemKind, Severity},
    section::{EntriesType, FieldInfo, Table},
};

/// Renames the entries of a tree. Returns a finding wherever a source uses two names of one field, and a warning for
/// each former name.
pub(super) fn tree(node: &mut Node, table: &'static Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    section(node, table, &Path::Root, &mut findings);
    findings
}

fn section(node: &mut Node, table: &'static Table, path: &Path<'_>, findings: &mut Vec<Finding>) {
    if let Value::Map(map) = &mut node.value {
        fields(map, table, path, findings);
    }
}

fn fields(map: &mut Map, table: &'static Table, path: &Path<'_>, findings: &mut Vec<Finding>) {
    for field in table.fields {
        if !field.flatten {
            rename(map, field, path, findings);
        }
        match (field.table(), map.get_mut(field.name)) {
            (Some(table), _) if field.flatten => fields(map, table, path, findings),
            (Some(table), Some(entry)) => {
                section(&mut entry.node, table, &path.name(field.name), findings);
            }
            (None, Some(entry)) => {
                if let Some(entries) = &field.entries {
                    collection(&mut entry.node, entries, &path.name(field.name), findings);
                }
            }
            (_, None) => {}
        }
    }
}

/// Renames the entries of each section in a collection. Returns a finding at an item that has the identity of one
/// before.
fn collection(
    node: &mut Node,
    entries: &EntriesType,
    path: &Path<'_>,
    findings: &mut Vec<Finding>,
) {
    match (&mut node.value, entries.identity) {
        (Value::Map(map), None) => {
            for (name, entry) in map.iter_mut() {
                section(&mut entry.node, entries.table, &path.name(name), findings);
            }
        }
        (Value::List(items), Some(by)) => {
            for (index, item) in items.iter_mut().enumerate() {
                section(item, entries.table, &path.item(index), findings);
            }
            twice(items, by, path, findings);
        }
        _ => {}
    }
}

/// Notes each item of a list that has the identity of one before.
fn twice(items: &[Node], by: &'static str, path: &Path<'_>, findings: &mut Vec<Finding>) {
    let mut known = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let identity = item.as_map().and_then(|map| map.get(by)).map(|entry| &entry.node);
        let Some((text, place)) = identity.and_then(|node| Some((node.text()?, node.place))) else {
            continue;
        };
        let first: Place = *known.entry(text).or_insert(place);
        if first != place {
            let where_ = match first.line {
                0 => "by another item".to_owned(),
                line => format!("in line {line}, column {}", first.column),
            };
            let message = format!("an item has this `{by}` already, {where_}: each has its own");
            let path = path.item(index);
            let finding = Finding::error(place, message).about(path.name(by).key());
            findings.push(finding.of(ProblemKind::Invalid));
        }
    }
}

fn rename(map: &mut Map, field: &FieldInfo, path: &Path<'_>, findings: &mut Vec<Finding>) {
    let name = field.name;
    for other in field.other_names().filter(|other| *other != name) {
        let Some(entry) = map.swap_remove(other) else { continue };
        let is_former = field.former.contains(&other);
        match map.get(name) {
            None => {
                if is_former {
                    let text = format!("renamed, write `{name}`");
                    let finding = Finding::error(entry.key, text).about(path.name(other).key());
                    findings.push(Finding { severity: Severity::Warning, ..finding });
                }
                map.insert(name.into(), entry);
            }
            Some(known) => {
                let kind = if is_former { "the former" } else { "another" };
                let set = match known.key.line {
                    0 => "set as well".to_owned(),
                    line => format!("set in line {line}"),
                };
                let message = format!(
                    "`{other}` is {kind} name of `{name}`, which is {set}: remove one of the two"
                );
                findings.push(Finding::error(entry.key, message));
            }
        }
    }
}
