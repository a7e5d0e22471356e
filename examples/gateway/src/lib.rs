//! A gateway on `dlc-reload`: an HTTP service whose address, upstreams and limits change while requests run.
//!
//! [`config`] gives every field its class, [`hooks`] joins changes to the parts of the service, and `run` ties both to the
//! process. The parts know nothing of the library: each has functions that prepare, change and go back.

pub mod access_log;
pub mod config;
pub mod hooks;
pub mod http;
pub mod listen;
pub mod pool;
pub mod rate;
pub mod upstreams;

mod run;

pub use run::{Args, run};
