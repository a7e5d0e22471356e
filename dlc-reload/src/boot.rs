//! A configuration that was loaded and does not run yet.

use std::ops::Deref;

use crate::{
    load::{Loaded, Sources},
    reloadable::Reloadable,
};

/// A configuration that was loaded and does not run yet.
pub struct Boot<C> {
    loaded: Loaded<C>,
    sources: Sources<C>,
}

impl<C: Reloadable> Boot<C> {
    pub(crate) fn new(sources: Sources<C>, loaded: Loaded<C>) -> Self {
        Self { loaded, sources }
    }
}

impl<C> Deref for Boot<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.loaded.candidate.config
    }
}
