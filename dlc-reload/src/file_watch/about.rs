//! Which source a look is about, for the report.

use std::path::PathBuf;

use crate::source::Watched;

/// The source that something happened to, until the look that it led to has found what happened.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// What happened since a look was asked for last.
    last: Option<PathBuf>,
    /// What that look is about. It may take several until a file is whole, or is missed for good.
    asked: Option<PathBuf>,
}

impl About {
    /// Something happened to a source, or to one of several that nobody can tell apart.
    pub(crate) fn happened(&mut self, source: Option<PathBuf>) {
        self.last = source;
    }

    /// A look is asked for; answers what it is about.
    pub(crate) fn asked(&mut self, watched: &[Watched]) -> Option<PathBuf> {
        self.asked = self.last.take().or_else(|| self.asked.take());
        self.asked.clone().or_else(|| only_file(watched))
    }

    /// What happened was found, or was nothing.
    pub(crate) fn found(&mut self) {
        self.asked = None;
    }
}

/// The one file there is, if there is only one: what changed can be nothing else.
fn only_file(watched: &[Watched]) -> Option<PathBuf> {
    match watched {
        [Watched::File(path)] => Some(path.clone()),
        _ => None,
    }
}
