//! The reference service of `dlc-reload`: an HTTP service whose configuration changes while it runs.
//!
//! The parts that a service of your own needs are in three places: [`config`] marks every field as hot
//! or restart, [`hooks`] reacts where a hot field is not read at every use, and [`run`] ties both to
//! the process. The rest is an ordinary service that reads its configuration through a handle.

pub mod config;
#[cfg_attr(not(feature = "fleet"), path = "alone.rs")]
pub mod fleet;
#[cfg(any(feature = "fleet", test))]
pub mod health;
pub mod hooks;
pub mod http;
pub mod logging;
pub mod telemetry;
pub mod token;
pub mod ttl;

mod run;
mod serve;

pub use run::{loader, run};
