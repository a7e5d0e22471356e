//! Other names that sources may write (`#[serde(alias = …)]`), turned into the one that fields have.
//!
//! Sources are merged by name, so that a value under an alias replaces one under the name.

use crate::{
    document::{Flaw, Map, Node, Value},
    section::{FieldInfo, Table},
};

/// Renames the entries of a tree, and returns a flaw wherever a source uses two names of one field.
pub(super) fn tree(node: &mut Node, table: &'static Table) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    section(node, table, &mut flaws);
    flaws
}

fn section(node: &mut Node, table: &'static Table, flaws: &mut Vec<Flaw>) {
    if let Value::Map(map) = &mut node.value {
        fields(map, table, flaws);
    }
}

fn fields(map: &mut Map, table: &'static Table, flaws: &mut Vec<Flaw>) {
    for field in table.fields {
        if !field.flatten {
            rename(map, field, flaws);
        }
        match field.table() {
            Some(table) if field.flatten => fields(map, table, flaws),
            Some(table) => {
                if let Some(entry) = map.get_mut(field.name) {
                    section(&mut entry.node, table, flaws);
                }
            }
            None => {}
        }
    }
}

fn rename(map: &mut Map, field: &FieldInfo, flaws: &mut Vec<Flaw>) {
    let (name, aliases) = (field.name, field.aliases);
    for alias in aliases.iter().filter(|alias| **alias != name) {
        let Some(entry) = map.swap_remove(*alias) else { continue };
        match map.get(name) {
            None => _ = map.insert(name.into(), entry),
            Some(known) => {
                let line = known.key.line;
                let message = format!(
                    "`{alias}` is another name of `{name}`, which is set in line {line}: remove one of the two"
                );
                flaws.push(Flaw::new(entry.key, message));
            }
        }
    }
}
