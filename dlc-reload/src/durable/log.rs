//! An append-only file of lines.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    Failure,
    lines::{Backwards, LONGEST, whole},
    lock, open,
};

/// A file of lines that survives the end of the process at any moment, and several writers.
///
/// A line that was once appended is whole and on the disk. Every call opens the file anew: lines are
/// rare, and so nobody holds a file that someone else has moved away.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    path: PathBuf,
    rotation: Rotation,
}

/// When a new file is begun, and how many of those before it are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// The size in bytes that a file does not exceed, unless one line alone does.
    pub(crate) bytes: u64,
    /// How many files are kept besides the one that is written.
    pub(crate) keep: usize,
}

impl Log {
    pub(crate) const fn new(path: PathBuf, rotation: Rotation) -> Self {
        Self { path, rotation }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    #[must_use]
    pub(crate) fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Appends the line that `make` makes from those before it, which it is given from the last one
    /// backwards. Nobody else appends meanwhile.
    ///
    /// When this returns, the line is on the disk, or no part of it is in the file.
    pub(crate) fn append(
        &self,
        make: impl FnOnce(&mut Backwards) -> Result<Vec<u8>, Failure>,
    ) -> Result<(), Failure> {
        let path = &self.path;
        open::refuse_irregular(path)?;
        let _lock = lock::exclusive(path)?;
        let mut rotated = rotated(path)?;
        let mut before = Backwards::new(rotated.iter().map(|(_, path)| path.clone()).collect());
        let mut current = match open::existing(path)? {
            Some(file) => {
                let end = cut_torn(&file).map_err(Failure::at(path))?;
                let reading = file.try_clone().map_err(Failure::at(path))?;
                before = before.from(path, reading, end);
                Some((file, end))
            }
            None => None,
        };
        let mut line = make(&mut before)?;
        if line.contains(&b'\n') {
            return Err(Failure::no_line(path, "it holds a line break"));
        }
        line.push(b'\n');
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if length > LONGEST {
            return Err(Failure::too_long(path, LONGEST));
        }

        let mut has_rotated = false;
        if let Some((file, end)) = &current
            && *end > 0
            && end.saturating_add(length) > self.rotation.bytes
        {
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
        if has_rotated {
            self.delete_oldest(&rotated);
        }
        Ok(())
    }

    /// Runs after the line was written, so that there is always a last line.
    fn delete_oldest(&self, rotated: &[(u64, PathBuf)]) {
        for (_, path) in &rotated[..rotated.len().saturating_sub(self.rotation.keep)] {
            if let Err(error) = fs::remove_file(path) {
                tracing::warn!(target: "dlc_reload", "cannot delete the old file {}: {error}", path.display());
            }
        }
    }
}

/// Cuts off a last line without an end: it was never synced, so nobody was told that it is there.
fn cut_torn(file: &File) -> io::Result<u64> {
    let end = whole(file)?;
    if end < file.metadata()?.len() {
        file.set_len(end)?;
    }
    Ok(end)
}

/// Renames the file to the next number, with everything in it on the disk.
fn move_away(
    path: &Path,
    file: &File,
    newest: Option<&(u64, PathBuf)>,
) -> Result<(u64, PathBuf), Failure> {
    let number = match newest {
        None => 1,
        Some((newest, path)) => newest.checked_add(1).ok_or_else(|| Failure::numbers(path))?,
    };
    let mut name = OsString::from(path);
    name.push(format!(".{number:06}"));
    let target = PathBuf::from(name);
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
        // Half a line would be cut off by the next writer. A whole one that is not on the disk would
        // be found by it, although the caller of this one is told that there is none.
        let _ = file.set_len(end).and_then(|()| file.sync_data());
    }
    written
}

/// The files that were moved away, the oldest first.
pub(super) fn rotated(path: &Path) -> Result<Vec<(u64, PathBuf)>, Failure> {
    let directory = open::directory(path);
    let Some(name) = path.file_name() else { return Ok(Vec::new()) };
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Failure::at(&directory))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Failure::at(&directory))?.file_name();
        if let Some(number) = number(entry.as_encoded_bytes(), name.as_encoded_bytes()) {
            found.push((number, path.with_file_name(entry)));
        }
    }
    found.sort();
    Ok(found)
}

/// The number in `audit.jsonl.000012`, for `audit.jsonl`.
fn number(entry: &[u8], name: &[u8]) -> Option<u64> {
    let digits = entry.strip_prefix(name)?.strip_prefix(b".")?;
    if digits.len() < 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_six_digits_or_more_belongs_to_the_log() {
        let names = [
            ("a.jsonl.000001", Some(1)),
            ("a.jsonl.999999", Some(999_999)),
            ("a.jsonl.1000000", Some(1_000_000)),
            ("a.jsonl.1", None),
            ("a.jsonl.00000x", None),
            ("a.jsonl.000001.gz", None),
            ("a.jsonl.lock", None),
            ("a.jsonl", None),
            ("b.jsonl.000001", None),
            ("a.jsonl.99999999999999999999", None),
        ];
        for (name, expected) in names {
            assert_eq!(number(name.as_bytes(), b"a.jsonl"), expected, "{name}");
        }
    }
}
