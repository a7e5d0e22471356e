//! The watcher of the files as the reload thread knows it, and reading without getting half of
//! a file.

use std::path::PathBuf;

use crate::source::Watched;

/// A watcher of the files.
pub(crate) trait Watcher: Send + Sync {
    /// Returns true if a change of the files is noticed by itself.
    fn is_watching(&self) -> bool {
        true
    }

    /// Takes note that the files are read from now on.
    fn reading(&self);

    /// Returns how whole the reading since then is.
    fn wholeness(&self) -> Wholeness;

    /// Returns the source that changed, as far as it is known by now.
    fn subject(&self) -> Option<PathBuf>;

    /// Asks for another look after a moment, and returns true if there will be one.
    fn look_again(&self) -> bool;

    /// Takes note of the files that took part in a look, or would have if they existed, and whether their
    /// content was new.
    fn looked(&self, watched: &[Watched], changed: bool);
}

/// The wholeness of a reading, judged by what happened meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "only a watcher sees the rest"))]
pub(crate) enum Wholeness {
    /// Nothing happened.
    Whole,
    /// Whole files were replaced: each was read whole, but not all of them may belong together.
    Mixed,
    /// Files of a directory are being replaced one after the other, and the rest of them takes a while.
    Unsettled,
    /// A file was being written: half of it may have been read.
    Torn,
}

impl Wholeness {
    /// Returns true if the reading counts.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Whole | Self::Mixed)
    }
}

/// The watcher of files that are not watched.
pub(crate) struct Unwatched;

impl Watcher for Unwatched {
    fn is_watching(&self) -> bool {
        false
    }
    fn reading(&self) {}
    fn wholeness(&self) -> Wholeness {
        Wholeness::Whole
    }
    fn subject(&self) -> Option<PathBuf> {
        None
    }
    fn look_again(&self) -> bool {
        false
    }
    fn looked(&self, _: &[Watched], _: bool) {}
}

/// The number of times that files are read anew because something happened meanwhile, before the end of it is waited
/// for.
const ATTEMPTS: usize = 8;

/// Reads until nothing happens meanwhile, or for a number of times, and returns the last reading.
pub(crate) fn read_whole<R>(watcher: &dyn Watcher, read: impl Fn() -> R) -> (R, Wholeness) {
    let once = || {
        watcher.reading();
        let reading = read();
        (reading, watcher.wholeness())
    };
    let mut last = once();
    for _ in 1..ATTEMPTS {
        if matches!(last.1, Wholeness::Whole | Wholeness::Unsettled) {
            break;
        }
        last = once();
    }
    last
}
