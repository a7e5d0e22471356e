//! The leaves that differ in a typed diff.

use std::fmt;

use super::{FieldKind, Leaf, Part, Prefix, Table};
use crate::change::{Diff, Visitor};

/// Returns the leaves that differ, in declaration order.
///
/// A section that appeared or disappeared is one leaf, which needs a restart.
pub(crate) fn leaves(diff: &dyn Diff, table: &'static Table) -> Vec<Leaf> {
    let (prefix, found) = (Prefix::default(), Vec::new());
    let mut collector = Collector { table, prefix, is_flattened: false, found };
    diff.visit(&mut collector);
    collector.found
}

/// Writes the keys that differ, and no values, because they may be secrets.
pub fn debug_diff(
    f: &mut fmt::Formatter<'_>,
    diff: &dyn Diff,
    table: &'static Table,
) -> fmt::Result {
    let mut set = f.debug_set();
    for leaf in leaves(diff, table) {
        match leaf.key.is_root() {
            true => set.entry(&format_args!("all of {}", table.name)),
            false => set.entry(&format_args!("{}", leaf.key)),
        };
    }
    set.finish()
}

struct Collector {
    table: &'static Table,
    prefix: Prefix,
    is_flattened: bool,
    found: Vec<Leaf>,
}

impl Visitor for Collector {
    fn leaf(&mut self, index: u16, differs: bool) {
        if let Some(info) = self.table.at(index)
            && let FieldKind::Leaf(role) = info.kind
            && differs
        {
            self.found.push(self.prefix.leaf(info, role));
        }
    }

    fn section(&mut self, index: u16, diff: &dyn Diff) {
        let Some(info) = self.table.at(index) else { return };
        let FieldKind::Section { table, frozen, .. } = info.kind else { return };
        let prefix = self.prefix.field(info).section(frozen);
        let below = Self { table, prefix, is_flattened: info.flatten, found: Vec::new() };
        let around = std::mem::replace(self, below);
        diff.visit(self);
        let below = std::mem::replace(self, around);
        self.found.extend(below.found);
    }

    fn replaced(&mut self) {
        let part = if self.is_flattened { Part::Fields(self.table) } else { Part::Whole };
        self.found.push(self.prefix.whole(part));
    }
}
