//! Typed paths from a root to the fields of its sections.

use std::{any::Any, fmt, marker::PhantomData};

use super::{Copying, FieldInfo, Reloadable, copy};
use crate::place::Key;

/// The greatest number of sections that can lie in each other, the root included.
const MAX_DEPTH: usize = 15;

/// The place of a field below a root: on each level the index of the field in its section's table.
///
/// An array and no vector, so that a path is `Copy`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Indices {
    at: [u16; MAX_DEPTH],
    len: u8,
}

impl Indices {
    const ROOT: Self = Self { at: [0; MAX_DEPTH], len: 0 };

    const fn child(mut self, index: u16) -> Self {
        self.at[self.len as usize] = index;
        self.len += 1;
        self
    }

    fn as_slice(&self) -> &[u16] {
        &self.at[..usize::from(self.len)]
    }
}

/// The place of a section below the root `R`, which the generated `…Fields` structs hold.
pub struct At<R, M> {
    indices: Indices,
    types: PhantomData<fn() -> (R, M)>,
}

impl<R: Reloadable> At<R, Direct> {
    /// Returns the place of the root.
    pub const fn root() -> Self {
        const {
            assert!(
                R::TABLE.depth() <= MAX_DEPTH,
                "the configuration has sections more than 15 deep"
            )
        };
        Self::new(Indices::ROOT)
    }
}

impl<R, M: Mode> At<R, M> {
    const fn new(indices: Indices) -> Self {
        Self { indices, types: PhantomData }
    }

    /// Returns the path of a leaf of this section.
    pub const fn leaf<T: 'static, K>(self, index: u16) -> Field<R, M::Value<T>, M::Class<K>> {
        let indices = self.indices.child(index);
        Field { indices, read: M::read::<T>, write: M::write::<T>, types: PhantomData }
    }

    /// Returns the place of a section below this one.
    pub const fn section(self, index: u16) -> Self {
        Self::new(self.indices.child(index))
    }

    /// Returns the place of a section below this one in which every leaf is `restart`.
    pub const fn frozen(self, index: u16) -> At<R, Frozen<M>> {
        At::new(self.indices.child(index))
    }

    /// Returns the place of this section as one that may be absent.
    pub const fn optional(self) -> At<R, Optional<M>> {
        At::new(self.indices)
    }
}

impl<R: Reloadable, M: Mode> At<R, M> {
    /// Returns the key of the section at this place.
    pub(super) fn key(self) -> Key {
        R::TABLE.key(self.indices.as_slice())
    }

    /// Returns a copy of the section at this place.
    pub(super) fn read<S: Clone + 'static>(self, root: &R) -> M::Value<S> {
        #[expect(clippy::expect_used, reason = "the derive writes type and place from one field")]
        M::read(root.leaf_at(self.indices.as_slice()), copy::<S>)
            .expect("a section has the type that the derive named")
    }
}

impl<R, M> Clone for At<R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, M> Copy for At<R, M> {}

impl<R: Reloadable, M> fmt::Debug for At<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "At({})", R::TABLE.key(self.indices.as_slice()))
    }
}

/// The way from the root to the fields of a section: direct, through an `Option`, or through a section
/// whose leaves are all `restart`.
pub trait Mode: 'static {
    /// The type that reading a leaf of type `T` returns.
    type Value<T: 'static>: 'static;
    /// The class of a leaf whose own class is `K`.
    type Class<K>;

    /// Reads a leaf; returns `None` where it is not of the type that the derive named.
    fn read<T: 'static>(leaf: Option<&dyn Any>, copy: Copying) -> Option<Self::Value<T>>;

    /// Replaces a leaf; returns false where there is none, or no value to put there.
    fn write<T: 'static>(leaf: Option<&mut dyn Any>, value: &Self::Value<T>, copy: Copying)
    -> bool;
}

/// The way on which no section can be absent.
#[derive(Debug)]
pub enum Direct {}

/// The way on which a section may be absent, so that reading a leaf returns an `Option`.
#[derive(Debug)]
pub struct Optional<M>(PhantomData<M>);

/// The way on which a section is `#[reload(restart, nested)]`, so that all leaves are `restart`.
#[derive(Debug)]
pub struct Frozen<M>(PhantomData<M>);

impl Mode for Direct {
    type Value<T: 'static> = T;
    type Class<K> = K;

    fn read<T: 'static>(leaf: Option<&dyn Any>, copy: Copying) -> Option<T> {
        let mut value: Option<T> = None;
        copy(&mut value, leaf?);
        value
    }

    fn write<T: 'static>(leaf: Option<&mut dyn Any>, value: &T, copy: Copying) -> bool {
        leaf.filter(|leaf| leaf.is::<T>()).map(|leaf| copy(leaf, value)).is_some()
    }
}

