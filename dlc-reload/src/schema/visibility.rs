//! The walk through a tree that says of each of its texts whether it may be shown.

use std::rc::Rc;

use super::{
    level::{Level, Secrecy},
    shape::{Part, Shape, Target, Visibility, is_plain},
};
use crate::{
    document::{Node, Value},
    key::{Key, Segment},
    section::{FieldKind, Table},
};

impl Shape {
    /// Visits every name and scalar at and below a key, with its visibility.
    pub(crate) fn parts<'n>(
        &self,
        node: &'n Node,
        key: &Key,
        found: &mut impl FnMut(Part<'n>, Visibility),
    ) {
        let path = key.segments().to_vec();
        let spot = Spot::from(self.target(&path));
        Walk { shape: self, path, found }.value(node, &spot);
    }
}

/// The place of a value that the walk has come to.
enum Spot<'s> {
    Section(&'static Table),
    Inside(Rc<Level<'s>>),
    Secret,
    Nowhere,
}

impl<'s> From<Target<'s>> for Spot<'s> {
    fn from(target: Target<'s>) -> Self {
        match target {
            Target::Section(table) => Self::Section(table),
            Target::Inside(alternatives) => Self::of(Rc::new(Level::new(alternatives))),
            Target::Secret => Self::Secret,
            Target::Nowhere => Self::Nowhere,
        }
    }
}

impl<'s> Spot<'s> {
    fn of(level: Rc<Level<'s>>) -> Self {
        match level.secrecy() {
            Secrecy::Secret => Self::Secret,
            Secrecy::Unknown => Self::Nowhere,
            Secrecy::Harmless | Secrecy::HoldsSecret => Self::Inside(level),
        }
    }
}

struct Walk<'s, 'f, F> {
    shape: &'s Shape,
    /// The key of the section that the walk is in.
    path: Vec<Segment>,
    found: &'f mut F,
}

impl<'n, 's, F: FnMut(Part<'n>, Visibility)> Walk<'s, '_, F> {
    fn value(&mut self, node: &'n Node, spot: &Spot<'s>) {
        match &node.value {
            Value::Map(map) => {
                for (name, entry) in map.iter() {
                    let (visibility, below) = self.entry(name, spot);
                    (self.found)(Part::Name(name, entry.key), visibility);
                    if matches!(spot, Spot::Section(_)) {
                        self.path.push(Segment::Name(name.to_string().into()));
                        let below = below.unwrap_or_else(|| self.shape.target(&self.path).into());
                        self.value(&entry.node, &below);
                        self.path.pop();
                    } else {
                        self.value(&entry.node, &below.unwrap_or(Spot::Nowhere));
                    }
                }
                return;
            }
            Value::List(items) => {
                let below = match spot {
                    Spot::Inside(level) => Spot::of(level.items()),
                    Spot::Secret => Spot::Secret,
                    Spot::Section(_) | Spot::Nowhere => Spot::Nowhere,
                };
                return items.iter().for_each(|item| self.value(item, &below));
            }
            Value::Untyped(text) if text.bracketed || text.text.contains(',') => {
                // A list or map in one text, the parts of which are read alone.
                if !matches!(spot, Spot::Inside(level) if level.wants_brackets()) {
                    text.shape.iter().for_each(|shape| self.value(shape, spot));
                }
            }
            Value::Untyped(_) | Value::Scalar(_) | Value::Null => {}
        }
        let visibility = match spot {
            Spot::Secret => Visibility::Secret,
            // A scalar where a value with a secret in it belongs.
            Spot::Inside(level) if level.secrecy() == Secrecy::HoldsSecret => Visibility::Secret,
            Spot::Section(table) if table.leaves().iter().any(|leaf| leaf.role.is_secret()) => {
                Visibility::Secret
            }
            Spot::Inside(_) => Visibility::Shown,
            Spot::Section(_) | Spot::Nowhere => Visibility::Unknown,
        };
        (self.found)(Part::Scalar(node), visibility);
    }

    /// Returns the visibility of the name of an entry, and the place of its value; none where the key of the section
    /// leads to it.
    fn entry(&self, name: &str, spot: &Spot<'s>) -> (Visibility, Option<Spot<'s>>) {
        let (is_known, below) = match spot {
            Spot::Secret => return (Visibility::Secret, Some(Spot::Secret)),
            Spot::Nowhere if self.shape.looks_secret(name) => (false, Some(Spot::Secret)),
            Spot::Nowhere => (false, Some(Spot::Nowhere)),
            Spot::Section(table) => match table.field(name).map(|field| &field.kind) {
                Some(FieldKind::Section { table, .. }) => (true, Some(Spot::Section(table))),
                Some(FieldKind::Leaf(_)) => (true, None),
                None => {
                    let above = Target::Section(table);
                    return (self.shape.visibility_of_name(&above, name), None);
                }
            },
            Spot::Inside(level) => {
                let entries = level.all_entries();
                // No schema knows the aliases inside of a leaf, so this may be one of the secret.
                let is_alias = || !entries.is_open && entries.have_secret();
                if !entries.name(name) && (is_alias() || self.shape.looks_secret(name)) {
                    (false, Some(Spot::Secret))
                } else {
                    // Beside secrets, a name may be a piece of one that lost its space or line break.
                    let is_entry = entries.is_open && level.secrecy() == Secrecy::Harmless;
                    (is_entry || entries.name(name), Some(Spot::of(entries.below(name))))
                }
            }
        };
        let shown = is_known || is_plain(name);
        (if shown { Visibility::Shown } else { Visibility::Unknown }, below)
    }
}
