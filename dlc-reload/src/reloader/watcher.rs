//! Whoever watches the files, as the reload thread knows it, and reading that is not half of
//! something.

use crate::source::Watched;

/// Whoever watches the files.
pub(crate) trait Watcher: Send + Sync {
    /// Says that the files are read from now on.
    fn reading(&self);

    /// How whole what was read since then is.
    fn wholeness(&self) -> Wholeness;

    /// Asks for another look after a moment; answers whether there will be one.
    fn look_again(&self) -> bool;

    /// Says which files took part in a look, or would have if they existed, and whether their
    /// content was new.
    fn looked(&self, watched: &[Watched], changed: bool);
}

/// How whole what was read is, by what happened meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "only a watcher sees the rest"))]
pub(crate) enum Wholeness {
    /// Nothing happened.
    Whole,
    /// Whole files were replaced: each was read whole, but not all of them may belong together.
    Mixed,
    /// Somebody was writing: what was read may be half of a file.
    Torn,
}

/// Nobody watches.
pub(crate) struct Unwatched;

impl Watcher for Unwatched {
    fn reading(&self) {}
    fn wholeness(&self) -> Wholeness {
        Wholeness::Whole
    }
    fn look_again(&self) -> bool {
        false
    }
    fn looked(&self, _: &[Watched], _: bool) {}
}

/// How often files are read anew when something happened meanwhile, before the end of it is waited
/// for.
const ATTEMPTS: usize = 8;

/// Reads until nothing happens meanwhile, or for a number of times; answers what was read last.
pub(crate) fn read_whole<R>(watcher: &dyn Watcher, read: impl Fn() -> R) -> (R, Wholeness) {
    let once = || {
        watcher.reading();
        let reading = read();
        (reading, watcher.wholeness())
    };
    let mut last = once();
    for _ in 1..ATTEMPTS {
        if last.1 == Wholeness::Whole {
            break;
        }
        last = once();
    }
    last
}
