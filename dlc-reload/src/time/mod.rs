//! The time: the clock of the reload thread, and times as JSON and people write them.

mod clock;
pub(crate) mod rfc3339;

pub(crate) use self::clock::Clock;
#[cfg(feature = "testing")]
pub(crate) use self::clock::VirtualClock;
