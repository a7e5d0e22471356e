//! The error of a file that cannot be written or read, with its remedy.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// A failure to write or read a file. It displays as `path: cause, remedy`.
#[derive(Debug)]
pub(crate) struct Failure {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Absent,
    /// A directory, a link, a pipe or a device.
    Irregular(&'static str),
    /// Another process keeps the lock.
    Locked,
    TooLong {
        most: u64,
    },
    /// There is no number left for another rotated file.
    Numbers,
    /// The text to be written is no line.
    NoLine(String),
    Other(&'static str),
    Io(io::Error),
}

impl Failure {
    fn new(path: &Path, cause: Cause) -> Self {
        Self { path: path.to_owned(), cause }
    }

    /// Returns a function for `map_err`, which adds the path to the error.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::new(path, Cause::Io(error))
    }

    pub(crate) fn absent(path: &Path) -> Self {
        Self::new(path, Cause::Absent)
    }

    pub(super) fn irregular(path: &Path, kind: &'static str) -> Self {
        Self::new(path, Cause::Irregular(kind))
    }

    pub(super) fn locked(path: &Path) -> Self {
        Self::new(path, Cause::Locked)
    }

    pub(super) fn too_long(path: &Path, most: u64) -> Self {
        Self::new(path, Cause::TooLong { most })
    }

    pub(super) fn numbers(path: &Path) -> Self {
        Self::new(path, Cause::Numbers)
    }

    pub(crate) fn because(path: &Path, reason: &'static str) -> Self {
        Self::new(path, Cause::Other(reason))
    }

    pub(crate) fn no_line(path: &Path, reason: impl fmt::Display) -> Self {
        Self::new(path, Cause::NoLine(reason.to_string()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.cause {
            Cause::Absent => f.write_str("no such file, check the path"),
            Cause::Irregular(kind) => {
                write!(f, "{kind} and not a file, put a regular file or nothing in its place")
            }
            Cause::Locked => f.write_str(
                "another process keeps the lock, find the one that hangs or was stopped, and end it",
            ),
            Cause::TooLong { most } => {
                write!(f, "a line is longer than {most} bytes, move the file away")
            }
            Cause::Numbers => {
                f.write_str("a rotated file has the highest number there is, rename that file")
            }
            Cause::NoLine(reason) => write!(f, "cannot be put into one line: {reason}"),
            Cause::Other(reason) => f.write_str(reason),
            Cause::Io(error) => write!(f, "{error}, {}", remedy(error.kind())),
        }
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

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The error of the system is part of the message already.
        None
    }
}
