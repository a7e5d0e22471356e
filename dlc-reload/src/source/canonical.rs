//! Other names that sources may write (aliases, and former names), turned into the one that fields have.
//!
//! Sources are merged by name, so that a value under another name replaces one under the field's own.

use crate::{
    document::{Finding, Map, Node, Path, Value},
    error::Severity,
    section::{FieldInfo, Table},
};

/// Renames the entries of a tree. Returns a finding wherever a source uses two names of one field, and a warning for each
/// former name.
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
        match field.table() {
            Some(table) if field.flatten => fields(map, table, path, findings),
            Some(table) => {
                if let Some(entry) = map.get_mut(field.name) {
                    section(&mut entry.node, table, &path.name(field.name), findings);
                }
            }
            None => {}
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
