//! The report of an attempt, and all that is told of it.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Restarts,
    apply::{Apply, Attempted},
    history::History,
    log,
    said::{Asked, Said},
    settings::OnCritical,
    steps::RunningStep,
};
use crate::{
    document::Document,
    error::LOG,
    hook::caught,
    place::on_one_line,
    report::{Report, Verdict},
    section::Reloadable,
    snapshot::{Generation, Snapshot},
    store::{Store, Written},
    time::Stopwatch,
    trigger::Trigger,
};

/// The reporter of the reload thread: it makes reports, and tells them to the log, the files, the observers and the
/// handlers.
pub(super) struct Reporter {
    pub(super) store: Store,
    pub(super) restarts: Restarts,
    pub(super) on_critical: OnCritical,
    pub(super) said: Said,
    /// The moment at which what could not be written is tried again.
    pub(super) retry: Option<Instant>,
}

/// The pause before what could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);

impl Reporter {
    /// Makes the report of an attempt, and tells it. `repeated` says that the sources were read, and
    /// whether their content was looked at before.
    pub(super) fn finish<C: Reloadable>(
        &mut self,
        apply: &Apply<C>,
        trigger: Trigger,
        begun: Stopwatch,
        attempted: Attempted,
        repeated: Option<bool>,
    ) -> Report {
        let newly_waiting = attempted.newly_waiting.clone();
        let Recorded { report, before, critical } = record(apply, trigger, begun, attempted);

        let asked = match repeated {
            None => Asked::Nothing,
            Some(_) if report.verdict().is_success() => Asked::Accepted,
            Some(_) => Asked::Refused,
        };
        let news = self.said.news(report.problems(), asked);
        let before = before.as_ref().map(Report::verdict);
        #[cfg(feature = "admin")]
        apply.shared.feed.push(&report);
        log::report(&report, &newly_waiting, &news, before, repeated.unwrap_or_default());
        self.keep(apply, &report);
        tell(apply, &report, repeated.is_some());
        if critical {
            log::stopped(report.id());
            let step = RunningStep::CallCriticalHandler;
            call(apply, step, "the critical handler", || (self.on_critical)(&report));
        }
        if let Restarts::Ask(handler) = &self.restarts
            && !newly_waiting.is_empty()
        {
            let step = RunningStep::CallRestartHandler;
            call(apply, step, "the restart handler", || handler(&report));
        }
        report
    }

    /// Keeps on disk what the reload did, after readers have it.
    fn keep<C: Reloadable>(&mut self, apply: &Apply<C>, report: &Report) {
        if report.verdict() == Verdict::Applied {
            let base = Arc::clone(&apply.shared.state().base);
            self.keep_history(apply, &base, Some(report));
        }
        if report.verdict().is_success() {
            self.keep_good(apply);
        }
        self.retry_later(apply);
    }

    /// Writes what another process has kept out of a file so far, if it is time for that.
    pub(super) fn catch_up<C: Reloadable>(&mut self, apply: &Apply<C>, now: Instant) {
        if self.retry.take_if(|retry| *retry <= now).is_some() {
            note_written(apply, || self.store.catch_up());
            self.retry_later(apply);
        }
    }

    fn retry_later<C>(&mut self, apply: &Apply<C>) {
        let later = || apply.clock.instant().checked_add(RETRY);
        self.retry = self.store.is_behind().then(|| self.retry.or_else(later)).flatten();
    }

    /// Keeps the configuration of the start.
    pub(super) fn keep_start<C: Reloadable>(&mut self, apply: &Apply<C>, first: &Snapshot<C>) {
        let is_good = {
            let state = apply.shared.state();
            state.last_known_good.is_none() && !state.blocked.is_ill()
        };
        if is_good {
            self.keep_document(apply, first.document(), first.accepted_at(), first.number());
        }
        self.keep_history(apply, first, None);
        self.retry_later(apply);
    }

    fn keep_history<C: Reloadable>(
        &mut self,
        apply: &Apply<C>,
        base: &Snapshot<C>,
        report: Option<&Report>,
    ) {
        let failed = apply.shared.state().blocked.failed();
        let shape = apply.shared.sources.shape;
        note_written(apply, || self.store.keep_history(shape, base, report, failed));
    }

