//! Tests of the service as an operator meets it: the real program, its file, HTTP and signals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what went wrong by panicking and printing"
)]

mod admin;
mod chart;
mod command_line;
mod described;
mod editors;
mod harness;
mod live;
mod operators;
mod plans;
mod pull_requests;
mod refused;
mod schema;
mod secrets;
mod signals;
mod slow;
mod start;
#[cfg(target_os = "linux")]
mod systemd;
mod terminal;
mod versions;
mod webhooks;
