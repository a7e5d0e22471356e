//! Triggers that come by themselves: from files and from signals.

#[cfg(feature = "watch")]
pub(crate) mod file_watch;
#[cfg(all(feature = "signal", unix))]
pub(crate) mod signal;
