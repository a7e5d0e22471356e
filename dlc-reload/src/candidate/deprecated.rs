//! Keys that sources should not set any more.

use crate::{
    document::{Entry, Finding, Node, Path},
    error::Severity,
    section::{FieldInfo, Table},
};

/// Returns a warning for each key whose field is `#[deprecated]`, at the place where a source sets it.
pub(super) fn deprecated_keys(root: &Node, table: &'static Table) -> Vec<Finding> {
    let mut found = Vec::new();
    section(root, table, &Path::Root, &mut found);
    found
}

fn section(node: &Node, table: &'static Table, path: &Path<'_>, found: &mut Vec<Finding>) {
    for (name, entry) in node.as_map().into_iter().flatten() {
        let Some(field) = table.field(name) else { continue };
        let path = path.name(name);
        if !entry.node.is_null() {
            found.extend(warning(field, entry, &path));
        }
        if let Some(table) = field.table() {
            section(&entry.node, table, &path, found);
        }
    }
}

fn warning(field: &FieldInfo, entry: &Entry, path: &Path<'_>) -> Option<Finding> {
    let text = match field.deprecated? {
        "" => "deprecated, remove it".to_owned(),
        note => format!("deprecated: {note}"),
    };
    let finding = Finding::error(entry.key, text).about(path.key());
    Some(Finding { severity: Severity::Warning, ..finding })
}
