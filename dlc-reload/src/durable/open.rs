//! Ways to open regular files without waiting, and to make the names of files last.

use std::{
    fs::{File, FileType, Metadata, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::Failure;

/// Opens a file to read it and to append to it; `None` where there is none.
pub(super) fn existing(path: &Path) -> Result<Option<File>, Failure> {
    present(path, writing().open(path))
}

/// Opens a file to read it and to append to it, and creates it for this user alone.
pub(super) fn created(path: &Path) -> Result<File, Failure> {
    regular(path, writing().create(true).open(path))
}

/// Opens a file to read it and to write it from its beginning, and creates it for this user alone.
pub(super) fn created_to_overwrite(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    regular(path, harmless(&mut options).open(path))
}

/// Opens a file to read it; `None` where there is none.
pub(super) fn readable(path: &Path) -> Result<Option<File>, Failure> {
    present(path, harmless(OpenOptions::new().read(true)).open(path))
}

/// Returns the metadata of a file, or of the link that stands there; `None` where there is none.
pub(crate) fn metadata(path: &Path) -> Option<Metadata> {
    path.symlink_metadata().ok()
}

/// Refuses a file that begins with something else than `beginning`: it has another purpose, and is
/// not to be replaced. An empty file is as good as none.
pub(crate) fn refuse_foreign(path: &Path, beginning: &str) -> Result<(), Failure> {
    let Some(file) = readable(path)? else { return Ok(()) };
    let mut found = Vec::new();
    let most = u64::try_from(beginning.len()).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut found).map_err(Failure::at(path))?;
    // Where the power failed, there may be zeros in place of what was written.
    if beginning.as_bytes().starts_with(&found) || found.starts_with(&[0]) {
        return Ok(());
    }
    let reason = "it holds something else and is left alone, move it away or choose another path";
    Err(Failure::because(path, reason))
}

fn present(path: &Path, opened: io::Result<File>) -> Result<Option<File>, Failure> {
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => regular(path, opened).map(Some),
    }
}

/// Refuses everything but a regular file. The open handle is asked: what is checked is what is used.
fn regular(path: &Path, opened: io::Result<File>) -> Result<File, Failure> {
    let Ok(file) = opened else {
        refuse_irregular(path)?;
        return opened.map_err(Failure::at(path));
    };
    check_kind(path, file.metadata().map_err(Failure::at(path))?.file_type())?;
    Ok(file)
}

/// Refuses a path at which something else than a regular file stands.
pub(super) fn refuse_irregular(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(metadata) => check_kind(path, metadata.file_type()),
        Err(_) => Ok(()),
    }
}

fn check_kind(path: &Path, kind: FileType) -> Result<(), Failure> {
    let kind = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        // A writer that comes by the link and one that comes by the file would have two locks, and
        // rotation would move the link.
        "a symbolic link"
    } else {
        "a pipe, socket or device"
    };
    let reason = format!("{kind} and not a file, put a regular file or nothing in its place");
    Err(Failure::because(path, reason))
}

fn writing() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    // Elsewhere a handle that only appends cannot be cut, so that it writes at the end by seeking.
    if cfg!(unix) {
        options.append(true)
    } else {
        options.write(true)
    };
    harmless(&mut options).clone()
}

#[cfg(unix)]
fn harmless(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    // Opening a pipe waits for its other end, and opening a terminal can make it ours.
    options.mode(0o600).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_NOFOLLOW)
}

#[cfg(not(unix))]
fn harmless(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Returns the directory that holds a file.
pub(super) fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

/// Syncs the directory of a file, so that what was created, renamed or deleted there lasts.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> Result<(), Failure> {
    let directory = directory(path);
    File::open(&directory).and_then(|file| file.sync_all()).map_err(Failure::at(&directory))
}

/// Does nothing: elsewhere a directory cannot be synced, and the file system does it with the file.
#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> Result<(), Failure> {
    Ok(())
}
