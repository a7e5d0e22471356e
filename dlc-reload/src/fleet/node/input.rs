//! The things that the thread of a node is told.

use crate::{fleet::store::Hint, report::Report};

/// Something that the thread is told.
pub(super) enum Input {
    Hint(Hint),
    /// A reload has ended, and whether something is on probation since.
    Reported(Box<Report>, bool),
    Proved(u64),
    /// The reloader ends.
    Stop,
}
