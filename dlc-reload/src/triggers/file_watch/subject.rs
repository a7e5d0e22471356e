//! The source that a look is about, for the report.

use std::path::PathBuf;

use crate::source::Watched;

/// The source that changed, until the look that it led to has found the change.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    /// The source of the last change since a look was asked for.
    latest: Option<PathBuf>,
    /// The source that the last look is about. It may take several looks until a file is whole, or is
    /// missed for good.
    of_look: Option<PathBuf>,
}

impl Subject {
    /// Records a change of a source, or of one of several that cannot be told apart.
    pub(crate) fn record(&mut self, source: Option<PathBuf>) {
        self.latest = source;
    }

    /// Records that a look is asked for now.
    pub(crate) fn look(&mut self) {
        self.of_look = self.latest.take().or_else(|| self.of_look.take());
    }

    /// Returns the source that a look is about. It may have found the change before its event came.
    pub(crate) fn known(&self, watched: &[Watched]) -> Option<PathBuf> {
        let recorded = self.of_look.as_ref().or(self.latest.as_ref());
        recorded.cloned().or_else(|| only_file(watched))
    }

    /// Forgets the last look, because it found the change, or there was none.
    pub(crate) fn clear(&mut self) {
        self.of_look = None;
    }
}

/// Returns the one file there is, if there is only one: nothing else can have changed.
fn only_file(watched: &[Watched]) -> Option<PathBuf> {
    match watched {
        [Watched::File(path)] => Some(path.clone()),
        _ => None,
    }
}
