//! A reading of the files by the reload thread, and whether it may be half of something.

use std::time::{Duration, Instant};

use super::Pace;
use crate::reloader::Wholeness;

/// The reading that is under way, or was the last one.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) start: Instant,
    /// True if a look was due at the start, which this reading serves as well.
    serves_look: bool,
    /// The wholeness by the events since the start.
    by_events: Wholeness,
    /// The readings in a row that were torn, up to the last one.
    torn: Option<Streak>,
    /// True if the last reading was accepted.
    accepted: bool,
}

/// The reason to wait before a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// A writer, or a file that may be on its way back.
    File,
    /// A burst of changes in a directory.
    Burst,
}

/// A row of readings that were torn.
#[derive(Clone, Copy, Debug)]
struct Streak {
    since: Instant,
    last: Instant,
}

impl Reading {
    pub(super) const fn new(start: Instant) -> Self {
        Self { start, serves_look: false, by_events: Wholeness::Whole, torn: None, accepted: true }
    }

    /// Begins a reading.
    pub(super) const fn begin(&mut self, look_is_due: bool, now: Instant) {
        self.start = now;
        self.serves_look |= look_is_due;
        self.by_events = Wholeness::Whole;
    }

    /// Records that a file was written meanwhile, or may have been.
    pub(super) const fn written(&mut self) {
        self.by_events = Wholeness::Torn;
    }

    /// Records that a file was replaced meanwhile.
    pub(super) fn replaced(&mut self) {
        if self.by_events == Wholeness::Whole {
            self.by_events = Wholeness::Mixed;
        }
    }

    /// Returns the wholeness of the reading. It is torn if a writer was in the middle of writing or
    /// replacing a file, is still waited for (`awaited`), or if the content does not rest.
    pub(super) fn wholeness(
        &mut self,
        awaited: Option<Awaited>,
        rests: bool,
        pace: &Pace,
        now: Instant,
    ) -> Wholeness {
        let awaits = awaited.is_some();
        let torn = awaits || self.by_events == Wholeness::Torn;
        if torn {
            // Readings are in a row if the next one began soon, however long it takes. A burst in a
            // directory may have put it off.
            let soon = pace.pause + pace.longest_settling;
            let known = self.torn.filter(|torn| self.start <= torn.last + soon);
            let since = known.map_or(now, |torn| torn.since);
            self.torn = Some(Streak { since, last: now });
        }
        let lasts = |limit: Duration| self.torn.is_some_and(|torn| torn.since + limit <= now);
        // Writers that close their files and never stop are waited for no longer than that, and every
        // writer no longer than the longest wait.
        let waited = !awaits && lasts(pace.longest_burst) || lasts(pace.longest_wait);
        self.accepted = rests && (!torn || waited);
        match self.by_events {
            Wholeness::Whole | Wholeness::Mixed
                if !self.accepted && awaited == Some(Awaited::Burst) =>
            {
                Wholeness::Unsettled
            }
            _ if !self.accepted => Wholeness::Torn,
            Wholeness::Torn => Wholeness::Mixed,
            whole_or_mixed => whole_or_mixed,
        }
    }

    /// Returns true if a look was due that this reading did not serve after all.
    pub(super) const fn needs_look(&self) -> bool {
        self.serves_look && !self.accepted
    }

    /// Ends the reading.
    pub(super) fn end(&mut self) {
        // Only now: what counted for a while may have been torn by the time it was examined.
        self.torn.take_if(|_| self.accepted);
        self.serves_look = false;
    }
}

#[cfg(test)]
mod tests {
    use Awaited::{Burst, File};
    use Wholeness::{Mixed, Torn, Unsettled, Whole};

    use super::*;

    #[test]
    fn a_reading_counts_if_it_is_whole_or_was_waited_for_long_enough() {
        // What the events tell, what is awaited, whether the content rests, and how whole the
        // reading is now, after the longest burst, and after the longest wait.
        let cases = [
            (Whole, None, true, [Whole, Whole, Whole]),
            (Whole, None, false, [Torn, Torn, Torn]),
            (Whole, Some(File), true, [Torn, Torn, Whole]),
            (Whole, Some(Burst), true, [Unsettled, Unsettled, Whole]),
            (Mixed, Some(Burst), true, [Unsettled, Unsettled, Mixed]),
            (Torn, Some(Burst), true, [Torn, Torn, Mixed]),
            (Mixed, None, true, [Mixed, Mixed, Mixed]),
            (Mixed, Some(File), true, [Torn, Torn, Mixed]),
            (Torn, None, true, [Torn, Mixed, Mixed]),
            (Torn, None, false, [Torn, Torn, Torn]),
            (Torn, Some(File), true, [Torn, Torn, Mixed]),
        ];
        let pace = Pace::CLOSES;
        for (by_events, awaited, rests, expected) in cases {
            let start = Instant::now();
            let mut reading = Reading { by_events, ..Reading::new(start) };
            let found = [Duration::ZERO, pace.longest_burst, pace.longest_wait]
                .map(|wait| reading.wholeness(awaited, rests, &pace, start + wait));
            assert_eq!(found, expected, "{by_events:?}, awaits {awaited:?}, rests {rests}");
        }
    }

    #[test]
    fn only_readings_that_follow_each_other_soon_are_a_row() {
        let pace = Pace::CLOSES;
        // The pause before the next reading, and whether it still is one of the row.
        let soon = pace.pause + pace.longest_settling;
        for (pause, expected) in [(soon, Mixed), (soon * 2, Torn)] {
            let start = Instant::now();
            let mut reading = Reading::new(start);
            reading.written();
            assert_eq!(reading.wholeness(None, true, &pace, start), Torn);
            reading.end();
            reading.begin(false, start + pause);
            reading.written();
            let end = start + pace.longest_burst;
            assert_eq!(reading.wholeness(None, true, &pace, end), expected, "{pause:?}");
        }
    }
}