    /// Keeps the document to start from when the sources are refused: what they ask for, or what a caller
    /// went back to instead. What has yet to prove itself does not count, nor what the service
    /// started with because the sources were refused, nor what failed and is in force all the same.
    pub(super) fn keep_good<C: Reloadable>(&mut self, apply: &Apply<C>) {
        let document = {
            let state = apply.shared.state();
            if state.trial.is_some() {
                return;
            }
            if state.blocked.after_rollback.is_some() {
                // What the sources ask for was turned away from, and the values that wait with it.
                Some(Arc::clone(state.base.in_force()))
            } else if state.last_known_good.is_some() {
                return;
            } else {
                (!state.blocked.is_ill()).then(|| Arc::clone(&state.desired.document))
            }
        };
        let Some(document) = document else {
            let failed = apply.shared.state().blocked.failed();
            let permissions = &apply.shared.sources.permissions;
            let keep = || self.store.keep_failed(failed?, permissions);
            return note_written(apply, keep);
        };
        let generation = apply.shared.published.load().number();
        self.keep_document(apply, &document, apply.clock.now(), generation);
    }

    fn keep_document<C: Reloadable>(
        &mut self,
        apply: &Apply<C>,
        document: &Document,
        accepted_at: SystemTime,
        generation: Generation,
    ) {
        let failed = apply.shared.state().blocked.failed();
        let shape = apply.shared.sources.shape;
        note_written(apply, || {
            self.store.keep_good(shape, document, accepted_at, generation, failed)
        });
    }
}

/// A report, as the state has it.
struct Recorded {
    report: Report,
    /// The report before.
    before: Option<Report>,
    /// True if the service is inconsistent since this report.
    critical: bool,
}

/// Makes the report of an attempt, and takes it into the state; into the history, too, where a configuration came into
/// force.
fn record<C: Reloadable>(
    apply: &Apply<C>,
    trigger: Trigger,
    begun: Stopwatch,
    attempted: Attempted,
) -> Recorded {
    let Attempted { verdict, changes, shadowed, mut problems, read, .. } = attempted;
    let shared = &apply.shared;
    let snapshot = shared.published.load_full();
    let asked_for = Arc::clone(&shared.state().desired.document);
    // What observers refuse with may quote anything.
    shared.sources.redact(&asked_for, &mut problems);
    problems.sort_by_key(|problem| !problem.is_error());
    let base = Arc::clone(&shared.state().base);
    let sources = read.as_ref().unwrap_or(snapshot.document()).versions.clone();
    let bytes = (verdict == Verdict::Applied).then(|| History::size(&base));
    // Values of the author's types are dropped once the lock is released.
    let mut forgotten = Vec::new();
    let mut state = shared.state();
    let report = Report {
        id: state.reports.next_id(),
        generation: snapshot.generation(),
        trigger,
        verdict,
        changes,
        pending: state.pending(),
        shadowed,
        problems,
        sources,
        started_at: begun.started_at,
        duration: begun.instant.elapsed(),
    };
    if let Some(bytes) = bytes {
        forgotten = state.history.push(&snapshot, &base, Some(report.clone()), bytes);
    }
    if verdict == Verdict::Inconsistent {
        state.retries = None;
    }
    let critical =
        verdict == Verdict::Inconsistent && std::mem::replace(&mut state.consistent, false);
    let before = state.reports.push(&report);
    drop(state);
    drop(forgotten);
    Recorded { report, before, critical }
}

/// Writes one of the files, and takes note of the outcome.
fn note_written<C>(apply: &Apply<C>, write: impl FnOnce() -> Option<Written>) {
    let written = apply.shared.steps.run(RunningStep::WriteFiles, write);
    let failure = written.and_then(|written| apply.shared.state().unwritten.note(written));
    if let Some(failure) = failure {
        tracing::error!(target: LOG, "{failure}");
    }
}

/// Tells a report to the meter and the observers; `read` says that the sources were read for it.
pub(super) fn tell<C: Reloadable>(apply: &Apply<C>, report: &Report, read: bool) {
    apply.meters.iter().for_each(|meter| meter.reported(report, read));
    for (name, observer) in &apply.observers {
        let step = RunningStep::TellObserver { name: Arc::clone(name) };
        call(apply, step, "an observer", || observer.reported(report));
    }
}

/// Tells the observers that a configuration has proven itself.
pub(super) fn tell_proven<C: Reloadable>(apply: &Apply<C>, generation: Generation) {
    for (name, observer) in &apply.observers {
        let step = RunningStep::TellObserver { name: Arc::clone(name) };
        call(apply, step, "an observer", || observer.proved(generation.0));
    }
}

/// Calls a handler of the author's, whose panic is its own failure.
fn call<C: Reloadable>(apply: &Apply<C>, step: RunningStep, who: &str, tell: impl FnOnce()) {
    if let Err(message) = apply.shared.steps.run(step, || caught(tell)) {
        // It may quote a secret, of the start or of what the sources ask for.
        let asked_for = Arc::clone(&apply.shared.state().desired.document);
        let message = apply.shared.sources.redacted(&asked_for, message);
        tracing::error!(target: LOG, "{who} panicked: {}", on_one_line(&message));
    }
}
