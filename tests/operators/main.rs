//! What operators have: the admin API, over real connections.

mod access;
mod admin;
mod config;
mod harness;
mod load;
