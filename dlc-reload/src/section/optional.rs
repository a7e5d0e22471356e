//! Sections that may be absent.

use std::any::Any;

use schemars::{Schema, SchemaGenerator};

use super::{AcceptsHooks, At, Mode, Optional, Parts, Reloadable, Table, Validation, debug_diff};
use crate::{
    change::{Diff, Differing, Index},
    hook::{Commit, HookResult},
};

/// A section that may be absent. It is compared leaf by leaf while both sides have it; when it appears
/// or disappears, every leaf changes with class `restart`.
impl<S: Reloadable> Reloadable for Option<S> {
    type Hooks<'h> = S::Hooks<'h>;
    type Diff<'a> = OptionalDiff<'a, S>;
    type Fields<R, M: Mode> = S::Fields<R, Optional<M>>;
    type Present<'a> = S::Present<'a>;

    const OPTIONAL: bool = true;

    fn diff<'a>(old: &'a Self, new: &'a Self) -> Self::Diff<'a> {
        match (old, new) {
            (None, None) => OptionalDiff::Absent,
            (Some(old), Some(new)) => OptionalDiff::Present(S::diff(old, new)),
            (None, Some(new)) => OptionalDiff::Appeared(new),
            (Some(old), None) => OptionalDiff::Disappeared(old),
        }
    }

    fn fields_at<R, M: Mode>(at: At<R, M>) -> Self::Fields<R, M> {
        S::fields_at(at.optional())
    }

    fn present<'a>(from: &'a Self, diff: Self::Diff<'a>) -> Option<Self::Present<'a>> {
        match diff {
            OptionalDiff::Present(diff) => S::present(from.as_ref()?, diff),
            _ => None,
        }
    }

    fn run_validators(&self, cx: &mut Validation) {
        if let Some(section) = self {
            section.run_validators(cx);
        }
    }

    const FINISHES: bool = S::FINISHES;

    fn finish(&mut self) {
        if let Some(section) = self {
            section.finish();
        }
    }

    fn schema_reference(generator: &mut SchemaGenerator, frozen: bool) -> Schema {
        S::schema_reference(generator, frozen)
    }
}

impl<S: Reloadable> Parts for Option<S> {
    type Listener<'h> = S::Listener<'h>;

    const TABLE: &'static Table = S::TABLE;

    fn compare(old: &Self, new: &Self, found: &mut Differing) {
        match (old, new) {
            (None, None) => {}
            (Some(old), Some(new)) => S::compare(old, new, found),
            (None, Some(_)) | (Some(_), None) => found.whole(),
        }
    }

    fn ask<'t, 'h: 't>(
        at: &[Index],
        old: &'t Self,
        new: &'t Self,
        hooks: &'t Self::Listener<'h>,
    ) -> HookResult<'t> {
        match (old, new) {
            (Some(old), Some(new)) => S::ask(at, old, new, hooks),
            _ => Ok(Commit::none()),
        }
    }

    fn leaf_at(&self, at: &[u16]) -> Option<&dyn Any> {
        self.as_ref()?.leaf_at(at)
    }

    fn hot_leaf_mut(&mut self, at: &[u16]) -> Option<&mut dyn Any> {
        self.as_mut()?.hot_leaf_mut(at)
    }

    fn plain_schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        S::plain_schema(generator)
    }
}

impl<S: Reloadable + AcceptsHooks<H>, H> AcceptsHooks<H> for Option<S> {
    fn accept(hooks: &H) -> &<Self as Parts>::Listener<'_> {
        S::accept(hooks)
    }
}

/// The difference between two values of a section that may be absent.
pub enum OptionalDiff<'a, S: Reloadable> {
    /// Neither side has the section.
    Absent,
    /// Both sides have it.
    Present(S::Diff<'a>),
    /// Only the new side has it.
    Appeared(&'a S),
    /// Only the old side had it.
    Disappeared(&'a S),
}

impl<S: Reloadable> std::fmt::Debug for OptionalDiff<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        debug_diff(f, self, S::TABLE)
    }
}

impl<S: Reloadable> Diff for OptionalDiff<'_, S> {
    fn note(&self, found: &mut Differing) {
        match self {
            Self::Absent => {}
            Self::Present(diff) => diff.note(found),
            Self::Appeared(_) | Self::Disappeared(_) => found.whole(),
        }
    }
}
