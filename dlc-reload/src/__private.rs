//! The items that generated code uses. They are no part of the interface and change in any release.

pub use schemars;
pub use serde::{Serialize, de::DeserializeOwned};

pub use crate::{
    document::{Cursor, Mismatch},
    hook::{Change, Diff, Differing, HookResult, Index},
    secret::{NoSecret, SecretIn},
    section::{
        AcceptsHooks, Anything, Asked, At, By, ByKey, Describe, Entries, EntryChange, Field,
        FieldInfo, Frozen, Hot, IdentifiedBy, LeafIn, Lenient, MayBeAbsent, Mode, NoLeaf, NoSchema,
        NoSection, Parts, Presence, Probe, Property, Reloadable, Restart, Role, SchemaIn,
        SectionIn, SectionPath, SectionType, Table, TypeInfo, Unit, Validation, Whole,
        WithoutHooks, debug_diff, default_json, default_of, described, entries_differ,
        entries_finish, entry_change, finish_entries, itself, marked, plain, presence, schema_id,
    },
};

use crate::hook::Commit;

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
pub fn change<'a, T: ?Sized>(differs: bool, old: &'a T, new: &'a T) -> Option<Change<'a, T>> {
    differs.then_some(Change { old, new })
}

/// Returns the result of asking a field that has no hook.
pub const fn no_hook<'a>() -> HookResult<'a> {
    Ok(Commit::none())
}

/// Calls a function of the author that sets derived values.
pub fn set_derived<S>(section: &mut S, finish: impl FnOnce(&mut S)) {
    finish(section);
}

/// Returns the first index of a path to a leaf, and the rest of the path. At its end, the index is that of no field.
pub const fn step(at: &[u16]) -> (u16, &[u16]) {
    match at {
        [first, below @ ..] => (*first, below),
        [] => (u16::MAX, at),
    }
}

/// Returns the first index of a path to a hook, and the rest of the path. At its end, and at an entry, the index is
/// that of no field.
pub fn enter(path: &[Index]) -> (u16, &[Index]) {
    match path {
        [Index::Field(first), below @ ..] => (*first, below),
        _ => (u16::MAX, path),
    }
}

/// The diff of a section that could not be derived.
#[derive(Debug)]
pub struct NoDiff;

impl Diff for NoDiff {
    fn note(&self, _: &mut Differing) {}
}

/// The reason, in a compiler error, why a `#[reload(restart)]` field has no hook: it keeps its value
/// until the next start. Mark it `#[reload(hot)]` if it can change live.
#[derive(Debug)]
pub struct RestartFieldsHaveNoHook;

/// The reason, in a compiler error, why a `#[reload(hot, live)]` field has no hook: every use reads the
/// handle. Remove `live` if a change needs a reaction.
#[derive(Debug)]
pub struct LiveFieldsHaveNoHook;
