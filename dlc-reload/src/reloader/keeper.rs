//! Keeps on disk what was accepted, so that the next process finds it.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use super::engine::{Ledger, lock};
use crate::{
    archive::Archive,
    document::Document,
    error::Problem,
    known_good::{GoodFile, LastKnownGood},
    origin::Origin,
    report::{Report, Trigger, TriggerKind, Verdict},
    shape::Shape,
    snapshot::Snapshot,
};

/// The report of a start whose sources were refused.
pub(crate) fn refused_start<C>(good: &LastKnownGood, first: &Snapshot<C>) -> Report {
    Report {
        id: 0,
        generation: first.generation(),
        trigger: Trigger::new(TriggerKind::Start),
        verdict: Verdict::Rejected,
        changes: Vec::new(),
        pending: Vec::new(),
        shadowed: Vec::new(),
        problems: good.problems.clone(),
        started_at: first.accepted_at(),
        duration: Duration::ZERO,
    }
}

/// Writes to disk on the reload thread, after readers have what is new.
#[derive(Default)]
pub(crate) struct Keeper {
    good: Option<GoodFile>,
    /// What could not be written when it was tried last.
    unwritten: Vec<Problem>,
}

impl Keeper {
    pub(crate) fn new(good: Option<GoodFile>) -> Self {
        Self { good, unwritten: Vec::new() }
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
        lock(ledger).unwritten = self.unwritten.clone();
    }

    /// Keeps what a reload accepted. While a rollback holds, that is what it put in force.
    pub(crate) fn reported<C>(
        &mut self,
        shape: &Shape,
        ledger: &Mutex<Ledger<C>>,
        report: &Report,
        held: Option<&Snapshot<C>>,
    ) {
        if !report.verdict.is_success() {
            return;
        }
        let document = match held {
            Some(snapshot) => Arc::clone(snapshot.document()),
            None => Arc::clone(&lock(ledger).document),
        };
        self.good(shape, &document, (report.started_at, report.generation));
        lock(ledger).unwritten = self.unwritten.clone();
    }

    fn good(&mut self, shape: &Shape, document: &Document, (at, generation): (SystemTime, u64)) {
        let Some(file) = &mut self.good else { return };
        let written = file.write(&Archive::of(document, shape), at, generation);
        let path = file.path().to_owned();
        self.note(&path, "the last known good configuration", written);
    }

    /// Logs a failure, unless it is the one that was logged before.
    fn note(&mut self, path: &Path, what: &str, written: io::Result<()>) {
        let origin = Origin::source(path.display().to_string());
        let said =
            self.unwritten.iter().position(|problem| problem.origin.as_ref() == Some(&origin));
        let said = said.map(|at| self.unwritten.remove(at));
        if let Err(error) = written {
            let problem =
                Problem::warning(format!("{what} is not kept: {error}")).with_origin(origin);
            if said.as_ref() != Some(&problem) {
                tracing::error!(target: "dlc_reload", "{problem}");
            }
            self.unwritten.push(problem);
        }
    }
}
