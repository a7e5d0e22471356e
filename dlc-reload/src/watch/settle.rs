//! When a file has been written to the end. Pure: time is passed in.

use std::time::{Duration, Instant};

/// How long nothing must happen after a sign that more may follow.
const QUIET: Duration = Duration::from_millis(50);
/// How long a reload can be put off by signs that never end.
const LONGEST: Duration = Duration::from_secs(1);

/// What an event says about the file behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing of interest.
    Nothing,
    /// Something changed, and more may follow.
    Underway,
    /// The writer is done.
    Complete,
}

/// Decides when to look at the files again.
#[derive(Debug, Default)]
pub(crate) struct Settle {
    first: Option<Instant>,
    due: Option<Instant>,
}

impl Settle {
    pub(crate) fn note(&mut self, sign: Sign, now: Instant) {
        match sign {
            Sign::Nothing => {}
            Sign::Complete => self.due = Some(now),
            Sign::Underway => {
                let first = *self.first.get_or_insert(now);
                self.due = Some((now + QUIET).min(first + LONGEST));
            }
        }
    }

    /// When to look, if nothing else happens.
    pub(crate) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether to look now; the answer is given once.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| due <= now);
        if due {
            *self = Self::default();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds signs at milliseconds and answers at which of them, or afterwards, a look is due.
    fn looks(signs: &[(u64, Sign)]) -> Vec<u64> {
        let start = Instant::now();
        let mut settle = Settle::default();
        let mut looks = Vec::new();
        let mut pending = signs.iter().peekable();
        for now in 0..5_000 {
            let instant = start + Duration::from_millis(now);
            while let Some((_, sign)) = pending.next_if(|(at, _)| *at == now) {
                settle.note(*sign, instant);
            }
            if settle.take(instant) {
                looks.push(now);
            }
        }
        looks
    }

    #[test]
    fn a_look_follows_completion_at_once_and_other_signs_after_quiet() {
        use Sign::{Complete, Nothing, Underway};

        let endless: Vec<_> = (0..200).map(|step| (step * 20, Underway)).collect();
        type Case<'a> = (&'a str, &'a [(u64, Sign)], &'a [u64]);
        let cases: [Case<'_>; 5] = [
            ("a rename", &[(5, Complete)], &[5]),
            ("reading", &[(5, Nothing), (9, Nothing)], &[]),
            ("a write and its close", &[(5, Underway), (7, Underway), (9, Complete)], &[9]),
            ("a write without a close", &[(5, Underway), (30, Underway)], &[80]),
            ("writes that never end", &endless, &[1000, 2020, 3040, 4030]),
        ];
        for (name, signs, expected) in cases {
            assert_eq!(looks(signs), expected, "{name}");
        }
    }
}
