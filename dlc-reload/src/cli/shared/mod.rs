//! The parts that the command of operators shares with the subcommands of a program. They are no part of the public
//! interface.

pub mod failure;
pub mod screen;
