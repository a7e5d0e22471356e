//! The integration tests, one module a theme, in one binary.

mod broken;
mod environment_variables;
mod excerpts;
mod explain;
mod files;
mod first;
mod fixture;
mod loading;
mod rows_input;
mod rules;
mod secrets;
mod units;