impl<M: Mode> Mode for Optional<M> {
    type Value<T: 'static> = Option<T>;
    type Class<K> = M::Class<K>;

    fn read<T: 'static>(leaf: Option<&dyn Any>, copy: Copying) -> Option<Option<T>> {
        Some(Direct::read(leaf, copy))
    }

    fn write<T: 'static>(leaf: Option<&mut dyn Any>, value: &Option<T>, copy: Copying) -> bool {
        value.as_ref().is_some_and(|value| Direct::write(leaf, value, copy))
    }
}

impl<M: Mode> Mode for Frozen<M> {
    type Value<T: 'static> = M::Value<T>;
    type Class<K> = Restart;

    fn read<T: 'static>(leaf: Option<&dyn Any>, copy: Copying) -> Option<M::Value<T>> {
        M::read(leaf, copy)
    }

    fn write<T: 'static>(leaf: Option<&mut dyn Any>, value: &M::Value<T>, copy: Copying) -> bool {
        M::write::<T>(leaf, value, copy)
    }
}

/// The class of a [`Field`] that changes live.
#[derive(Debug)]
pub enum Hot {}

/// The class of a [`Field`] that takes effect at the next start.
#[derive(Debug)]
pub enum Restart {}

/// The typed path of one leaf: below the root `R`, with a value of type `T` and the class `K`.
///
/// Get one from [`Reloadable::fields`]. It converts into a [`Key`] and displays as one. Below a section
/// that is an `Option`, `T` is an `Option` as well. Only a `hot` field can be watched or overridden;
/// for any other, the call does not compile.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Log { #[reload(hot)] level: String }
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(nested)] log: Option<Log> }
/// let level = Config::fields().log().level();
/// assert_eq!(level.to_string(), "log.level");
///
/// let config = Config { log: Some(Log { level: "info".into() }) };
/// assert_eq!(level.read(&config).as_deref(), Some("info"));
/// assert_eq!(level.read(&Config { log: None }), None);
/// ```
pub struct Field<R, T, K> {
    indices: Indices,
    read: fn(Option<&dyn Any>, Copying) -> Option<T>,
    write: fn(Option<&mut dyn Any>, &T, Copying) -> bool,
    types: PhantomData<fn() -> (R, K)>,
}

impl<R: Reloadable, T, K> Field<R, T, K> {
    /// Returns the key, relative to the root `R`.
    pub fn key(self) -> Key {
        R::TABLE.key(self.indices.as_slice())
    }

    /// Returns a copy of the value of this field in a configuration.
    ///
    /// # Panics
    ///
    /// Never with derived code: the derive takes the type and the place from the same field.
    pub fn read(self, root: &R) -> T {
        #[expect(clippy::expect_used, reason = "the derive writes type and place from one field")]
        (self.read)(root.leaf_at(self.indices.as_slice()), self.copying())
            .expect("a field has the type that the derive named")
    }

    /// Replaces a leaf that was found at the place of this field; returns false where it cannot hold
    /// the value.
    pub(crate) fn write(self, leaf: Option<&mut dyn Any>, value: &T) -> bool {
        (self.write)(leaf, value, self.copying())
    }

    /// Returns what the row of the field copies a value with, so that a path asks nothing of its type.
    fn copying(self) -> Copying {
        R::TABLE.row(self.indices.as_slice()).map_or(|_, _| {}, FieldInfo::copying)
    }
}

impl<R, T, K> Field<R, T, K> {
    /// Returns the place, as indices from the root.
    pub(crate) fn indices(&self) -> &[u16] {
        self.indices.as_slice()
    }
}

impl<R, T, K> Clone for Field<R, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T, K> Copy for Field<R, T, K> {}

impl<R: Reloadable, T, K> fmt::Display for Field<R, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}

impl<R: Reloadable, T, K> fmt::Debug for Field<R, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.key())
    }
}

impl<R: Reloadable, T, K> From<Field<R, T, K>> for Key {
    fn from(field: Field<R, T, K>) -> Self {
        field.key()
    }
}

/// A class whose fields can be watched: [`Hot`] only.
#[diagnostic::on_unimplemented(
    message = "a `restart` field cannot be watched: it keeps its value until the next start",
    label = "this field is `#[reload(restart)]`",
    note = "read it once through the handle, or mark the field `#[reload(hot)]` and implement its hook"
)]
pub trait Watchable: 'static {}

impl Watchable for Hot {}

/// A class whose fields can have another value for a while: [`Hot`] only.
#[diagnostic::on_unimplemented(
    message = "a `restart` field cannot be overridden: it keeps its value until the next start",
    label = "this field is `#[reload(restart)]`",
    note = "set it in a source and restart the service, or mark the field `#[reload(hot)]` and implement its hook"
)]
pub trait Overridable: 'static {}

impl Overridable for Hot {}
