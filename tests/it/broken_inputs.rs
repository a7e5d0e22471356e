//! Texts that a tired person could write, each with its exact message.

mod json;
mod toml;
mod variables;
mod yaml;

use crate::error_messages::check;
