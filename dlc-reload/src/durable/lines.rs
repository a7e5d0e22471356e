//! The readers of whole lines: forwards through all files of a log, and backwards from its end.

use std::{
    collections::VecDeque,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Failure, lock, open, rotated};

/// The number of bytes that no line exceeds, so that reading one needs bounded memory.
pub(crate) const LONGEST: u64 = 64 << 20;

/// The number of bytes that are read at once in the search for the end of a line.
const CHUNK: u64 = 8 << 10;

/// A line of a file, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: Arc<Path>,
    pub(crate) line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// An iterator over the whole lines of a log with their places, from the oldest file to the end.
///
/// Lines that are written meanwhile are not among them.
pub(crate) struct Lines {
    parts: VecDeque<Part>,
    open: Option<Reader>,
    has_begun: bool,
    is_absent: bool,
    torn: Option<Place>,
    note: String,
}

/// A file of the log, and how much of it is read where that is known beforehand.
enum Part {
    Rotated(PathBuf),
    Current(PathBuf, File, u64),
}

struct Reader {
    file: BufReader<Take<File>>,
    at: Place,
}

enum Found {
    Line(Place, Vec<u8>),
    /// A line without an end.
    Torn(Place),
    End,
}

impl Lines {
    /// Opens the log at `path` and the files that were moved away from there.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        open::refuse_irregular(path)?;
        // Held for as long as it takes to see which files there are; those do not change any more.
        let lock = lock::shared(path)?;
        let mut parts: VecDeque<_> =
            rotated::list(path)?.into_iter().map(|(_, path)| Part::Rotated(path)).collect();
        if let Some(file) = open::readable(path)? {
            let length = file.metadata().map_err(Failure::at(path))?.len();
            parts.push_back(Part::Current(path.to_owned(), file, length));
        }
        let is_absent = parts.is_empty();
        let note = lock.map(|lock| lock.note()).unwrap_or_default();
        Ok(Self { parts, open: None, has_begun: false, is_absent, torn: None, note })
    }

    /// Returns true if there was no file at all.
    pub(crate) const fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// Returns the place of the line without an end that was left out, if the newest file has one.
    pub(crate) const fn torn(&self) -> Option<&Place> {
        self.torn.as_ref()
    }

    /// Returns the note of the last writer; empty where there is none.
    pub(crate) fn note(&self) -> &str {
        &self.note
    }

    fn open_next(&mut self) -> Result<Option<Reader>, Failure> {
        while let Some(part) = self.parts.pop_front() {
            let (path, file, length) = match part {
                Part::Current(path, file, length) => (path, file, length),
                Part::Rotated(path) => match open::readable(&path)? {
                    Some(file) => (path, file, u64::MAX),
                    // Rotation may have deleted the oldest ones meanwhile. A gap in the middle is
                    // an error.
                    None if !self.has_begun => continue,
                    None => return Err(Failure::absent(&path)),
                },
            };
            (self.has_begun, self.torn) = (true, None);
            let at = Place { path: path.into(), line: 0 };
            return Ok(Some(Reader { file: BufReader::new(file.take(length)), at }));
        }
        Ok(None)
    }

    fn read(&mut self) -> Result<Option<(Place, Vec<u8>)>, Failure> {
        loop {
            if self.open.is_none() {
                self.open = self.open_next()?;
            }
            let Some(reader) = &mut self.open else { return Ok(None) };
            match reader.line()? {
                Found::Line(place, text) => return Ok(Some((place, text))),
                Found::Torn(place) => self.torn = Some(place),
                Found::End => {}
            }
            self.open = None;
        }
    }
}

impl Iterator for Lines {
    type Item = Result<(Place, Vec<u8>), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            (self.open, self.parts) = (None, VecDeque::new());
        }
        read.transpose()
    }
}

impl Reader {
    fn line(&mut self) -> Result<Found, Failure> {
        let mut text = Vec::new();
        let mut bounded = (&mut self.file).take(LONGEST + 1);
        let read = bounded.read_until(b'\n', &mut text).map_err(Failure::at(&self.at.path))?;
        if read == 0 {
            return Ok(Found::End);
        }
        self.at.line += 1;
        if text.pop_if(|last| *last == b'\n').is_some() {
            return Ok(Found::Line(self.at.clone(), text));
        }
        if u64::try_from(read).unwrap_or(u64::MAX) > LONGEST {
            return Err(Failure::too_long(&self.at.path, LONGEST));
        }
        Ok(Found::Torn(self.at.clone()))
    }
}

/// An iterator over the whole lines of a log, backwards from its end, for the holder of the lock.
pub(crate) struct Backwards {
    open: Option<Remaining>,
    /// The newest last.
    older: Vec<PathBuf>,
}

/// The part of a file that was not read yet: all before `end`, which is the end of a line.
struct Remaining {
    path: PathBuf,
    file: File,
    end: u64,
}

impl Backwards {
    pub(super) const fn new(older: Vec<PathBuf>) -> Self {
        Self { open: None, older }
    }

    /// Returns the same iterator, beginning with an open file, whose whole lines end at `end`.
    pub(super) fn from(mut self, path: &Path, file: File, end: u64) -> Self {
        self.open = Some(Remaining { path: path.to_owned(), file, end });
        self
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            if let Some(open) = &mut self.open
                && let Some(line) = open.line()?
            {
                return Ok(Some(line));
            }
            let Some(path) = self.older.pop() else { return Ok(None) };
            let Some(file) = open::readable(&path)? else { continue };
            let end = whole(&file).map_err(Failure::at(&path))?;
            self.open = Some(Remaining { path, file, end });
        }
    }
}

impl Iterator for Backwards {
    type Item = Result<Vec<u8>, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            (self.open, self.older) = (None, Vec::new());
        }
        read.transpose()
    }
}

impl Remaining {
    fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let Some(end) = self.end.checked_sub(1) else { return Ok(None) };
        let start = after_newline(&self.file, end).map_err(Failure::at(&self.path))?;
        if end - start > LONGEST {
            return Err(Failure::too_long(&self.path, LONGEST));
        }
        let text = read_at(&self.file, start, end).map_err(Failure::at(&self.path))?;
        self.end = start;
        Ok(Some(text))
    }
}

/// Returns the offset at which the whole lines of a file end.
pub(super) fn whole(file: &File) -> io::Result<u64> {
    after_newline(file, file.metadata()?.len())
}

/// Returns the offset after the last newline before `end`, or 0.
fn after_newline(file: &File, mut end: u64) -> io::Result<u64> {
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let chunk = read_at(file, start, end)?;
        let newline = chunk.iter().rposition(|byte| *byte == b'\n');
        if let Some(at) = newline.and_then(|at| u64::try_from(at).ok()) {
            return Ok(start + at + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Reads the bytes of a file from `start` to `end`.
pub(super) fn read_at(mut file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    file.take(end - start).read_to_end(&mut text)?;
    Ok(text)
}
