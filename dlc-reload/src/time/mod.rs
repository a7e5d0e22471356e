//! The time: the clock of the reload thread, and times as JSON and people write them.

pub(crate) mod clock;
pub(crate) mod microseconds;
pub(crate) mod rfc3339;

use std::time::Duration;
#[cfg(feature = "fleet")]
use std::time::Instant;

pub(crate) use self::{
    clock::{Clock, Moment, Stopwatch, SystemClock},
    rfc3339::Timestamp,
};

/// The time after which nobody waits any more: a century.
#[cfg(feature = "fleet")]
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Returns the moment after a time; a century later where that is more than the clock can say.
#[cfg(feature = "fleet")]
pub(crate) fn later(instant: Instant, by: Duration) -> Instant {
    instant + by.min(FAR)
}

/// Returns a duration in microseconds, as logs and JSON have it.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
