//! Sections that may be absent.

use std::any::Any;

use super::{
    AcceptsHooks, At, Mode, Nothing, Optional, Parts, Reloadable, Table, Validation, debug_diff,
};
use crate::hook::{Commit, Diff, Differing, HookResult, Index};

/// A section that may be absent. It is compared leaf by leaf while both sides have it; when it appears
/// or disappears, that is one change of all of it, which waits for a restart unless the section is `live`.
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
}

impl<S: Reloadable + AcceptsHooks<H>, H> AcceptsHooks<H> for Option<S> {
    fn accept(hooks: &H) -> &<Self as Parts>::Listener<'_> {
        S::accept(hooks)
    }
}

/// A section that may be absent.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is always there: `live` beside `nested` is said of a section in an `Option`",
    label = "no `Option`",
    note = "remove `live`: the fields of the section have classes of their own"
)]
pub trait MayBeAbsent: Reloadable {
    /// The section.
    type Section: Reloadable;

    /// Returns the section, if it is there.
    fn section(&self) -> Option<&Self::Section>;
}

impl<S: Reloadable> MayBeAbsent for Option<S> {
    type Section = S;

    fn section(&self) -> Option<&S> {
        self.as_ref()
    }
}

/// A section without hooks, which may appear without one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the section has hooks, and none of them is asked when it appears: write `#[reload(nested, live, hook)]`",
    label = "`{Self}` has hooks",
    note = "`hook` adds `on_…_appeared` and `on_…_vanished` to the hook trait, which are given the section as a whole; without it, all that is hot in the section is marked `live`"
)]
pub trait WithoutHooks {}

#[diagnostic::do_not_recommend]
impl<S: Parts + AcceptsHooks<Nothing>> WithoutHooks for S {}

/// The presence of a section on the two sides of a change.
#[derive(Debug)]
pub enum Presence<'a, S> {
    /// Both sides have it, or none does.
    Stays,
    /// Only the new side has it. One that is compared with itself is there from the start.
    Appeared(&'a S),
    /// Only the old side had it.
    Vanished(&'a S),
}

/// Returns the presence of a section in an old and a new value.
pub fn presence<'a, S: MayBeAbsent>(old: &'a S, new: &'a S) -> Presence<'a, S::Section> {
    match (old.section(), new.section()) {
        (None, Some(new)) => Presence::Appeared(new),
        (Some(old), Some(new)) if std::ptr::eq(old, new) => Presence::Appeared(new),
        (Some(old), None) => Presence::Vanished(old),
        (Some(_), Some(_)) | (None, None) => Presence::Stays,
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
