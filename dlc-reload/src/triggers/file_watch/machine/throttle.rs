//! One look at a time, and fewer of them the faster a writer is.

use std::time::{Duration, Instant};

use super::Pace;

/// The pause between looks.
#[derive(Debug)]
pub(super) struct Throttle {
    /// The time at which the reload thread was asked for the look that is under way.
    asked_at: Option<Instant>,
    /// True if something happened since then, or before that look was allowed.
    writer_is_faster: bool,
    /// The time to leave the reload thread alone after a look.
    gap: Duration,
    /// The earliest time of the next look.
    not_before: Instant,
}

impl Throttle {
    pub(super) const fn new(now: Instant) -> Self {
        Self { asked_at: None, writer_is_faster: false, gap: Duration::ZERO, not_before: now }
    }

    pub(super) const fn is_looking(&self) -> bool {
        self.asked_at.is_some()
    }

    /// Records that something happened.
    pub(super) const fn event(&mut self) {
        self.writer_is_faster |= self.is_looking();
    }

    /// Returns the time at which a look that is wanted at a time is allowed.
    pub(super) fn allowed_at(&self, wanted_at: Instant) -> Instant {
        wanted_at.max(self.not_before)
    }

    /// Records that the reload thread is asked for a look, which was wanted since a time.
    pub(super) fn begin(&mut self, wanted_at: Instant, now: Instant) {
        // Something happened before this look was allowed: its writer is faster.
        self.writer_is_faster = wanted_at < self.not_before;
        self.asked_at = Some(now);
    }

    /// Ends the look that is under way with a reading that began at `read_at`, and returns the time at
    /// which it was asked for; absent if there is none, or the reading began before.
    pub(super) fn end(&mut self, read_at: Instant, pace: &Pace, now: Instant) -> Option<Instant> {
        let asked_at = self.asked_at.take_if(|asked_at| *asked_at <= read_at)?;
        // Twice as long each time the writer was faster, and slowly back when it was not: one look in
        // between two writes does not make it a slow one.
        self.gap = if std::mem::take(&mut self.writer_is_faster) {
            (self.gap * 2).clamp(Duration::from_millis(1), pace.longest_gap)
        } else {
            self.gap * 3 / 4
        };
        self.not_before = now + self.gap;
        Some(asked_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_follows_the_writer() {
        // Whether something happens during each look, and the gap after it in microseconds.
        let cases: &[(&str, &[bool], u128)] = &[
            ("a slow writer", &[false, false], 0),
            ("a fast one", &[true], 1_000),
            ("a fast one, for longer", &[true, true, true], 4_000),
            ("a fast one, for ever", &[true; 20], 10_000),
            ("one that became slower", &[true, true, true, false], 3_000),
            ("one that is fast now and then", &[true, true, true, false, true], 6_000),
        ];
        let pace = Pace { longest_gap: Duration::from_millis(10), ..Pace::CLOSES };
        for (name, looks, expected) in cases {
            let mut now = Instant::now();
            let mut throttle = Throttle::new(now);
            for writer_is_faster in *looks {
                now = throttle.allowed_at(now);
                throttle.begin(now, now);
                if *writer_is_faster {
                    throttle.event();
                }
                assert_eq!(throttle.end(now, &pace, now), Some(now), "{name}");
            }
            assert_eq!((throttle.allowed_at(now) - now).as_micros(), *expected, "{name}");
        }
    }

    #[test]
    fn a_look_ends_with_a_reading_that_began_after_it_was_asked_for() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut throttle = Throttle::new(start);
        throttle.begin(at(2), at(2));
        assert_eq!(throttle.end(at(1), &Pace::CLOSES, at(3)), None);
        assert!(throttle.is_looking());
        assert_eq!(throttle.end(at(2), &Pace::CLOSES, at(4)), Some(at(2)));
        assert!(!throttle.is_looking());
    }
}
