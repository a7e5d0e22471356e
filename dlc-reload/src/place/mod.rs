//! The place of a value: its key, and the origin that it came from.

mod key;
mod origin;

pub(crate) use self::key::{beginning, on_one_line};
pub use self::{
    key::{Identity, Key, Segment},
    origin::{Origin, SourceVersion},
};
