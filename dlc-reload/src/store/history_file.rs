//! The history on disk, one configuration a line.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use crate::{
    durable::{Failure, Lines, Log, Rotation, keep_last, refuse_foreign},
    origin::Origin,
    reloader::history::Kept,
    report::Report,
    schema::Shape,
    source::Permissions,
    time::rfc3339,
};

/// The version of the form of a line.
const FORMAT: u32 = 1;

/// What every line starts with.
const BEGINNING: &str = "{\"format\":";

/// The history removes its oldest lines itself.
const NEVER: Rotation = Rotation { bytes: u64::MAX, keep: 0 };

/// One configuration that was in force.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    format: u32,
    generation: u64,
    #[serde(with = "rfc3339")]
    accepted_at: SystemTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    document: Archive,
}

/// What a line has to say of itself before anything else is believed.
#[derive(Deserialize)]
struct Header {
    format: u32,
    generation: u64,
}

/// No process lives to count that far, so a higher number is damage. JSON keeps it exactly.
const HIGHEST: u64 = 1 << 53;

impl Header {
    fn of(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|line: &Self| line.generation <= HIGHEST)
    }
}

/// A configuration that an earlier process had in force.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) generation: u64,
    pub(crate) accepted_at: SystemTime,
    pub(crate) report: Option<Report>,
    pub(crate) document: Arc<Archive>,
    /// What its process started with, whose `restart` values stayed in force.
    pub(crate) start: Option<Arc<Archive>>,
    /// How many bytes it takes on disk.
    pub(crate) bytes: usize,
}

/// What was found in the file.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// As many as are kept, the oldest first.
    pub(crate) entries: VecDeque<Earlier>,
    /// The highest generation that was given away; zero where there was none.
    pub(crate) last: u64,
    start: Option<Arc<Archive>>,
}

/// The file, as the one writer knows it.
#[derive(Debug)]
pub(crate) struct HistoryFile {
    log: Log,
    kept: Kept,
    /// What all lines in the file come to.
    lines: usize,
    bytes: usize,
    /// The sizes of the last ones, which are kept.
    sizes: VecDeque<usize>,
}

impl HistoryFile {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// Why it cannot be read or must not be believed.
    pub(crate) fn open(
        path: PathBuf,
        kept: Kept,
        permissions: &Permissions,
    ) -> Result<(Self, Past), String> {
        refuse_foreign(&path, BEGINNING).map_err(|failure| failure.to_string())?;
        let mut lines = Lines::of(&path).map_err(|failure| failure.to_string())?;
        let metadata = path.symlink_metadata().ok();
        if let Some(why) = metadata.and_then(|metadata| permissions.refuse(&metadata)) {
            return Err(format!("{}: {why}", path.display()));
        }
        let log = Log::new(path, BEGINNING, NEVER);
        let mut file = Self { log, kept, lines: 0, bytes: 0, sizes: VecDeque::new() };
        let mut past = Past::default();
        for line in lines.by_ref() {
            let (place, text) = line.map_err(|failure| failure.to_string())?;
            file.count(text.len() + 1);
            let header = Header::of(&text);
            // A line that cannot be read had a generation too, and nothing else gets that one.
            past.last =
                header.as_ref().map_or(past.last + 1, |line| line.generation.max(past.last));
            match serde_json::from_slice::<Line>(&text) {
                Ok(line) if header.is_some() && line.format == FORMAT => {
                    past.push(line, text.len() + 1, kept)
                }
                _ if header.is_some_and(|line| line.format != FORMAT) => {
                    tracing::warn!(target: "dlc_reload", "{place}: this line of the history is in a format of another version of the program, it is left out");
                }
                _ => {
                    tracing::warn!(target: "dlc_reload", "{place}: this line of the history is damaged, it is left out");
                }
            }
        }
        if let Some(place) = lines.torn() {
            past.last += 1;
            tracing::warn!(target: "dlc_reload", "{place}: this line of the history was not written to its end, it is left out");
        }
        // An earlier process may have been killed before it did this. Where it fails, the next
        // line says so.
        let _ = file.cut();
        Ok((file, past))
    }

    pub(crate) fn path(&self) -> &Path {
        self.log.path()
    }

    /// Appends a configuration, and takes the oldest ones out if it is time for that.
    pub(crate) fn append(
        &mut self,
        (generation, accepted_at): (u64, SystemTime),
        report: Option<Report>,
        document: Archive,
    ) -> Result<(), Failure> {
        let path = self.log.path();
        let line = Line { format: FORMAT, generation, accepted_at, report, document };
        let text = serde_json::to_vec(&line).map_err(|error| Failure::no_line(path, error))?;
        let size = text.len() + 1;
        self.log.append(|before| {
            let last = before.next().transpose()?;
            if last
                .and_then(|line| Header::of(&line))
                .is_some_and(|last| last.generation >= generation)
            {
                let reason = "another process keeps its history here too, give each its own file";
                return Err(Failure::because(path, reason));
            }
            Ok(text)
        })?;
        self.count(size);
        self.cut()
    }

    /// Takes the oldest ones out once half of the file is too much.
    fn cut(&mut self) -> Result<(), Failure> {
        let full = self.lines > self.kept.count.saturating_mul(2)
            || self.bytes > self.kept.bytes.saturating_mul(2);
        if full && self.lines > self.sizes.len() {
            keep_last(self.log.path(), self.sizes.len())?;
            self.lines = self.sizes.len();
            self.bytes = self.sizes.iter().sum();
        }
        Ok(())
    }

    fn count(&mut self, size: usize) {
        self.lines += 1;
        self.bytes += size;
        self.sizes.push_back(size);
        self.kept.trim(&mut self.sizes, |size| *size);
    }
}

/// The report without what it says of secrets beyond that they changed: the name of a variable or of
/// an entry inside of a secret may be secret too.
pub(crate) fn discreet(report: &Report, shape: &Shape) -> Report {
    let mut report = report.clone();
    report.shadowed.retain(|one| !shape.is_secret(&one.key));
    report.problems.retain(|one| !one.key.as_ref().is_some_and(|key| shape.is_secret(key)));
    let pending = report.pending.iter_mut().map(|pending| &mut pending.change);
    for change in report.changes.iter_mut().chain(pending) {
        if change.secret && change.origin.line.is_none() {
            change.origin = Origin::source("a source that is not kept");
        }
    }
    report
}

impl Past {
    fn push(&mut self, line: Line, bytes: usize, kept: Kept) {
        let Line { generation, accepted_at, report, document, .. } = line;
        let document = Arc::new(document);
        if report.is_none() {
            self.start = Some(Arc::clone(&document));
        }
        let start = self.start.clone();
        self.entries.push_back(Earlier { generation, accepted_at, report, document, start, bytes });
        kept.trim(&mut self.entries, |entry| entry.bytes);
    }
}

#[cfg(feature = "yaml")]
#[cfg(test)]
mod tests;
