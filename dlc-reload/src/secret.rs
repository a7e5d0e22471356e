//! Values that must not be seen.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// The text in place of a secret wherever a configuration is shown.
pub(crate) const REDACTED: &str = "[redacted]";

/// The keyword that marks a secret in a schema. `writeOnly`, which editors know, stands beside it.
pub(crate) const MARK: &str = "x-secret";

/// A value that never shows itself: not in `Debug`, not when serialized, not in a schema's default.
///
/// Wherever one is inside of a value, its schema says so by the keyword `x-secret`, and then messages, excerpts,
/// reports and what is kept on disk leave out its text. A value whose type has no schema is left out as a whole. A type
/// of your own that is a secret says the same with `#[schemars(extend("x-secret" = true))]`, or its field is marked
/// `#[reload(restart, secret)]`.
///
/// It compares in constant time (for values of equal length; the length is not hidden) and is
/// overwritten with zeros when dropped. Copies that other code makes of the exposed value are
/// beyond its reach, and so is the text of the file it was read from.
///
/// ```
/// use dlc_reload::Secret;
///
/// let password = Secret::new("swordfish".to_owned());
/// assert_eq!(format!("{password:?}"), "Secret([redacted])");
/// assert_eq!(password.expose(), "swordfish");
/// ```
///
/// It holds a text or bytes (`AsRef<[u8]>`), because these can be compared in constant time. Several secrets are a
/// list or a map of them, `Vec<Secret<String>>`, and no secret list.
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(T);

thread_local! {
    /// The number of secrets that this thread has begun to read.
    static READ: Cell<usize> = const { Cell::new(0) };
}

/// Runs a function and returns true if it reads a secret, from whatever it may be.
pub(crate) fn is_read_by(run: impl FnOnce()) -> bool {
    let before = READ.get();
    run();
    READ.get() != before
}

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value itself. Each call is a place where a secret may leak: keep them few.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({REDACTED})")
    }
}

impl<T: Zeroize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.set(READ.get().wrapping_add(1));
        // Errors of serde quote the value, so the message is replaced.
        T::deserialize(deserializer).map(Self).map_err(|_| {
            de::Error::custom(
                "this secret does not have the expected form (its value is not shown)",
            )
        })
    }
}

impl<T: Zeroize + JsonSchema> JsonSchema for Secret<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Secret_{}", T::schema_name()).into()
    }
    fn schema_id() -> Cow<'static, str> {
        format!("dlc_reload::Secret<{}>", T::schema_id()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("writeOnly".into(), true.into());
        schema.insert(MARK.into(), true.into());
        schema
    }
}

/// A question to the compiler: does a type hold a [`Secret`] that can be seen from its name (the
/// secret itself, an alias of it, or a standard container of it)?
///
/// `SecretIn::<T>::HELD` is the inherent constant where `T` holds a secret, and [`NoSecret`]'s
/// otherwise: an inherent item is preferred to a trait's. In generic code the trait's always wins. The two are of
/// different types, so that the answer can be refused at the type of the field.
#[derive(Debug)]
pub struct SecretIn<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized + HoldsSecret> SecretIn<T> {
    /// Yes: `T` holds a secret.
    pub const HELD: Held = Held;
}

/// The constant of [`SecretIn`] for types without a secret.
pub trait NoSecret {
    /// No: no secret is held.
    const HELD: NotHeld = NotHeld;
}

impl<T: ?Sized> NoSecret for SecretIn<T> {}

/// The answer of [`SecretIn`] for a type that holds a secret.
#[derive(Clone, Copy, Debug)]
pub struct Held;

/// The answer of [`SecretIn`] for any other type.
#[derive(Clone, Copy, Debug)]
pub struct NotHeld;

/// An answer of [`SecretIn`].
pub trait HoldsSecretOrNot: Copy {
    /// True if a secret is held.
    const HELD: bool;
}

impl HoldsSecretOrNot for Held {
    const HELD: bool = true;
}

impl HoldsSecretOrNot for NotHeld {
    const HELD: bool = false;
}

/// The answer that a hot field needs: its value is handed to hooks and watches.
#[diagnostic::on_unimplemented(
    message = "a value that holds a secret cannot be `hot`: mark the field `#[reload(restart)]`",
    label = "this type holds a secret"
)]
pub trait MayBeHot: Copy {}

impl MayBeHot for NotHeld {}

/// Types that hold a [`Secret`].
pub trait HoldsSecret {}

impl<T: Zeroize> HoldsSecret for Secret<T> {}

macro_rules! containers {
    ($(<$($param:ident),*> $container:ty;)*) => {
        $(impl<T: HoldsSecret $(, $param)*> HoldsSecret for $container {})*
    };
}

containers! {
    <> Option<T>;
    <> Vec<T>;
    <> VecDeque<T>;
    <> Box<T>;
    <> Rc<T>;
    <> Arc<T>;
    <> [T];
    <K> BTreeMap<K, T>;
    <K, S> HashMap<K, T, S>;
}

impl<T: HoldsSecret, const N: usize> HoldsSecret for [T; N] {}
