//! What generated code calls. Not part of the interface: it changes in any release.

use std::fmt;

pub use schemars;
pub use serde::{Serialize, de::DeserializeOwned};

pub use crate::{
    change::Visitor,
    document::{Cursor, Misfit},
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

/// What a type parameter of a section must be.
pub trait Value:
    Clone + Serialize + DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}

impl<T> Value for T where
    T: Clone + Serialize + DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}

/// The change of one leaf, if it differs.
pub fn change<'a, T: PartialEq + ?Sized>(old: &'a T, new: &'a T) -> Option<Change<'a, T>> {
    (old != new).then_some(Change { old, new })
}

/// The first step of a way to a leaf, and the rest of the way.
pub fn step(at: &[u16]) -> Option<(u16, &[u16])> {
    at.split_first().map(|(first, below)| (*first, below))
}

/// Writes the keys that differ; the values may be anything, secrets included.
pub fn debug_diff(
    f: &mut fmt::Formatter<'_>,
    diff: &dyn Diff,
    table: &'static Table,
) -> fmt::Result {
    f.debug_set().entries(leaves(diff, table).iter().map(|leaf| format_args_of(&leaf.key))).finish()
}

fn format_args_of(key: &crate::key::Key) -> impl fmt::Debug + use<> {
    struct Plain(String);
    impl fmt::Debug for Plain {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
    Plain(key.to_string())
}

/// The diff of a section that could not be derived.
#[derive(Debug)]
pub struct NoDiff;

impl Diff for NoDiff {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// A hook of a `#[reload(restart)]` field is never called: the field keeps its value until the next
/// start. Mark it `#[reload(hot)]` if it can change live.
#[derive(Debug)]
pub struct RestartFieldsHaveNoHook;

/// A hook of a `#[reload(hot, live)]` field is never called: every use reads the handle. Remove
/// `live` if a change needs a reaction.
#[derive(Debug)]
pub struct LiveFieldsHaveNoHook;

/// The hooks of a `#[reload(restart, nested)]` section are never called. Remove `restart` if the
/// section classifies its own fields.
#[derive(Debug)]
pub struct RestartSectionsHaveNoHooks;
