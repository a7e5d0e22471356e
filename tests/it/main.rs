//! The integration tests, one module a theme, in one binary.

mod board;
mod environment_variables;
mod excerpts;
mod explain;
mod files;
mod fixture;
mod hygiene;
mod loading;
mod rows_input;
mod secrets;
mod shapes;
mod ui;
#[cfg(target_os = "linux")]
mod watch;
