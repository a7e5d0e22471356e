//! The way to lay values over others, which the type of the place decides.

use std::{cell::OnceCell, rc::Rc};

use super::{alternatives::Alternatives, level::Level, shape::Shape};
use crate::{
    document::{Laying, Node},
    place::{Key, Segment},
    section::{FieldInfo, Found},
};

/// The decisions about one tree that is laid over another: each place is looked up once in the schema.
pub(crate) struct Layings<'s> {
    shape: &'s Shape,
    /// The level of the root, which many trees do not need.
    root: OnceCell<Rc<Level<'s>>>,
}

impl<'s> Layings<'s> {
    pub(crate) const fn of(shape: &'s Shape) -> Self {
        Self { shape, root: OnceCell::new() }
    }

    /// Returns the way to lay a value over another one at a key, where one of them is a map, or both are lists. An enum
    /// is one value, so that another variant replaces it.
    pub(crate) fn decide(&self, key: &Key, base: &Node, over: &Node) -> Laying {
        let segments = key.segments();
        let section = self.shape.table().section(segments);
        if section.is_some_and(|section| section.flattened_leaf().is_none()) {
            return Laying::Merge;
        }
        if base.as_list().is_some() && over.as_list().is_some() {
            return match self.shape.table().find(segments) {
                Found::Leaf(FieldInfo { entries: Some(entries), .. }, _, []) if entries.merges => {
                    entries.identity.map_or(Laying::Replace, Laying::Items)
                }
                _ => Laying::Replace,
            };
        }
        let level = self.level(segments);
        let allowed = level.allowed();
        let (Some(map), Some(_)) = (base.as_map(), over.as_map()) else {
            let is_choice = section.is_none() && allowed.are_choice();
            return if is_choice { Laying::Replace } else { Laying::Merge };
        };
        let Some(section) = section else {
            let is_other = allowed.tell_apart(base, over);
            return if is_other { Laying::Replace } else { Laying::Merge };
        };
        if !allowed.tell_apart_beside(base, over) {
            return Laying::Merge;
        }
        let of_variant =
            |name: &&str| section.field(name).is_none() && allowed.property(name).is_some();
        Laying::Drop(map.keys().map(|name| &**name).filter(of_variant).map(Box::from).collect())
    }

    /// Returns the level of a key.
    fn level(&self, segments: &[Segment]) -> Rc<Level<'s>> {
        let root = || Rc::new(Level::new(Alternatives::of(self.shape.schema())));
        let root = Rc::clone(self.root.get_or_init(root));
        segments.iter().fold(root, |level, segment| match segment {
            Segment::Name(name) => level.all_entries().below(name),
            Segment::Item(_) | Segment::Entry(_) => level.items(),
        })
    }
}
