//! The parts that the command of operators shares with the subcommands of a program. They are no part of the public
//! interface.

pub mod client;
pub mod failure;
pub mod fields;
pub mod manual;
pub mod screen;
pub mod show;
pub mod token;

/// The views of a configuration, as the admin API shows them.
pub mod view {
    pub use crate::reloader::view::{
        Config, Described, Explained, Field, Inside, Is, Section, Word,
    };
}
