//! Values that a template left to the operator.

use crate::{
    document::{Finding, Node, Path, Value},
    error::Severity,
    schema::PLACEHOLDER,
};

/// Returns a warning for each text that is still the placeholder of a template.
pub(super) fn placeholders(root: &Node) -> Vec<Finding> {
    let mut found = Vec::new();
    find(root, &Path::Root, &mut found);
    found
}

fn find(node: &Node, path: &Path<'_>, found: &mut Vec<Finding>) {
    match &node.value {
        Value::Map(map) => {
            for (name, entry) in map.iter() {
                find(&entry.node, &path.name(name), found);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &path.item(index), found);
            }
        }
        Value::Scalar(_) | Value::Untyped(_) | Value::Null => {
            if node.text().is_some_and(|text| text.starts_with(PLACEHOLDER)) {
                let text = "still the placeholder of a template, set it";
                let finding = Finding::error(node.place, text).about(path.key());
                found.push(Finding { severity: Severity::Warning, ..finding });
            }
        }
    }
}
