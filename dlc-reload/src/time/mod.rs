//! The time: the clock of the reload thread, and times as JSON and people write them.

pub(crate) mod clock;
pub(crate) mod microseconds;
pub(crate) mod rfc3339;

use std::time::Duration;

pub(crate) use self::{
    clock::{Clock, Moment, Stopwatch, SystemClock},
    rfc3339::Timestamp,
};

/// Returns a duration in microseconds, as logs and JSON have it.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
