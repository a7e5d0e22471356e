//! Files that outlast the process: what was once written is there after a crash.

#[cfg(any(feature = "cli", feature = "testing"))]
mod committed;
mod failure;
mod kept;
mod lines;
mod lock;
mod log;
mod open;
mod replace;
#[cfg(feature = "cli")]
mod rewrite;
mod rotated;

#[cfg(any(feature = "cli", feature = "testing"))]
pub(crate) use committed::staleness;
pub(crate) use failure::Failure;
pub(crate) use kept::{LONGEST_BEGINNING, is_kept};
pub(crate) use lines::{LONGEST, Lines, Place};
pub(crate) use lock::BRIEFLY;
pub(crate) use log::{Appended, Log, Rotation};
pub(crate) use open::{metadata, refuse_foreign};
pub(crate) use replace::{keep_last, replace};
#[cfg(feature = "cli")]
pub(crate) use rewrite::rewrite;
