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
    /// True: `T` is a section.
    pub const IS: bool = true;
}

/// The constant of [`SectionIn`] for types that are no sections.
pub trait NoSection {
    /// False: it is no section.
    const IS: bool = false;
}

impl<T: ?Sized> NoSection for SectionIn<T> {}
