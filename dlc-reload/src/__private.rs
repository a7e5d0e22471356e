//! The items that generated code uses. They are no part of the interface and change in any release.

pub use schemars;
pub use serde::{Serialize, de::DeserializeOwned};

use crate::change::{Change, Diff};
pub use crate::{
    change::Visitor,
    document::{Cursor, Mismatch},
    hook::Transaction,
    secret::{NoSecret, SecretIn},
    section::{
        AcceptsHooks, At, FieldInfo, Frozen, Hot, Mode, NoSection, Probe, Restart, Role, SectionIn,
        Table, Validation, debug_diff,
    },
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
