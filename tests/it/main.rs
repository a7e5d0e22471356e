//! The integration tests, one module a theme, in one binary.

mod apply;
mod audit;
mod case_reports;
mod cases;
mod derive;
mod environment_variables;
mod error_messages;
mod excerpts;
mod explain;
mod file_watch;
mod files;
mod fixture;
mod garde;
mod history;
mod house;
mod hygiene;
mod input_faults;
mod interactions;
#[cfg(target_os = "linux")]
mod killed;
mod layers;
mod loading;
mod log_lines;
mod model;
mod observers;
mod overrides;
mod probation;
mod properties;
mod secrets;
mod staged;
mod stored;
mod subprocess;
mod ui;
mod units;
mod unknown_keys;
