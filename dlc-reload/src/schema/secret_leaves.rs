//! The leaves that are secrets or may hold some: knowledge of the types of the fields, most of which say so alone.

use std::collections::HashMap;

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::{
    alternatives::Alternatives,
    shape::{SecretLeaf, Shape},
};
use crate::{
    error::Problem,
    section::{Class, Content, Describe, EntriesType, FieldInfo, FieldKind, Prefix, Table},
};

/// The remedies for hot leaves.
const NOT_DESCRIBED: &str = "the schema does not describe the value, which may hold a secret: describe it there, or mark the field `#[reload(restart)]`";
const HOT: &str =
    "the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`";

/// Returns what the schemas of a value say of secrets in it.
fn content_of(allowed: Option<Alternatives<'_>>) -> Content {
    match allowed {
        None => Content::Unknown,
        Some(allowed) if allowed.is_unknown() => Content::Unknown,
        Some(allowed) if allowed.hold_secret() => Content::Secret,
        Some(_) => Content::Harmless,
    }
}

/// Returns what the schema of a type says which can be described alone.
fn content_of_type(describe: Describe) -> Content {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = describe(&mut generator).schema;
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".into(), Json::Object(generator.take_definitions(true)));
    }
    content_of(Some(Alternatives::of(schema.as_value())))
}

impl Shape {
    /// Returns an error, with the remedy, for each hot leaf that holds a secret or may hold one.
    ///
    /// The value would be handed to hooks and watches. The compiler refuses only the secrets that the type
    /// of the field names; the schema shows those inside of other types, and a value that it does not
    /// describe may hold one.
    pub(super) fn hot_secrets(&self) -> Vec<Problem> {
        let leaves = self.secret_leaves().iter();
        let hot = leaves.filter(|SecretLeaf { leaf, .. }| leaf.role.class() == Class::Hot);
        let problem = |SecretLeaf { leaf, is_described }: &SecretLeaf| {
            let message = if *is_described { HOT } else { NOT_DESCRIBED };
            Problem::error(message).with_key(leaf.key.clone())
        };
        hot.map(problem).collect()
    }

    /// Returns the leaves that are secrets or may hold some. The schema of the whole is made only for what cannot be
    /// described without it.
    pub(crate) fn secret_leaves(&self) -> &[SecretLeaf] {
        self.secret_leaves.get_or_init(|| {
            let mut search = Search { shape: self, known: HashMap::new(), found: Vec::new() };
            search.section(self.table(), &Prefix::default());
            search.found
        })
    }
}

struct Search<'s> {
    shape: &'s Shape,
    /// The types that were described, by the functions that do it: two that are one do the same.
    known: HashMap<usize, Content>,
    found: Vec<SecretLeaf>,
}

impl Search<'_> {
    fn section(&mut self, table: &'static Table, prefix: &Prefix) {
        for (index, info) in (0..).zip(table.fields) {
            let role = match info.kind {
                FieldKind::Section { table, frozen, .. } => {
                    self.section(table, &prefix.field(info).section(frozen));
                    continue;
                }
                FieldKind::Leaf(role) => role,
            };
            if let Some(entries) = &info.entries {
                self.entries(entries, info, prefix);
                continue;
            }
            let content = match info.describe().filter(|_| !info.flatten) {
                _ if role.is_secret() => Content::Secret,
                Some(_) if info.lacks_schema() => table.content_of(index),
                Some(describe) => {
                    let new = || content_of_type(describe);
                    *self.known.entry(describe as usize).or_insert_with(new)
                }
                None => content_of(self.shape.allowed(&prefix.leaf(info, role))),
            };
            let is_described = match content {
                Content::Harmless => continue,
                Content::Secret => true,
                Content::Unknown => false,
            };
            self.found.push(SecretLeaf { leaf: prefix.leaf(info, role), is_described });
        }
    }

    /// Finds the leaves of entries. Those of secrets stand for each of them: an entry is handed over as a whole when it
    /// is added, and a secret in it waits for a restart afterwards.
    fn entries(&mut self, entries: &EntriesType, info: &FieldInfo, prefix: &Prefix) {
        self.section(entries.table, &prefix.field(info).any_entry());
    }
}
