//! Keys that sources should not set any more.

use crate::{
    document::{Entry, Finding, Node, Path},
    error::Severity,
    section::Table,
};

/// Returns a warning for each key whose field is `#[deprecated]`, at the place where a source sets it.
pub(super) fn deprecated_keys(root: &Node, table: &'static Table) -> Vec<Finding> {
    let mut found = Vec::new();
    if !table.has_deprecated() {
        return found;
    }
    section(root, table, &Path::Root, &mut found);
    found
}

fn section(node: &Node, table: &'static Table, path: &Path<'_>, found: &mut Vec<Finding>) {
    for (name, entry) in node.as_map().into_iter().flatten() {
        let path = path.name(name);
        if !entry.node.is_null()
            && let Some(note) = note(table, name)
        {
            found.push(warning(note, entry, &path));
        }
        if let Some(field) = table.field(name) {
            field.each_section(&entry.node, &path, &mut |node, table, path| {
                section(node, table, path, found);
            });
        }
    }
}

/// Returns the note of the field that takes a key, or of a flattened one around that.
fn note(table: &'static Table, name: &str) -> Option<&'static str> {
    table.fields.iter().find_map(|field| match field.table() {
        Some(below) if field.flatten => {
            below.field(name).and_then(|_| field.deprecated.or_else(|| note(below, name)))
        }
        _ if field.names().any(|known| known == name) => field.deprecated,
        _ => None,
    })
}

fn warning(note: &str, entry: &Entry, path: &Path<'_>) -> Finding {
    let text = match note {
        "" => "deprecated, remove it".to_owned(),
        note => format!("deprecated: {note}"),
    };
    let finding = Finding::error(entry.key, text).about(path.key());
    Finding { severity: Severity::Warning, ..finding }
}
