//! The field that tells the items of a list apart.

use std::any::Any;

use super::{Parts, Table};

/// A section that a field tells apart from others of its type, by the hash of the name of the field. Derived.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no field of this name that tells its items apart",
    label = "no such field, or none whose type is a text, a number or an address",
    note = "a field of any other type says so itself: `#[reload(restart, identity)]`"
)]
pub trait IdentifiedBy<const NAME: u64> {
    /// The type of the field. Its bounds stand where it is used: here they would be proven for each field that may be
    /// one.
    type Identity;
}

/// Returns the index of the field whose name has a hash.
pub(super) const fn named(table: &Table, name: u64) -> u16 {
    let mut index = 0;
    while let Some(field) = table.at(index) {
        if hash(field.ident) == name {
            return index;
        }
        index += 1;
    }
    u16::MAX
}

/// Returns the hash of a name (FNV-1a), as the derive makes it.
const fn hash(name: &str) -> u64 {
    let (name, mut hash, mut at) = (name.as_bytes(), 0xcbf2_9ce4_8422_2325, 0);
    while at < name.len() {
        hash = (hash ^ name[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Returns the identity of the item of a list.
pub(super) fn identity<S: Parts + IdentifiedBy<NAME>, const NAME: u64>(item: &S) -> &S::Identity
where
    S::Identity: 'static,
{
    #[expect(clippy::expect_used, reason = "the derive writes type and name from one field")]
    item.leaf_at(&[const { named(S::TABLE, NAME) }])
        .and_then(<dyn Any>::downcast_ref)
        .expect("a field has the type that the derive named")
}
