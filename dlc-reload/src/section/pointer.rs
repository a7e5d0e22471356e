//! Sections behind a pointer that owns them, which are the sections themselves.

use std::{any::Any, sync::Arc};

use super::{AcceptsHooks, At, Mode, Parts, Reloadable, Table, Validation};
use crate::hook::{Differing, HookResult, Index};

/// Writes what both impls hold; `$unique` returns a reference that no other pointer shares.
macro_rules! forward_to_the_section {
    ($unique:expr) => {
        type Hooks<'h> = S::Hooks<'h>;
        type Diff<'a> = S::Diff<'a>;
        type Fields<R, M: Mode> = S::Fields<R, M>;
        type Present<'a> = S::Present<'a>;

        const OPTIONAL: bool = S::OPTIONAL;
        const FINISHES: bool = S::FINISHES;

        fn finish(&mut self) {
            $unique(self).finish();
        }

        fn diff<'a>(old: &'a Self, new: &'a Self) -> Self::Diff<'a> {
            S::diff(old, new)
        }

        fn fields_at<R, M: Mode>(at: At<R, M>) -> Self::Fields<R, M> {
            S::fields_at(at)
        }

        fn present<'a>(from: &'a Self, diff: Self::Diff<'a>) -> Option<Self::Present<'a>> {
            S::present(from, diff)
        }

        fn run_validators(&self, cx: &mut Validation) {
            S::run_validators(self, cx);
        }
    };
}

/// Writes what both impls of the fields hold, in the same way.
macro_rules! forward_to_its_parts {
    ($unique:expr) => {
        type Listener<'h> = S::Listener<'h>;

        const TABLE: &'static Table = S::TABLE;

        fn compare(old: &Self, new: &Self, found: &mut Differing) {
            S::compare(old, new, found);
        }

        fn ask<'t, 'h: 't>(
            at: &[Index],
            old: &'t Self,
            new: &'t Self,
            hooks: &'t Self::Listener<'h>,
        ) -> HookResult<'t> {
            S::ask(at, old, new, hooks)
        }

        fn leaf_at(&self, at: &[u16]) -> Option<&dyn Any> {
            S::leaf_at(self, at)
        }

        fn hot_leaf_mut(&mut self, at: &[u16]) -> Option<&mut dyn Any> {
            $unique(self).hot_leaf_mut(at)
        }
    };
}

impl<S: Reloadable> Reloadable for Box<S> {
    forward_to_the_section!(Box::as_mut);
}

impl<S: Reloadable> Parts for Box<S> {
    forward_to_its_parts!(Box::as_mut);
}

impl<S: Reloadable + AcceptsHooks<H>, H> AcceptsHooks<H> for Box<S> {
    fn accept(hooks: &H) -> &<Self as Parts>::Listener<'_> {
        S::accept(hooks)
    }
}

impl<S: Reloadable> Reloadable for Arc<S> {
    forward_to_the_section!(Arc::make_mut);
}

impl<S: Reloadable> Parts for Arc<S> {
    // The configuration in force may point to the same section, which stays as it is.
    forward_to_its_parts!(Arc::make_mut);
}

impl<S: Reloadable + AcceptsHooks<H>, H> AcceptsHooks<H> for Arc<S> {
    fn accept(hooks: &H) -> &<Self as Parts>::Listener<'_> {
        S::accept(hooks)
    }
}
