//! The pace of what the reload thread asks of itself.

use std::time::{Duration, Instant};

/// The number of requests that are done in one period.
const MOST: u32 = 10;

/// The length of a period.
const PERIOD: Duration = Duration::from_secs(1);

/// The pace of what the reload thread asks of itself: an observer that asks for a reload at every report would
/// keep a core busy for ever, and nobody would know.
#[derive(Default)]
pub(super) struct Pace {
    begun: Option<Instant>,
    done: u32,
    named: bool,
}

impl Pace {
    /// Returns the moment at which the next request is done, if that is later.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        let end = self.begun?.checked_add(PERIOD)?;
        (self.done >= MOST && now < end).then_some(end)
    }

    /// Takes note of a request that is done.
    pub(super) fn note(&mut self, now: Instant) {
        if self.begun.is_none_or(|begun| now.saturating_duration_since(begun) >= PERIOD) {
            (self.begun, self.done) = (Some(now), 0);
        }
        self.done += 1;
    }

    /// Returns true if the next request is held up, and that was not said yet.
    pub(super) fn is_to_be_named(&mut self, now: Instant) -> bool {
        self.held_until(now).is_some() && !std::mem::replace(&mut self.named, true)
    }
}
