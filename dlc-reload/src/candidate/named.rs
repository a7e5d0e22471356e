//! The files that values name, which are known once the config is built: only its types know which values name some.

use std::sync::Arc;

use super::Sources;
use crate::{hook::caught, section::Reloadable, source::Reading, sync::lock};

impl<C: Reloadable> Sources<C> {
    /// Reads the files that the values of a reading name, and returns it with them. The config that is built meanwhile
    /// is kept for the candidate.
    pub(crate) fn with_files(&self, reading: Reading) -> Reading {
        let document = &reading.document;
        let is_known = |sources: &Self| {
            let built = lock(&sources.built);
            built.as_ref().is_some_and(|built| Arc::ptr_eq(&built.document, document))
        };
        if !is_known(self) {
            // What panics does so again for the candidate, which says it.
            if let Ok(Err(found)) = caught(|| self.built(document)) {
                *lock(&self.refused) = Some((Arc::clone(document), found));
            }
        }
        reading.with_files()
    }
}
