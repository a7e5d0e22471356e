//! The items that generated code uses. They are no part of the interface and change in any release.

use std::fmt;

pub use schemars;
pub use serde::{Serialize, de::DeserializeOwned};

pub use crate::{
    change::Visitor,
    document::{Cursor, Mismatch},
    hook::Transaction,
    secret::{NoSecret, SecretIn},
    section::{
        AcceptsHooks, At, FieldInfo, Frozen, Hot, Mode, Probe, Restart, Role, Table, Validation,
    },
};
use crate::{
    change::{Change, Diff},
    section::leaves,
};

/// The bounds of a type parameter of a section.
pub trait Value:
    Clone + Serialize + DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}

impl<T> Value for T where
    T: Clone + Serialize + DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}

/// Returns the change of one leaf, if it differs.
pub fn change<'a, T: PartialEq + ?Sized>(old: &'a T, new: &'a T) -> Option<Change<'a, T>> {
    (old != new).then_some(Change { old, new })
}

/// Returns the first index of a path to a leaf, and the rest of the path.
pub fn step(at: &[u16]) -> Option<(u16, &[u16])> {
    at.split_first().map(|(first, below)| (*first, below))
}

/// Writes the keys that differ, and no values, because they may be secrets.
pub fn debug_diff(
    f: &mut fmt::Formatter<'_>,
    diff: &dyn Diff,
    table: &'static Table,
) -> fmt::Result {
    let mut set = f.debug_set();
    for leaf in leaves(diff, table) {
        set.entry(&format_args!("{}", leaf.key));
    }
    set.finish()
}

/// The diff of a section that could not be derived.
#[derive(Debug)]
pub struct NoDiff;

impl Diff for NoDiff {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// The reason, in a compiler error, why a `#[reload(restart)]` field has no hook: it keeps its value
/// until the next start. Mark it `#[reload(hot)]` if it can change live.
#[derive(Debug)]
pub struct RestartFieldsHaveNoHook;

/// The reason, in a compiler error, why a `#[reload(hot, live)]` field has no hook: every use reads the
/// handle. Remove `live` if a change needs a reaction.
#[derive(Debug)]
pub struct LiveFieldsHaveNoHook;

/// The reason, in a compiler error, why a `#[reload(restart, nested)]` section has no hooks: no field in
/// it changes live. Remove `restart` if the section classifies its own fields.
#[derive(Debug)]
pub struct RestartSectionsHaveNoHooks;
