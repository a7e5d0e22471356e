//! Retries: content that code of the author's refused is tried again by itself, after pauses that grow.
//!
//! A port gets free, a disk gets room, a file appears. None of that changes the sources, so no look would find it.

use std::time::{Duration, Instant, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    report::Verdict,
    time::{Moment, Timestamp, rfc3339},
    trigger::Trigger,
};

/// The first pause; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// A refusal that may pass although the content stays the same.
#[derive(Clone)]
pub(super) struct Passing {
    pub(super) verdict: Verdict,
    pub(super) problems: Vec<Problem>,
}

impl Passing {
    /// Returns true if a refusal says the same as another one, or differs in nothing but numbers: the time, the port or
    /// the count that a hook names is another one at each try.
    fn is_like(&self, other: &Self) -> bool {
        let is_like = |one: &Problem, other: &Problem| {
            (one.severity, &one.key, &one.origin) == (other.severity, &other.key, &other.origin)
                && without_numbers(&one.message).eq(without_numbers(&other.message))
        };
        self.verdict == other.verdict
            && self.problems.len() == other.problems.len()
            && self.problems.iter().zip(&other.problems).all(|(one, other)| is_like(one, other))
    }
}

/// Returns the words of a text without those that have a digit: `12:30`, `9.5ms`, `10.0.0.1:443`.
fn without_numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()))
}

/// The retries of the content that was refused last.
#[derive(Clone)]
pub(super) struct Retries {
    /// The refusal that was told of last.
    refusal: Passing,
    trigger: Trigger,
    since: SystemTime,
    /// The number of them so far.
    count: u32,
    pause: Duration,
    next: Moment,
}

impl Retries {
    /// Begins to try again what is refused.
    pub(super) fn begin(
        refusal: Passing,
        trigger: Trigger,
        since: SystemTime,
        now: Moment,
    ) -> Self {
        Self { refusal, trigger, since, count: 0, pause: FIRST, next: now.after(FIRST) }
    }

    /// Returns the moment of the next one.
    pub(super) const fn due(&self) -> Instant {
        self.next.instant
    }

    /// Returns the time at which the content was refused first.
    pub(super) const fn since(&self) -> SystemTime {
        self.since
    }

    /// Returns the trigger of each of them.
    pub(super) fn trigger(&self) -> Trigger {
        self.trigger.clone()
    }

    /// Returns true if a refusal is the one that was told of.
    pub(super) fn is_told(&self, refusal: Option<&Passing>) -> bool {
        refusal.is_some_and(|refusal| refusal.is_like(&self.refusal))
    }

    /// Puts the next one off, because the files are not whole, or because its turn has come and may pass without a try.
    pub(super) fn put_off(&mut self, now: Moment) {
        self.next = now.after(self.pause);
    }

    /// Takes note of one that was refused, and told of if the refusal is another one.
    pub(super) fn note(&mut self, refusal: Passing, now: Moment) {
        self.refusal = refusal;
        self.count = self.count.saturating_add(1);
        self.pause = (self.pause * 2).min(LONGEST);
        self.put_off(now);
    }

    /// Begins anew with the first pause, because other values are in force.
    pub(super) fn restart(&mut self, now: Moment) {
        (self.count, self.pause) = (0, FIRST);
        self.put_off(now);
    }

    /// Returns what a status shows.
    pub(super) const fn shown(&self) -> NextRetry {
        NextRetry { at: self.next.now, retries: self.count, since: self.since }
    }
}

/// The next retry of content that was refused, and may be accepted although it stays the same.
///
/// [`Builder::watch`](crate::Builder::watch) says what is tried again, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NextRetry {
    /// The time of the next retry.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub at: SystemTime,
    /// The number of retries so far, which determines the pause; it begins anew with a reload that somebody asks for
    /// and with an override or its end.
    pub retries: u32,
    /// The time since which the content has been refused.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
}
