//! Keeps on disk what was accepted, so that the next process finds it.

mod archive;
mod history_file;
mod known_good;
mod restore;
mod row;

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use self::history_file::discreet;
pub use self::known_good::LastKnownGood;
pub(crate) use self::{
    archive::Archive,
    history_file::{Earlier, HistoryFile, Past},
    known_good::{Good, GoodFile, read},
};
use crate::{
    document::Document,
    durable::Failure,
    error::Problem,
    origin::Origin,
    reloader::{
        history::{History, Kept},
        state::Ledger,
    },
    report::{Report, Trigger, TriggerKind, Verdict},
    schema::Shape,
    section::Reloadable,
    snapshot::{Published, Snapshot},
    source::Permissions,
    sync::lock,
};

/// What messages call the history.
const HISTORY: &str = "the history of configurations";

/// The report of the start.
pub(crate) fn start_report<C>(
    first: &Snapshot<C>,
    good: Option<&LastKnownGood>,
    warnings: Vec<Problem>,
) -> Report {
    Report {
        id: 0,
        generation: first.generation(),
        trigger: Trigger::new(TriggerKind::Start),
        verdict: if good.is_some() { Verdict::Rejected } else { Verdict::Applied },
        changes: Vec::new(),
        pending: Vec::new(),
        shadowed: Vec::new(),
        problems: good.iter().flat_map(|good| good.problems.clone()).chain(warnings).collect(),
        started_at: first.accepted_at(),
        duration: Duration::ZERO,
    }
}

/// Writes to disk on the reload thread, after readers have what is new.
#[derive(Default)]
pub(crate) struct Keeper {
    good: Option<GoodFile>,
    history: Option<HistoryFile>,
    /// What could not be written when it was tried last.
    unwritten: Vec<Problem>,
}

impl Keeper {
    pub(crate) fn new(good: Option<GoodFile>) -> Self {
        Self { good, history: None, unwritten: Vec::new() }
    }

    /// Reads the history of earlier processes, if it is kept, and publishes the configuration of the
    /// start anew under the generation that comes next.
    pub(crate) fn recall<C: Reloadable>(
        &mut self,
        path: Option<PathBuf>,
        kept: Kept,
        permissions: &Permissions,
        published: &Published<C>,
    ) -> History<C> {
        let mut past = Past::default();
        if let Some(path) = path {
            let shared = self.good.as_ref().is_some_and(|good| good.path() == path);
            let opened = if shared {
                let reason =
                    "the last known good configuration is kept here too, give each its own file";
                Err(Failure::because(&path, reason).to_string())
            } else {
                HistoryFile::open(path.clone(), kept, permissions)
            };
            match opened {
                Ok((file, found)) => (self.history, past) = (Some(file), found),
                // What cannot be read is not written to either: it would be counted anew.
                Err(why) => self.note(&path, HISTORY, Err(why)),
            }
        }
        if past.last > 0 {
            let first = published.load_full();
            published.publish(Arc::new(first.numbered(past.last + 1)));
        }
        History::new(past, published.load_full(), kept)
    }

    /// Keeps what the service starts with, unless that is what was kept before.
    pub(crate) fn started<C>(
        &mut self,
        shape: &Shape,
        ledger: &Mutex<Ledger<C>>,
        first: &Snapshot<C>,
    ) {
        if lock(ledger).last_known_good.is_none() {
            self.good(shape, first.document(), (first.accepted_at(), first.generation()));
        }
        self.history(shape, first, None);
        lock(ledger).unwritten = self.unwritten.clone();
    }

    /// Keeps a document to start from. Nothing is written where it is the one that was kept last.
    pub(crate) fn known_good<C>(
        &mut self,
        shape: &Shape,
        ledger: &Mutex<Ledger<C>>,
        document: &Document,
        when: (SystemTime, u64),
    ) {
        self.good(shape, document, when);
        lock(ledger).unwritten = self.unwritten.clone();
    }

    /// Keeps what came into force, without the overrides that hold.
    pub(crate) fn applied<C>(
        &mut self,
        shape: &Shape,
        ledger: &Mutex<Ledger<C>>,
        base: &Snapshot<C>,
        report: &Report,
    ) {
        self.history(shape, base, Some(report));
        lock(ledger).unwritten = self.unwritten.clone();
    }

    fn good(&mut self, shape: &Shape, document: &Document, (at, generation): (SystemTime, u64)) {
        let Some(file) = &mut self.good else { return };
        let written = file.write(&Archive::of(document, shape), at, generation);
        let path = file.path().to_owned();
        self.note(&path, "the last known good configuration", written);
    }

    fn history<C>(&mut self, shape: &Shape, base: &Snapshot<C>, report: Option<&Report>) {
        let Some(file) = &mut self.history else { return };
        let document = Archive::of(base.document(), shape);
        let report = report.map(|report| discreet(report, shape));
        let written = file.append((base.generation(), base.accepted_at()), report, document);
        let path = file.path().to_owned();
        self.note(&path, HISTORY, written);
    }

    /// Logs a failure, unless it is the one that was logged before.
    fn note(&mut self, path: &Path, what: &str, written: Result<(), impl Display>) {
        let origin = Origin::source(path.display().to_string());
        let is_same = |problem: &Problem| {
            problem.origin.as_ref() == Some(&origin) && problem.message.starts_with(what)
        };
        let said = self.unwritten.iter().position(is_same);
        let said = said.map(|at| self.unwritten.remove(at));
        if let Err(error) = written {
            let problem =
                Problem::warning(format!("{what} is not kept: {error}")).with_origin(origin);
            if said.as_ref() != Some(&problem) {
                tracing::error!(target: "dlc_reload", "{}", problem.message);
            }
            self.unwritten.push(problem);
        }
    }
}
