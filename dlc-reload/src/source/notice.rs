//! The way in which a source says that it may have changed.

use std::{any::Any, fmt, sync::Arc};

use crate::{hook::caught, trigger::Trigger};

/// The way in which a source says that it may have changed; [`Source::watch`](super::Source::watch) is given one.
/// Clones are the same way.
///
/// It may be called on any thread, at any time and as often as wanted: it never waits, and what comes while a look at
/// the sources is awaited is one look with it. The reload thread reads all sources then, and makes a report only if
/// they say something else than before.
#[derive(Clone)]
pub struct Notice(Arc<dyn Fn(Trigger) + Send + Sync>);

impl Notice {
    pub(crate) fn new(look: impl Fn(Trigger) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Asks for a look at the sources. Reports name the trigger as their cause.
    pub fn changed(&self, trigger: Trigger) {
        (self.0)(trigger);
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").finish_non_exhaustive()
    }
}

/// The end of a watch, in the hands of the reloader: when that ends, it drops what the source has put in here, such as
/// the handle of a thread.
pub struct Guard(Option<Box<dyn Any + Send + Sync>>);

impl Guard {
    /// Makes a guard of something whose drop ends the watch.
    pub fn new(ends_when_dropped: impl Send + Sync + 'static) -> Self {
        Self(Some(Box::new(ends_when_dropped)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let watch = self.0.take();
        // It is the author's code, and all else has to end as well. What its panic says is in the error output of the
        // process.
        let _ = caught(|| drop(watch));
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
