//! The integration tests, one module a theme, in one binary.

mod apply;
mod board;
mod environment_variables;
mod excerpts;
mod explain;
mod files;
mod fixture;
mod hygiene;
mod laws;
mod layers;
mod loading;
mod past;
mod rows_input;
mod secrets;
mod shapes;
mod ui;
