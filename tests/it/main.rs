//! The integration tests, one module a theme, in one binary.

mod board;
mod hygiene;
mod shapes;
mod ui;
