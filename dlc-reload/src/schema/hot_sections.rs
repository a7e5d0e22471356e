//! Hot leaves that are sections: those whose type is a parameter where they are declared, so that the compiler refuses
//! only the others.

use super::shape::Shape;
use crate::{
    error::Problem,
    section::{Class, FieldKind, Prefix, Table},
};

/// The remedy.
const SECTION: &str = "the type derives `Reloadable`, so its fields have classes of their own, which one value would lose: mark the field `#[reload(nested)]`";

impl Shape {
    /// Returns an error, with the remedy, for each leaf that cannot be hot: a section, and what holds a secret.
    pub(crate) fn unfit_for_hot(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        search(self.table(), &Prefix::default(), &mut found);
        // One that is a section and has a secret is mended as a section.
        let secrets = self.hot_secrets().into_iter();
        let secrets: Vec<_> = secrets
            .filter(|secret| found.iter().all(|section| section.key != secret.key))
            .collect();
        found.extend(secrets);
        found
    }
}

fn search(table: &'static Table, prefix: &Prefix, found: &mut Vec<Problem>) {
    for info in table.fields {
        let role = match info.kind {
            FieldKind::Section { table, frozen, .. } => {
                search(table, &prefix.field(info).section(frozen), found);
                continue;
            }
            FieldKind::Leaf(role) => role,
        };
        if let Some(entries) = &info.entries {
            search(entries.table, &prefix.field(info).any_entry(), found);
            continue;
        }
        let leaf = prefix.leaf(info, role);
        if leaf.role.class() == Class::Hot && info.is_section() {
            found.push(Problem::error(SECTION).with_key(leaf.key));
        }
    }
}
