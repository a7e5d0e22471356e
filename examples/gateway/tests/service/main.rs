//! Tests of the gateway as an operator meets it: the real program, its file, HTTP and signals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what went wrong by panicking and printing"
)]

mod certificate;
mod client;
mod explained;
mod harness;
mod limits;
mod load;
mod moves;
mod server;
mod sources;
mod switches;
mod template;
mod upstreams;
