//! The history file: one configuration a line.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    archive::Archive,
    envelope::{BEGINNING, Envelope, FORMAT, Header},
    failed::Failed,
};
use crate::{
    durable::{
        Appended, BRIEFLY, Failure, LONGEST, Lines, Log, Rotation, keep_last, metadata,
        refuse_foreign,
    },
    error::LOG,
    place::Origin,
    report::Report,
    schema::Shape,
    snapshot::Generation,
    source::Permissions,
    sync::Unlogged,
};

/// No rotation: the history removes its oldest lines itself.
const NEVER: Rotation = Rotation { bytes: u64::MAX, keep: 0 };

/// The warning in a report of which only the head is kept.
const TOO_LARGE: &str =
    "this report is too large for the history, which has neither its values nor its problems";

/// The part of the past that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// The number of configurations, the one in force included.
    pub(crate) count: usize,
    /// The number of bytes that all of them may take: of memory, and of the file.
    pub(crate) bytes: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { count: 16, bytes: 16 << 20 }
    }
}

impl Retention {
    /// Takes out the oldest entries that are too many, and returns them. The newest is always kept.
    pub(crate) fn trim<T>(self, entries: &mut VecDeque<T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
        let mut removed = Vec::new();
        let mut total: usize = entries.iter().map(&bytes).sum();
        while entries.len() > 1
            && (entries.len() > self.count || total > self.bytes)
            && let Some(oldest) = entries.pop_front()
        {
            total -= bytes(&oldest);
            removed.push(oldest);
        }
        removed
    }
}

/// A configuration that an earlier process had in force.
#[derive(Debug)]
pub(crate) struct StoredEntry {
    pub(crate) generation: Generation,
    pub(crate) accepted_at: SystemTime,
    pub(crate) report: Option<Report>,
    pub(crate) document: Arc<Archive>,
    /// The number of bytes that it takes on disk.
    pub(crate) bytes: usize,
}

/// The content of the file.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// As many configurations as are kept, the oldest first.
    pub(crate) entries: VecDeque<StoredEntry>,
    /// The highest generation that was given away, if one was.
    pub(crate) last: Option<Generation>,
    /// The content that the last process refused in the end because it had failed its probation.
    pub(crate) failed: Option<Failed>,
}

/// The file, as the one writer knows it.
#[derive(Debug)]
pub(crate) struct HistoryFile {
    log: Log,
    retention: Retention,
    /// The number of lines in the file.
    lines: usize,
    /// The size of the file.
    bytes: usize,
    /// The sizes of the last lines, which are kept.
    sizes: VecDeque<usize>,
    /// The lines that another process has kept out of the file so far, the oldest first.
    waiting: VecDeque<(Generation, Vec<u8>)>,
}

impl HistoryFile {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be read or must not be believed.
    pub(crate) fn open(
        path: PathBuf,
        retention: Retention,
        permissions: &Permissions,
    ) -> Result<(Self, Past), String> {
        refuse_foreign(&path, BEGINNING).map_err(|failure| failure.to_string())?;
        let mut lines = Lines::of(&path).map_err(|failure| failure.to_string())?;
        if let Some(why) = metadata(&path).and_then(|metadata| permissions.refuse(&metadata)) {
            return Err(format!("{}: {why}", path.display()));
        }
        let log = Log::new(path, BEGINNING, NEVER);
        let mut file = Self {
            log,
            retention,
            lines: 0,
            bytes: 0,
            sizes: VecDeque::new(),
            waiting: VecDeque::new(),
        };
        let mut past = Past::default();
        for line in lines.by_ref() {
            let (place, text) = line.map_err(|failure| failure.to_string())?;
            file.count(text.len() + 1);
            if let Err(why) = past.read(&text, retention) {
                tracing::warn!(target: LOG, "{place}: this line of the history is {why}, it is left out");
            }
        }
        if let Some(place) = lines.torn() {
            past.give_away(None);
            tracing::warn!(target: LOG, "{place}: this line of the history was not written to its end, it is left out");
        }
        // An earlier process may have been killed before it did this. Where it fails, the next
        // line says so.
        let _ = file.cut();
        Ok((file, past))
    }

