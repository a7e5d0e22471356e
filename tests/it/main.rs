//! The integration tests, one module a theme, in one binary.

mod apply;
mod audit;
mod broken;
mod environment_variables;
mod excerpts;
mod explain;
mod files;
mod fixture;
mod held;
mod hygiene;
mod inside;
mod kept;
#[cfg(target_os = "linux")]
mod killed;
mod laws;
mod layers;
mod loading;
mod logged;
mod model;
mod past;
mod rows_input;
mod rules;
mod secrets;
mod shapes;
mod ui;
mod units;
mod watch;
