//! The hooks of a configuration: which types are, and what is said where there are none.

use std::pin::Pin;

use super::Parts;

/// A configuration that accepts an `H` as its hooks. Derived beside [`Reloadable`](super::Reloadable), and apart from
/// it, so that a type that is none is told of once.
#[doc(hidden)]
pub trait AcceptsHooks<H> {
    /// Returns the hooks as the trait object that [`Parts::ask`] takes.
    fn accept(hooks: &H) -> &Self::Listener<'_>
    where
        Self: Parts;
}

/// A type for which nobody implements hooks: a section that accepts it has none to implement.
///
/// It takes part in the check that two impls do not overlap, which may be made in another crate than that of the
/// section. There only what is of that crate is known to have no other impls, and `Pin` is one of the few types that
/// are of the crate of what they hold.
#[doc(hidden)]
pub type Anything<H> = Pin<Pin<H>>;

/// A configuration whose reloader can start with hooks of the type `H`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has hooks, and its reloader is given none",
    label = "hooks are missing here",
    note = "implement the hook traits of `{Self}` and of its sections, and pass what implements them with `.hooks(Arc::new(…))` before `.start()`"
)]
pub trait StartsWith<H: ?Sized>: Parts {
    /// Returns the hooks as the trait object that [`Parts::ask`] takes.
    fn listener(hooks: &H) -> &Self::Listener<'_>;
}

impl<C: Parts + AcceptsHooks<H>, H> StartsWith<H> for C {
    fn listener(hooks: &H) -> &Self::Listener<'_> {
        C::accept(hooks)
    }
}

/// The hooks of a reloader that was given none. As a trait object it has no size, so that it is none of the types of an
/// author, and what is said of it is said once and not for each hook.
#[doc(hidden)]
pub trait NoHooks: Send + Sync {}

/// The value that stands in the place of hooks that were not given.
#[derive(Debug)]
pub(crate) struct Nothing;

impl NoHooks for Nothing {}

#[diagnostic::do_not_recommend]
impl<C: Parts + AcceptsHooks<Nothing>> StartsWith<dyn NoHooks> for C {
    fn listener(_: &dyn NoHooks) -> &Self::Listener<'_> {
        C::accept(&Nothing)
    }
}
