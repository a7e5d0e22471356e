//! Typed paths as what they lead to: a field, a section or the whole.

use std::any::Any;

use super::{At, Field, Hot, Mode, Parts, Reloadable};
use crate::{hook::Differing, place::Key};

/// A part of a configuration `C`, by its typed path: a field (`Config::fields().http().port()`), a section
/// (`Config::fields().http()`) or the whole (`Config::fields()`). Never implemented by hand.
pub trait TypedPath<C>: Copy + Send + Sync + 'static {
    /// The type of the value; below a section that is an `Option`, an `Option` as well.
    type Value: Clone + Send + Sync + 'static;
    /// The class: that of a field, or `hot` for a section that classifies its own fields.
    type Class;

    /// Returns the key.
    #[doc(hidden)]
    fn key(self) -> Key;
    /// Returns a copy of the value.
    #[doc(hidden)]
    fn read(self, whole: &C) -> Self::Value;
    /// Returns true if two values differ.
    #[doc(hidden)]
    fn differ(one: &Self::Value, other: &Self::Value) -> bool;
}

impl<C, T, K> TypedPath<C> for Field<C, T, K>
where
    C: Reloadable,
    T: Clone + PartialEq + Send + Sync + 'static,
    K: 'static,
{
    type Value = T;
    type Class = K;

    fn key(self) -> Key {
        Self::key(self)
    }

    fn read(self, whole: &C) -> T {
        Self::read(self, whole)
    }

    fn differ(one: &T, other: &T) -> bool {
        one != other
    }
}

/// The typed paths of the fields of a section, which are the path of the section itself. Derived.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this is no path of a field or section of the configuration that is read",
    label = "a path of another one, or none at all",
    note = "a path begins with `fields()` of the configuration that is read: `Config::fields().section().field()`"
)]
pub trait SectionPath: Copy + Send + Sync + 'static {
    /// The root.
    type Root: Reloadable;
    /// The way from the root to the section.
    type Mode: Mode;
    /// The section. It is one if the derive has succeeded, and what it lacks is said there.
    type Section: 'static;

    /// Returns the place of the section.
    fn at(self) -> At<Self::Root, Self::Mode>;
}

impl<P> TypedPath<P::Root> for P
where
    P: SectionPath<Section: Clone>,
    <P::Mode as Mode>::Value<P::Section>: Parts + Clone + Send + Sync,
{
    type Value = <P::Mode as Mode>::Value<P::Section>;
    type Class = <P::Mode as Mode>::Class<Hot>;

    fn key(self) -> Key {
        self.at().key()
    }

    fn read(self, whole: &P::Root) -> Self::Value {
        self.at().read::<P::Section>(whole)
    }

    fn differ(one: &Self::Value, other: &Self::Value) -> bool {
        let mut found = Differing::default();
        Parts::compare(one, other, &mut found);
        !found.is_empty()
    }
}

/// Returns a section at the end of a path of indices, which leads to no field of it.
pub fn itself<'s, S: 'static>(section: &'s S, at: &[u16]) -> Option<&'s dyn Any> {
    at.is_empty().then_some(section)
}
