//! Files.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{Format, Intake, Source};
use crate::{error::Problem, origin::Origin};

/// A file, in the format that its extension names.
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    is_required: bool,
}

impl File {
    /// A file that has to exist.
    pub fn required(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), is_required: true }
    }

    /// A file that may be absent. When it appears later, it is read.
    pub fn optional(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), is_required: false }
    }
}

impl Source for File {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.watch_file(&self.path);
        match content(&self.path, intake.limits().bytes) {
            Ok(text) => hand_over(&self.path, &text, intake),
            Err(Unreadable::Absent) if !self.is_required => {}
            Err(unreadable) => intake.problem(unreadable.problem(&self.path)),
        }
    }
}

/// Hands over the content of a file in the format of its extension.
pub(super) fn hand_over(path: &Path, text: &[u8], intake: &mut Intake<'_>) {
    let name = path.display().to_string();
    match Format::from_path(path) {
        Some(format) => intake.text(name, format, text),
        None => intake.problem(
            Problem::error(
                "unknown format, end the name of the file in `.yaml`, `.yml`, `.toml` or `.json`",
            )
            .with_origin(Origin::source(name)),
        ),
    }
}

/// Why a file has no content.
#[derive(Debug)]
pub(super) enum Unreadable {
    Absent,
    /// A link that leads nowhere.
    Dangling,
    /// A directory, a pipe or a device.
    Irregular(&'static str),
    TooLarge {
        most: u64,
    },
    Io(io::Error),
}

impl Unreadable {
    pub(super) fn problem(&self, path: &Path) -> Problem {
        let message = match self {
            Self::Absent => "no such file, create it or make it optional".to_owned(),
            Self::Dangling => {
                "a symbolic link to a file that does not exist, create the file or remove the link"
                    .to_owned()
            }
            Self::Irregular(kind) => {
                format!("{kind} and not a file, put a regular file in its place")
            }
            Self::TooLarge { most } => {
                format!("larger than {most} bytes, split it or raise `Limits::bytes`")
            }
            Self::Io(error) => match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    "permission denied, let the user of this process read the file".to_owned()
                }
                _ => format!("cannot be read: {error}"),
            },
        };
        Problem::error(message).with_origin(Origin::source(path.display().to_string()))
    }
}

/// Reads a regular file of at most `most` bytes. It never waits, whatever stands in place of the file.
pub(super) fn content(path: &Path, most: u64) -> Result<Vec<u8>, Unreadable> {
    let file = open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if path.symlink_metadata().is_ok() => Unreadable::Dangling,
        io::ErrorKind::NotFound => Unreadable::Absent,
        io::ErrorKind::IsADirectory => Unreadable::Irregular("a directory"),
        _ => Unreadable::Io(error),
    })?;
    // From here on the open handle is asked, not the path: what is checked is what is read.
    let metadata = file.metadata().map_err(Unreadable::Io)?;
    if metadata.is_dir() {
        return Err(Unreadable::Irregular("a directory"));
    }
    if !metadata.is_file() {
        return Err(Unreadable::Irregular("a pipe, socket or device"));
    }
    if metadata.len() > most {
        return Err(Unreadable::TooLarge { most });
    }
    let mut text = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let read = file.take(most.saturating_add(1)).read_to_end(&mut text).map_err(Unreadable::Io)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > most {
        return Err(Unreadable::TooLarge { most });
    }
    Ok(text)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Without this flag, opening a pipe waits for someone to write into it.
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}
