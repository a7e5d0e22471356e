//! The outline of a configuration: what the schema says of each section and leaf, for a tree that people read.

use serde_json::Value;

use super::{
    lookup::{field, requires},
    reference::kind,
    shape::Shape,
};
use crate::{
    place::Key,
    section::{FieldInfo, FieldKind, Prefix, Role, Table},
};

/// The outline of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// The sections, the root's own left out, in declaration order.
    pub(crate) sections: Vec<Outlined>,
    /// One row for each of [`Table::leaves`], in the same order.
    pub(crate) leaves: Vec<Outlined>,
}

/// The description of one section or leaf.
#[derive(Debug)]
pub(crate) struct Outlined {
    pub(crate) key: Key,
    /// The type of a leaf in plain words, such as `integer, 0 to 65535`.
    pub(crate) kind: String,
    pub(crate) docs: &'static str,
    pub(crate) deprecated: Option<&'static str>,
    /// The default of a leaf that needs no value; none for a secret.
    pub(crate) default: Option<Value>,
}

impl Shape {
    /// Makes the outline of the configuration.
    pub(crate) fn outline(&self) -> Outline {
        let mut outline = Outline::default();
        outline.add(self.table(), &Prefix::default(), self.schema(), self.schema());
        outline
    }
}

impl Outline {
    fn add(&mut self, table: &'static Table, above: &Prefix, schema: &Value, root: &Value) {
        for info in table.fields {
            let own = field(root, schema, info.name).unwrap_or(&Value::Null);
            match info.kind {
                FieldKind::Leaf(role) => {
                    let leaf = above.leaf(info, role);
                    self.leaves.push(Outlined::leaf(leaf.key, role, info, own, schema, root));
                }
                // Its fields stand among those of the section around it, in the schema as well.
                FieldKind::Section { table, .. } if info.flatten => {
                    self.add(table, &above.field(info), schema, root);
                }
                FieldKind::Section { table, .. } => {
                    let prefix = above.field(info);
                    self.sections.push(Outlined::section(
                        prefix.section_key().clone(),
                        info,
                        table,
                    ));
                    self.add(table, &prefix, own, root);
                }
            }
        }
    }
}

impl Outlined {
    fn section(key: Key, info: &FieldInfo, table: &'static Table) -> Self {
        let docs = if info.docs.is_empty() { table.docs } else { info.docs };
        Self { key, kind: String::new(), docs, deprecated: info.deprecated, default: None }
    }

    fn leaf(
        key: Key,
        role: Role,
        info: &FieldInfo,
        own: &Value,
        section: &Value,
        root: &Value,
    ) -> Self {
        let has_default = !role.is_secret() && !requires(section, info.name);
        let default = own.get("default").filter(|default| has_default && !default.is_null());
        let (docs, deprecated) = (info.docs, info.deprecated);
        Self { key, kind: kind(root, own), docs, deprecated, default: default.cloned() }
    }
}
