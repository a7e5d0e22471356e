//! Observers: what is told of every reload and tells others.

#[cfg(feature = "audit")]
pub mod audit;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
#[cfg(feature = "systemd")]
pub(crate) mod systemd;
#[cfg(feature = "webhooks")]
pub mod webhooks;
