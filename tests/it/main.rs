//! The integration tests, one module a theme, in one binary.

mod first;
mod fixture;
mod loading;
