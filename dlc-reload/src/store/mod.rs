//! The files that outlive the process: the last known good configuration, and the history.

mod archive;
mod envelope;
mod failed;
mod history_file;
mod known_good;
mod restore;
mod row;

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    time::SystemTime,
};

pub use self::known_good::LastKnownGood;
pub(crate) use self::{
    archive::Archive,
    failed::Failed,
    history_file::{HistoryFile, Past, Retention, StoredEntry},
    known_good::{GoodFile, KnownGood, read},
};
use crate::{
    candidate::Sources,
    document::Document,
    durable::Failure,
    error::Problem,
    place::Origin,
    report::Report,
    schema::Shape,
    section::Reloadable,
    snapshot::{Generation, Snapshot},
    source::Permissions,
};

/// The history, as messages call it.
const HISTORY: &str = "the history of configurations";

/// The last known good, as messages call it.
const GOOD: &str = "the last known good configuration";

/// The files as the one writer knows them. They are written on the reload thread, after readers have what is new.
#[derive(Debug)]
pub(crate) struct Store {
    good: Option<GoodFile>,
    history: Option<HistoryFile>,
}

impl Store {
    pub(crate) const fn new(good: Option<GoodFile>) -> Self {
        Self { good, history: None }
    }

    /// Opens the history file, and returns the configurations that earlier processes had in force.
    pub(crate) fn open_history(
        &mut self,
        path: &Path,
        retention: Retention,
        permissions: &Permissions,
    ) -> (Past, Written) {
        let shared = self.good.as_ref().is_some_and(|good| good.path() == path);
        let opened = if shared {
            let reason =
                "the last known good configuration is kept here too, give each its own file";
            Err(Failure::because(path, reason).to_string())
        } else {
            HistoryFile::open(path.to_owned(), retention, permissions)
        };
        match opened {
            Ok((file, past)) => {
                self.history = Some(file);
                (past, Written::new(path, HISTORY, Ok::<_, String>(())))
            }
            // A file that cannot be read is not written to either: it would be counted anew.
            Err(why) => (Past::default(), Written::new(path, HISTORY, Err(why))),
        }
    }

    /// Keeps a document to start from, unless it is the one that was kept last.
    pub(crate) fn keep_good(
        &mut self,
        shape: &Shape,
        document: &Document,
        accepted_at: SystemTime,
        generation: Generation,
        failed: Option<Failed>,
    ) -> Option<Written> {
        let file = self.good.as_mut()?;
        let written = file.write(&Archive::of(document, shape), accepted_at, generation, failed);
        Some(Written::new(file.path(), GOOD, written))
    }

    /// Returns true if a start that has to refuse a document of the sources can use the last known good instead.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be used, as one problem.
    pub(crate) fn has_good<C: Reloadable>(
        &self,
        sources: &Sources<C>,
        present: &Document,
    ) -> Result<bool, Problem> {
        let Some(good) = &self.good else { return Ok(false) };
        read(good.path(), sources, present).map(|good| good.is_some())
    }

    /// Keeps the content that failed its probation, beside the document to start from.
    pub(crate) fn keep_failed(
        &mut self,
        failed: Failed,
        permissions: &Permissions,
    ) -> Option<Written> {
        let file = self.good.as_mut()?;
        let written = file.remember(failed, permissions);
        Some(Written::new(file.path(), GOOD, written))
    }

    /// Returns the content that failed its probation of which the next process learns, where `failed` is what this one
    /// refuses. The last known good goes on remembering it until what was accepted since has proven itself.
    pub(crate) fn next_failed(&self, failed: Option<Failed>) -> Option<Failed> {
        match &self.good {
            Some(good) => good.failed().cloned(),
            None => failed.filter(|_| self.remembers()),
        }
    }

    /// Returns true if the next process learns of what failed its probation.
    pub(crate) const fn remembers(&self) -> bool {
        self.good.is_some() || self.history.is_some()
    }

    /// Returns true if a document to start from is kept.
    pub(crate) const fn keeps_good(&self) -> bool {
        self.good.is_some()
    }

    /// Keeps what came into force, without the overrides that hold, and the content that is refused because it failed
    /// its probation. The configuration of a start has no report.
    pub(crate) fn keep_history<C>(
        &mut self,
        shape: &Shape,
        base: &Snapshot<C>,
        report: Option<&Report>,
        failed: Option<Failed>,
    ) -> Option<Written> {
        let file = self.history.as_mut()?;
        let document = Archive::of(base.in_force(), shape);
        let report = report.map(|report| history_file::discreet(report, shape));
        let written = file.append(base.number(), base.accepted_at(), report, failed, document);
        Some(Written::new(file.path(), HISTORY, written))
    }
}

impl Store {
    /// Returns true if another process has kept something out of a file so far.
    pub(crate) fn is_behind(&self) -> bool {
        self.history.as_ref().is_some_and(HistoryFile::is_behind)
    }

    /// Writes what another process has kept out of a file so far.
    pub(crate) fn catch_up(&mut self) -> Option<Written> {
        let file = self.history.as_mut()?;
        let written = file.catch_up();
        Some(Written::new(file.path(), HISTORY, written))
    }
}

/// The outcome of writing one of the files.
#[derive(Debug)]
pub(crate) struct Written {
    path: PathBuf,
    what: &'static str,
    failure: Option<String>,
}

impl Written {
    fn new(path: &Path, what: &'static str, written: Result<(), impl Display>) -> Self {
        let failure = written.err().map(|failure| failure.to_string());
        Self { path: path.to_owned(), what, failure }
    }
}

/// The files that could not be written when it was tried last, as problems.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unwritten(Vec<Problem>);

impl Unwritten {
    pub(crate) fn list(&self) -> &[Problem] {
        &self.0
    }

    /// Takes note of an outcome, and returns the failure to be logged, unless it is the one of before.
    pub(crate) fn note(&mut self, Written { path, what, failure }: Written) -> Option<String> {
        let origin = Origin::source(path.display().to_string());
        let is_same = |problem: &Problem| {
            problem.origin.as_ref() == Some(&origin) && problem.message.starts_with(what)
        };
        let said = self.0.iter().position(is_same).map(|at| self.0.remove(at));
        let message = format!("{what} is not kept: {}", failure?);
        let problem = Problem::warning(&*message).with_origin(origin);
        let is_new = said.as_ref() != Some(&problem);
        self.0.push(problem);
        is_new.then_some(message)
    }
}
