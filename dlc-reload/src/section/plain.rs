//! The leaves of plain types, about which nothing is asked: each question to the compiler costs time in each build.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{FieldInfo, Role, TypeInfo, property};

/// A type of which the derive knows by its name that it is neither a secret nor a section, and has all that a leaf
/// needs. A type of the author's own that goes by such a name is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` goes by the name of a type of the standard library here: write its path, such as `self::String`",
    label = "not the type that has this name elsewhere"
)]
pub trait Plain: Clone + DeserializeOwned + JsonSchema + 'static {
    /// The row of a leaf of this type, but for what the field says of its own.
    const ROW: FieldInfo = {
        let ty = TypeInfo::of_leaf::<Self>().described(Some(property::<Self>));
        FieldInfo::leaf("", "", Role::Restart, ty)
    };
}

macro_rules! plain {
    ($($ty:ty)*) => { $(impl Plain for $ty {})* };
}

// The same as in the derive.
plain!(bool char String f32 f64 u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<T: Plain> Plain for Option<T> {}
impl<T: Plain> Plain for Vec<T> {}

// Functions and no methods, because the compiler would have to look for these.

/// Returns the row of a leaf that has a hook.
pub const fn hook<T: Plain>(ident: &'static str, docs: &'static str) -> FieldInfo {
    T::ROW.of_plain_leaf(ident, docs, Role::Hook)
}

/// Returns the row of a leaf that changes live without a hook.
pub const fn live<T: Plain>(ident: &'static str, docs: &'static str) -> FieldInfo {
    T::ROW.of_plain_leaf(ident, docs, Role::Live)
}

/// Returns the row of a leaf that waits for the next start.
pub const fn restart<T: Plain>(ident: &'static str, docs: &'static str) -> FieldInfo {
    T::ROW.of_plain_leaf(ident, docs, Role::Restart)
}

/// Returns the row of a leaf that waits for the next start and is never shown.
pub const fn secret<T: Plain>(ident: &'static str, docs: &'static str) -> FieldInfo {
    T::ROW.of_plain_leaf(ident, docs, Role::Secret)
}
