//! The command, run against a service in this process.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod access;
mod changing;
mod following;
mod looking;
mod manual;
mod reading;
mod service;
mod terminal;
mod tls;
mod unfinished;