    pub(crate) fn path(&self) -> &Path {
        self.log.path()
    }

    /// Returns true if something is still to be written.
    pub(crate) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Appends a configuration, and takes the oldest ones out if it is time for that.
    pub(crate) fn append(
        &mut self,
        generation: Generation,
        accepted_at: SystemTime,
        report: Option<Report>,
        failed: Option<Failed>,
        document: Archive,
    ) -> Result<(), Failure> {
        let mut line = Envelope::new(generation, accepted_at, report, document).with_failed(failed);
        let mut text = self.text(&line)?;
        if is_too_long(&text)
            && let Some(report) = &line.report
        {
            // The configuration is what one goes back to.
            line.report = Some(report.shortened(TOO_LARGE));
            text = self.text(&line)?;
        }
        self.waiting.push_back((generation, text));
        self.retention.trim(&mut self.waiting, |(_, text)| text.len());
        self.catch_up()
    }

    fn text(&self, line: &Envelope<Archive>) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(line).map_err(|error| Failure::no_line(self.log.path(), error))
    }

    /// Appends what waits. While another process keeps the lock, it goes on waiting, and the caller does not.
    pub(crate) fn catch_up(&mut self) -> Result<(), Failure> {
        let log = self.log.clone();
        let path = log.path();
        let mut unlogged = Unlogged::default();
        while let Some((generation, text)) = self.waiting.pop_front() {
            let size = text.len() + 1;
            let appended = log.append(BRIEFLY, &mut unlogged, |before, _| {
                let last = before.next().transpose()?;
                let last = last.and_then(|line| Header::of(&line)?.generation());
                if last.is_some_and(|last| last >= generation) {
                    let reason =
                        "another process keeps its history here too, give each its own file";
                    return Err(Failure::because(path, reason));
                }
                Ok(Appended { line: text.clone(), note: None })
            });
            std::mem::take(&mut unlogged).log();
            if let Err(failure) = appended {
                if failure.is_locked_out() {
                    self.waiting.push_front((generation, text));
                }
                return Err(failure);
            }
            self.count(size);
        }
        self.cut()
    }

    /// Takes the oldest ones out once half of the file is too much.
    fn cut(&mut self) -> Result<(), Failure> {
        let full = self.lines > self.retention.count.saturating_mul(2)
            || self.bytes > self.retention.bytes.saturating_mul(2);
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
        self.retention.trim(&mut self.sizes, |size| *size);
    }
}

/// Returns true if a text and the end of its line are longer than a line may be.
fn is_too_long(text: &[u8]) -> bool {
    u64::try_from(text.len()).unwrap_or(u64::MAX) >= LONGEST
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
    /// Takes over one line.
    ///
    /// # Errors
    ///
    /// The state of a line that is left out.
    fn read(&mut self, text: &[u8], retention: Retention) -> Result<(), &'static str> {
        let header = Header::of(text);
        let generation = header.as_ref().and_then(Header::generation);
        self.give_away(generation);
        match serde_json::from_slice::<Envelope<Archive>>(text) {
            Ok(line) if generation.is_some() && line.format == FORMAT => {
                self.push(line, text.len() + 1, retention);
                Ok(())
            }
            _ if generation.is_some() && header.is_some_and(|line| line.format != FORMAT) => {
                Err("in a format of another version of the program")
            }
            _ => Err("damaged"),
        }
    }

    /// Counts a generation. A line that cannot be read had one too, and no other configuration gets that.
    fn give_away(&mut self, generation: Option<Generation>) {
        let following = || self.last.map_or(Generation::FIRST, Generation::next);
        self.last = self.last.max(Some(generation.unwrap_or_else(following)));
    }

    fn push(&mut self, line: Envelope<Archive>, bytes: usize, retention: Retention) {
        let Envelope { generation, accepted_at, report, failed, document, .. } = line;
        self.failed = failed;
        let document = Arc::new(document);
        let entry = StoredEntry { generation, accepted_at, report, document, bytes };
        self.entries.push_back(entry);
        retention.trim(&mut self.entries, |entry| entry.bytes);
    }
}

#[cfg(feature = "yaml")]
#[cfg(test)]
mod tests;
