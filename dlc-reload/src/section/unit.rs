//! A question to the compiler, and at last to the program: is the type of a leaf a section?

use std::{any::type_name, borrow::Cow, marker::PhantomData};

use schemars::JsonSchema;

use super::Reloadable;

/// A type that may be a section. As one value it would lose the classes of its fields.
///
/// `SectionIn::<T>::IS` is the inherent constant where `T` is one, and [`NoSection`]'s otherwise: an inherent
/// item is preferred to a trait's.
#[derive(Debug)]
pub struct SectionIn<T: ?Sized>(PhantomData<T>);

impl<T: Reloadable> SectionIn<T> {
    /// Yes: `T` is a section.
    pub const IS: Section = Section;
}

/// The constant of [`SectionIn`] for types that are no sections.
pub trait NoSection {
    /// No: it is no section.
    const IS: Unit = Unit;
}

impl<T: ?Sized> NoSection for SectionIn<T> {}

/// The answer of [`SectionIn`] for a section.
#[derive(Clone, Copy, Debug)]
pub struct Section;

impl Section {
    /// Compares nothing: the section is refused as the type of a leaf, and what it lacks to be one is not said besides.
    pub const fn differs<T>(self, _: &T, _: &T) -> bool {
        false
    }
}

/// The answer of [`SectionIn`] for any other type.
#[derive(Clone, Copy, Debug)]
pub struct Unit;

impl Unit {
    /// Returns true if two values of a leaf differ.
    #[inline]
    pub fn differs<T: Compared>(self, old: &T, new: &T) -> bool {
        old != new
    }
}

/// A type that can be compared, as that of a leaf has to be. It is all of `Leaf` that is asked for here:
/// the derives of the struct say what else a type lacks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a leaf (`Leaf`): it lacks `PartialEq`",
    label = "cannot be compared",
    note = "add `#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]` to a type of your own, which is what a `Leaf` needs; where the type derives `Reloadable`, mark the field `nested`"
)]
pub trait Compared: PartialEq {}

#[diagnostic::do_not_recommend]
impl<T: PartialEq> Compared for T {}

/// The answer that a hot leaf needs.
#[diagnostic::on_unimplemented(
    message = "the type derives `Reloadable`, so its fields have classes of their own: mark the field `#[reload(nested)]`",
    label = "this type is a section"
)]
pub trait OneValue: Copy {}

impl OneValue for Unit {}

/// The beginning of the id of the schema of a section, which tells it from any other type.
const SECTION: &str = "section ";

/// Returns the id of the schema of a section. Two structs of one name may stand in two functions of one module.
pub fn schema_id<S>(file: &str, line: u32, column: u32) -> Cow<'static, str> {
    format!("{SECTION}{file}:{line}:{column}:{}", type_name::<S>()).into()
}

/// Returns true if a type is a section, or an `Option` of one, in code that is generic over it.
pub(super) fn is_section<T: JsonSchema>() -> bool {
    T::schema_id().trim_start_matches("Option<").starts_with(SECTION)
}
