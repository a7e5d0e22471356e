//! The error of a file that cannot be written or read, with its remedy.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use crate::place::on_one_line;

/// A failure to write or read a file. It displays as `path: cause, remedy`.
#[derive(Debug)]
pub(crate) struct Failure {
    path: PathBuf,
    /// The cause and the remedy.
    reason: String,
    /// True if another process keeps the lock.
    is_locked_out: bool,
}

impl Failure {
    pub(crate) fn because(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into(), is_locked_out: false }
    }

    /// Returns a function for `map_err`, which adds the path to the error.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::because(path, format!("{error}, {}", remedy(error.kind())))
    }

    /// Makes the failure to get a lock that another process keeps.
    pub(super) fn locked_out(path: &Path) -> Self {
        let reason =
            "another process keeps the lock, find the one that hangs or was stopped, and end it";
        Self { is_locked_out: true, ..Self::because(path, reason) }
    }

    /// Returns true if another process keeps the lock, so that a later attempt may succeed.
    pub(crate) const fn is_locked_out(&self) -> bool {
        self.is_locked_out
    }

    pub(crate) fn absent(path: &Path) -> Self {
        Self::because(path, "no such file, check the path")
    }

    /// Makes the failure of a file with a line of more than `most` bytes.
    pub(super) fn too_long(path: &Path, most: u64) -> Self {
        Self::because(path, format!("a line is longer than {most} bytes, move the file away"))
    }

    /// Makes the failure to write a text that is no line.
    pub(crate) fn no_line(path: &Path, reason: impl fmt::Display) -> Self {
        Self::because(path, format!("cannot be put into one line: {reason}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", on_one_line(&self.path.to_string_lossy()), self.reason)
    }
}

/// Returns the advice to the operator about an error of the system.
fn remedy(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound | Kind::NotADirectory => "create the directory or correct the path",
        Kind::PermissionDenied => {
            "let the user of this process read and write the file and its directory"
        }
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            "make room or raise the limit"
        }
        Kind::ReadOnlyFilesystem => "mount the file system writable or choose another path",
        _ => "check the disk and the path",
    }
}

/// It has no source: the error of the system is part of the message already.
impl std::error::Error for Failure {}
