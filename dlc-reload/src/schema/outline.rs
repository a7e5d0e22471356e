//! The outline of a configuration: what the schema says of each section and leaf, for a tree that people read.

use serde_json::Value;

use super::{
    lookup::{each, field, requires},
    reference::kind,
    shape::Shape,
};
use crate::{
    place::{Key, Segment},
    section::{Class, FieldInfo, FieldKind, Prefix, Role, Table},
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

/// The description of a value inside of a leaf, such as a field of an entry.
#[derive(Debug)]
pub(crate) struct Inside {
    /// The class, within an entry that can change live.
    pub(crate) class: Class,
    pub(crate) kind: String,
    pub(crate) docs: String,
    pub(crate) deprecated: Option<&'static str>,
    pub(crate) default: Option<Value>,
}

impl Shape {
    /// Returns the description of the value at a key that lies inside of a leaf.
    pub(crate) fn inside(&self, key: &Key) -> Option<Inside> {
        let root = self.schema();
        let (mut table, mut section, mut rest) = (self.table(), root, key.segments());
        loop {
            let [Segment::Name(name), below @ ..] = rest else { return None };
            let info = table.field(name)?;
            let own = field(root, section, info.name)?;
            match (&info.kind, &info.entries, below) {
                (FieldKind::Section { table: inner, .. }, ..) => {
                    (table, section, rest) = (inner, own, below);
                }
                (FieldKind::Leaf(_), Some(entries), [step, below @ ..])
                    if entries.leads_to_one(step) =>
                {
                    (table, section, rest) = (entries.table, each(root, own)?, below);
                }
                (FieldKind::Leaf(role), _, []) => {
                    let leaf = Outlined::leaf(key.clone(), *role, info, own, section, root);
                    let Outlined { kind, deprecated, default, .. } = leaf;
                    let docs = leaf.docs.to_owned();
                    return Some(Inside { class: role.class(), kind, docs, deprecated, default });
                }
                (FieldKind::Leaf(role), ..) => {
                    let value = below.iter().try_fold(own, |schema, step| match step {
                        Segment::Name(name) => {
                            field(root, schema, name).or_else(|| each(root, schema))
                        }
                        Segment::Item(_) | Segment::Entry(_) => each(root, schema),
                    })?;
                    let docs = value.get("description").and_then(Value::as_str).unwrap_or_default();
                    let default = value.get("default").filter(|default| !default.is_null());
                    return Some(Inside {
                        class: role.class(),
                        kind: kind(root, value),
                        docs: docs.to_owned(),
                        deprecated: None,
                        default: default.filter(|_| !role.is_secret()).cloned(),
                    });
                }
            }
        }
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
