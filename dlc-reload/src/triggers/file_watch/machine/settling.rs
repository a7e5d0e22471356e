//! The end of a burst of changes in a directory whose files belong together.

use std::time::Instant;

use super::Pace;

/// The last change in such a directory, for which looks wait.
#[derive(Debug, Default)]
pub(super) struct Settling {
    last: Option<Instant>,
    /// True if the look that is under way waited for long enough, in the middle of a burst.
    waited: bool,
}

impl Settling {
    /// Records a change in a directory.
    pub(super) const fn event(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Returns the time at which a look that is wanted at a time no longer waits.
    pub(super) fn settled_at(&self, wanted_at: Instant, pace: &Pace) -> Instant {
        let settled_at = self.last.map_or(wanted_at, |last| last + pace.settling);
        settled_at.clamp(wanted_at, wanted_at + pace.longest_settling)
    }

    /// Records that the reload thread is asked for a look.
    pub(super) fn begin(&mut self, pace: &Pace, now: Instant) {
        self.waited = self.is_awaited(pace, now);
    }

    /// Returns true if a reading may find some files of a burst as they were before it.
    pub(super) fn is_awaited(&self, pace: &Pace, now: Instant) -> bool {
        !self.waited && self.last.is_some_and(|last| last + pace.settling > now)
    }

    /// Records that no look is under way.
    pub(super) const fn end(&mut self) {
        self.waited = false;
    }
}
