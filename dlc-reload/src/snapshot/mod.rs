//! The configuration in force, published to readers.

mod handle;
#[cfg(all(test, loom))]
mod models;
mod published;
mod reader;
#[cfg(feature = "stream")]
mod stream;
mod watch;
mod writer;

pub use self::{
    handle::{Guard, Handle},
    published::Snapshot,
    reader::Reader,
    watch::Watch,
};
pub(crate) use self::{
    published::{Generation, Published},
    writer::Writer,
};
