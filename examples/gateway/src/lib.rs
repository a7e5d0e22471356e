//! A gateway on `dlc-reload`: an HTTP service whose address, certificate, upstreams and limits change under load.
//!
//! [`config`] gives every field its class, [`hooks`] joins changes to the parts of the service, and `run` ties both to
//! the process. The parts know nothing of reloads: each has functions that prepare, change and go back.

pub mod access_log;
pub mod config;
pub mod hooks;
pub mod http;
pub mod listen;
pub mod pool;
pub mod rate;
pub mod tls;
pub mod upstreams;

mod run;

pub use run::{loader, run};
