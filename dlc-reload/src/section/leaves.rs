//! The leaves that differ in a typed diff.

use std::fmt;

use super::{FieldKind, Leaf, Prefix, Table};
use crate::change::{Diff, Visitor};

/// Returns the leaves that differ, in declaration order.
///
/// A section that appeared or disappeared counts with all its leaves, each as one that needs a restart.
pub(crate) fn leaves(diff: &dyn Diff, table: &'static Table) -> Vec<Leaf> {
    let mut collector = Collector { table, prefix: Prefix::default(), found: Vec::new() };
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
        set.entry(&format_args!("{}", leaf.key));
    }
    set.finish()
}

struct Collector {
    table: &'static Table,
    prefix: Prefix,
    found: Vec<Leaf>,
}

impl Visitor for Collector {
    fn leaf(&mut self, index: u16, differs: bool) {
        if let Some(info) = self.table.at(index)
            && let FieldKind::Leaf(role) = info.kind
            && differs
        {
            self.found.push(self.prefix.field(info).into_leaf(role));
        }
    }

    fn section(&mut self, index: u16, diff: &dyn Diff) {
        let Some(info) = self.table.at(index) else { return };
        let FieldKind::Section { table, frozen, .. } = info.kind else { return };
        let below = self.prefix.field(info).section(frozen);
        let (outer_table, outer_prefix) = (self.table, std::mem::replace(&mut self.prefix, below));
        self.table = table;
        diff.visit(self);
        (self.table, self.prefix) = (outer_table, outer_prefix);
    }

    fn replaced(&mut self) {
        let whole = self.prefix.clone().section(true);
        self.table.collect(&whole, &mut self.found);
    }
}
