//! Comparisons of the content, for changes that cause no event.

use std::time::Instant;

use super::Pace;

/// The content of the last look, and of the comparisons since, as digests.
#[derive(Debug)]
pub(crate) struct Content {
    /// The time of the next comparison.
    pub(super) compare_at: Instant,
    /// The content of the last look, if it was compared then.
    last_look: Option<u64>,
    /// True if that content still went on changing when it was compared.
    never_rests: bool,
    /// Other content that was found since, and may not be whole yet; with the time of the first comparison that found
    /// other content, be it this one or not.
    unconfirmed: Option<(u64, Instant)>,
}

impl Content {
    pub(super) const fn new(digest: u64, compare_at: Instant) -> Self {
        Self { compare_at, last_look: Some(digest), never_rests: false, unconfirmed: None }
    }

    /// Compares the content; returns true once if it differs and has come to rest, or never does.
    pub(super) fn compare(&mut self, digest: u64, pace: &Pace, now: Instant) -> bool {
        if self.last_look == Some(digest) {
            self.unconfirmed = None;
            return false;
        }
        let rests = self.unconfirmed.is_some_and(|(last, _)| last == digest);
        let since = self.unconfirmed.map_or(now, |(_, since)| since);
        if rests || since + pace.longest_burst <= now {
            *self =
                Self { last_look: Some(digest), never_rests: !rests, unconfirmed: None, ..*self };
            return true;
        }
        self.unconfirmed = Some((digest, since));
        self.compare_at = self.compare_at.min(now + pace.rest);
        false
    }

    /// Returns true if the content is still what was compared, or never rests anyway.
    pub(crate) fn is_unchanged(&self, digest: u64) -> bool {
        self.never_rests || self.last_look == Some(digest)
    }

    /// Records a look without a comparison: the content may be what was compared last, and may be so
    /// again after a change that caused no event.
    pub(crate) const fn forget(&mut self) {
        self.last_look = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A name, the contents found at their milliseconds, and those at which they are told of.
    type Case<'a> = (&'a str, &'a [(u64, u64)], &'a [u64]);

    #[test]
    fn other_content_is_told_of_once_it_rests() {
        let cases: &[Case<'_>] = &[
            ("the same", &[(0, 1), (500, 1)], &[]),
            ("other content", &[(0, 2), (500, 2), (1_000, 2)], &[500]),
            ("content that is being written", &[(0, 2), (500, 3), (1_000, 3)], &[1_000]),
            ("content that is what it was", &[(0, 2), (500, 1), (1_000, 2)], &[]),
            ("there and back", &[(0, 2), (500, 2), (1_000, 1), (1_500, 1)], &[500, 1_500]),
            (
                "content that never rests",
                &[(0, 2), (5_000, 3), (10_000, 4), (11_000, 5)],
                &[10_000],
            ),
        ];
        for (name, comparisons, expected) in cases {
            let start = Instant::now();
            let mut content = Content::new(1, start);
            let mut differs = |(ms, digest)| {
                content.compare(digest, &Pace::POLLING, start + Duration::from_millis(ms))
            };
            let found: Vec<_> = comparisons
                .iter()
                .filter(|comparison| differs(**comparison))
                .map(|(ms, _)| *ms)
                .collect();
            assert_eq!(found, *expected, "{name}");
        }
    }
}
