//! A question to the compiler: is the type of a leaf a section?

use std::marker::PhantomData;

use super::Reloadable;

/// A type that may be a section. As one value it would lose the classes of its fields.
///
/// `SectionIn::<T>::IS` is the inherent constant where `T` is one, and [`NoSection`]'s otherwise: an inherent
/// item is preferred to a trait's. A section that cannot be compared is no leaf anyway, which is reported first.
#[derive(Debug)]
pub struct SectionIn<T: ?Sized>(PhantomData<T>);

impl<T: Reloadable + PartialEq> SectionIn<T> {
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

/// The answer of [`SectionIn`] for any other type.
#[derive(Clone, Copy, Debug)]
pub struct Unit;

/// The answer that a hot leaf needs.
#[diagnostic::on_unimplemented(
    message = "the type derives `Reloadable`, so its fields have classes of their own: mark the field `#[reload(nested)]`",
    label = "this type is a section"
)]
pub trait OneValue: Copy {}

impl OneValue for Unit {}
