//! The reads of the pointer, and what they find without an event.

use std::time::{Duration, Instant};

/// The time for which the event of a change may be later than the read that found it.
const LATE: Duration = Duration::from_secs(1);

/// The reads of the pointer.
pub(super) struct Reading {
    pub(super) next: Instant,
    runs: bool,
    /// True if it may have changed after the read that runs had begun.
    again: bool,
    /// True if something is known to have happened since the last read, so that what it finds needs no event.
    is_expected: bool,
    failures: u32,
    /// The moment from which a change that a read has found without an event counts as missed.
    unannounced: Option<Instant>,
    missed: u64,
}

impl Reading {
    /// Makes that of a node that reads at once.
    pub(super) const fn new(now: Instant) -> Self {
        let (runs, again, is_expected) = (false, false, true);
        Self { next: now, runs, again, is_expected, failures: 0, unannounced: None, missed: 0 }
    }

    /// Returns the number of changes that no event has told of.
    pub(super) const fn missed(&self) -> u64 {
        self.missed
    }

    /// Returns the moments at which something is due.
    pub(super) fn due(&self) -> impl Iterator<Item = Instant> {
        (!self.runs).then_some(self.next).into_iter().chain(self.unannounced)
    }

    /// Takes note that something may have happened. Returns true if a read runs, after which there is to be another.
    pub(super) const fn hinted(&mut self) -> bool {
        (self.unannounced, self.is_expected, self.again) = (None, true, self.runs);
        self.runs
    }

    /// Takes note of the time, and returns true if a read is to begin.
    pub(super) fn begins(&mut self, now: Instant) -> bool {
        self.missed += u64::from(self.unannounced.take_if(|late| now >= *late).is_some());
        let begins = !self.runs && now >= self.next;
        if begins {
            (self.runs, self.again) = (true, false);
        }
        begins
    }

    /// Takes note that a read has ended, and whether it found a change. Returns true if there is to be another.
    pub(super) fn ended(&mut self, is_news: bool, now: Instant) -> bool {
        if is_news && !self.is_expected && !self.again {
            self.unannounced = Some(now + LATE);
        }
        (self.runs, self.is_expected, self.failures) = (false, self.again, 0);
        std::mem::take(&mut self.again)
    }

    /// Takes note that a read has failed, and returns the number of those that had before.
    pub(super) const fn failed(&mut self) -> u32 {
        let failures = self.failures;
        (self.runs, self.again, self.is_expected) = (false, false, true);
        self.failures = failures.saturating_add(1);
        failures
    }
}
