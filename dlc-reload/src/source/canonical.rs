//! Other names that sources may write (`#[serde(alias = …)]`), turned into the one that fields have.
//!
//! Sources are merged by name, so that a value under an alias replaces one under the name.

use crate::{
    document::{Finding, Map, Node, Value},
    section::{FieldInfo, Table},
};

/// Renames the entries of a tree, and returns a finding wherever a source uses two names of one field.
pub(super) fn tree(node: &mut Node, table: &'static Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    section(node, table, &mut findings);
    findings
}

fn section(node: &mut Node, table: &'static Table, findings: &mut Vec<Finding>) {
    if let Value::Map(map) = &mut node.value {
        fields(map, table, findings);
    }
}

fn fields(map: &mut Map, table: &'static Table, findings: &mut Vec<Finding>) {
    for field in table.fields {
        if !field.flatten {
            rename(map, field, findings);
        }
        match field.table() {
            Some(table) if field.flatten => fields(map, table, findings),
            Some(table) => {
                if let Some(entry) = map.get_mut(field.name) {
                    section(&mut entry.node, table, findings);
                }
            }
            None => {}
        }
    }
}

fn rename(map: &mut Map, field: &FieldInfo, findings: &mut Vec<Finding>) {
    let (name, aliases) = (field.name, field.aliases);
    for alias in aliases.iter().filter(|alias| **alias != name) {
        let Some(entry) = map.swap_remove(*alias) else { continue };
        match map.get(name) {
            None => _ = map.insert(name.into(), entry),
            Some(known) => {
                let set = match known.key.line {
                    0 => "set as well".to_owned(),
                    line => format!("set in line {line}"),
                };
                let message = format!(
                    "`{alias}` is another name of `{name}`, which is {set}: remove one of the two"
                );
                findings.push(Finding::error(entry.key, message));
            }
        }
    }
}
