//! An append-only file of lines.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Failure,
    lines::{Backwards, LONGEST, read_at, whole},
    lock, open, rotated,
};
use crate::{error::LOG, sync::Unlogged};

/// A file of lines that survives the end of the process at any moment, and several writers.
///
/// A line that was once appended is whole and on the disk. Every call opens the file anew: lines
/// are rare, and so no writer holds a file that another one has moved away.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// The text that every line begins with.
    beginning: &'static str,
    pub(crate) rotation: Rotation,
}

/// The size at which a new file is begun, and the number of older files that are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// The size in bytes that a file does not exceed, unless one line alone does.
    pub(crate) bytes: u64,
    /// The number of files that are kept besides the one that is written.
    pub(crate) keep: usize,
}

/// A line to be appended, and the note to the next writer where one is left.
#[derive(Debug)]
pub(crate) struct Appended {
    pub(crate) line: Vec<u8>,
    pub(crate) note: Option<String>,
}

impl Log {
    /// Makes a log of lines that begin with `beginning`, by which it knows its own when they are torn.
    pub(crate) const fn new(path: PathBuf, beginning: &'static str, rotation: Rotation) -> Self {
        Self { path, beginning, rotation }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the line that `make` makes from those before it, which it is given from the last one
    /// backwards, and from the note of the last writer. No other writer appends meanwhile.
    ///
    /// When this returns, the line is on the disk, or no part of it is in the file. Another process may keep the lock
    /// for as long as `patience`. The caller logs what is `unlogged`.
    pub(crate) fn append(
        &self,
        patience: Duration,
        unlogged: &mut Unlogged,
        make: impl FnOnce(&mut Backwards, &str) -> Result<Appended, Failure>,
    ) -> Result<(), Failure> {
        let path = &self.path;
        open::refuse_irregular(path)?;
        let lock = lock::exclusive(path, patience)?;
        let mut rotated = rotated::list(path)?;
        let mut before = Backwards::new(rotated.iter().map(|(_, path)| path.clone()).collect());
        let mut current = match open::existing(path)? {
            Some(file) => {
                let end = self.finish_torn(&file).map_err(Failure::at(path))?;
                let reading = file.try_clone().map_err(Failure::at(path))?;
                before = before.from(path, reading, end);
                Some((file, end))
            }
            None => None,
        };
        let Appended { mut line, note } = make(&mut before, &lock.note())?;
        if line.contains(&b'\n') {
            return Err(Failure::no_line(path, "it holds a line break"));
        }
        line.push(b'\n');
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if length > LONGEST {
            let reason = format!("it would be longer than {LONGEST} bytes");
            return Err(Failure::no_line(path, reason));
        }

        let mut has_rotated = false;
        if let Some((file, end)) = &current
            && *end > 0
            && end.saturating_add(length) > self.rotation.bytes
        {
            // An earlier writer may have been killed before it deleted these: they must not pile up.
            self.delete_oldest(&mut rotated, unlogged);
            rotated.push(move_away(path, file, rotated.last())?);
            current = None;
            has_rotated = true;
        }
        let (file, end) = match current {
            Some(current) => current,
            None => (open::created(path)?, 0),
        };
        if end == 0 {
            // Also where an earlier writer created the file and got no further.
            open::sync_directory(path)?;
        }
        write(&file, end, &line).map_err(Failure::at(path))?;
        if let Some(note) = note {
            self.leave_note(&lock, &note, unlogged);
        }
        if has_rotated {
            self.delete_oldest(&mut rotated, unlogged);
        }
        Ok(())
    }

    /// Leaves a note to the next writer, before the line of the older note may be deleted. An older one is no harm but
    /// for that.
    fn leave_note(&self, lock: &lock::Lock, note: &str, unlogged: &mut Unlogged) {
        if let Err(error) = lock.set_note(note) {
            let path = self.path.clone();
            unlogged.push(move || {
                tracing::warn!(target: LOG, "cannot note the end of {} in its lock file: {error}", path.display());
            });
        }
    }

    /// Makes the file end with the end of a line, and returns the offset of that end.
    ///
    /// A last line without an end is cut off: it was never synced, so no caller was told that it is
    /// there. Text that no writer of this log has begun is not ours to delete, and becomes a line.
    fn finish_torn(&self, mut file: &File) -> io::Result<u64> {
        let (end, length) = (whole(file)?, file.metadata()?.len());
        if end == length {
            return Ok(end);
        }
        let beginning = self.beginning.as_bytes();
        let most = u64::try_from(beginning.len()).unwrap_or(u64::MAX);
        let torn = read_at(file, end, length.min(end.saturating_add(most)))?;
        // Where the power failed, there may be zeros in place of what was written.
        if beginning.starts_with(&torn) || torn.starts_with(&[0]) {
            file.set_len(end)?;
            return Ok(end);
        }
        file.seek(SeekFrom::Start(length))?;
        file.write_all(b"\n")?;
        Ok(length + 1)
    }

    /// Deletes the oldest rotated files, but for those to keep. It is only called while the file
    /// that is written has lines, so that there is always a last line.
    fn delete_oldest(&self, rotated: &mut Vec<(u64, PathBuf)>, unlogged: &mut Unlogged) {
        for (_, path) in rotated.drain(..rotated.len().saturating_sub(self.rotation.keep)) {
            if let Err(error) = fs::remove_file(&path) {
                unlogged.push(move || {
                    tracing::warn!(target: LOG, "cannot delete the old file {}: {error}", path.display());
                });
            }
        }
    }
}

/// Renames the file to the next number, with everything in it on the disk.
fn move_away(
    path: &Path,
    file: &File,
    newest: Option<&(u64, PathBuf)>,
) -> Result<(u64, PathBuf), Failure> {
    let number = match newest {
        None => 1,
        Some((newest, path)) => newest.checked_add(1).ok_or_else(|| {
            let reason = "a rotated file has the highest number there is, rename that file";
            Failure::because(path, reason)
        })?,
    };
    let target = rotated::name(path, number);
    file.sync_all().map_err(Failure::at(path))?;
    fs::rename(path, &target).map_err(Failure::at(path))?;
    open::sync_directory(path)?;
    Ok((number, target))
}

/// Writes a line at `end`, all of it or nothing.
fn write(mut file: &File, end: u64, line: &[u8]) -> io::Result<()> {
    let written = file
        .seek(SeekFrom::Start(end))
        .and_then(|_| file.write_all(line))
        .and_then(|()| file.sync_data());
    if written.is_err() {
        // The next writer cuts off half a line. It would take a whole one for good that may not be
        // on the disk, although the caller of this one is told that there is none.
        let _ = file.set_len(end).and_then(|()| file.sync_data());
    }
    written
}
