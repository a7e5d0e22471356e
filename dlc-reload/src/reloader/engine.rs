//! What the reload thread does: the only writer.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use super::{
    apply::{Cause, Ending},
    log,
    probation::{Probation, Trial},
    queue::Task,
    slow_hooks::Overseer,
    state::Ledger,
    watcher::{Watcher, Wholeness, read_whole},
};
use crate::{
    candidate::{Candidate, Sources},
    document::Document,
    error::Problem,
    hook::{Outcome, Witness, caught},
    reloader::Restarts,
    report::{Observer, Report, Trigger, TriggerKind, Verdict},
    section::Reloadable,
    snapshot::Published,
    source::{Fingerprint, Reading},
    store::Keeper,
    sync::lock,
    time::Clock,
};

/// Runs the hooks for a change from the first configuration to the second.
pub(crate) type Transact<C> = Box<dyn Fn(&C, &C, &dyn Witness) -> Outcome + Send>;

/// What happens when the service is left in a state nobody chose.
pub(crate) type OnCritical = Box<dyn Fn(&Report) + Send>;

/// How long content has to stay that is refused, in case somebody is about to write the rest.
const DOUBT: Duration = Duration::from_millis(90);

/// How long a reload that nobody waits for is put off while somebody is writing. It is as long as a
/// change by itself waits for a writer who was last heard of when it was asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The state of the reload thread.
pub(crate) struct Engine<C> {
    pub(crate) sources: Arc<Sources<C>>,
    pub(crate) published: Arc<Published<C>>,
    pub(crate) ledger: Arc<Mutex<Ledger<C>>>,
    pub(crate) transact: Transact<C>,
    pub(crate) on_critical: OnCritical,
    /// How many reloads there were.
    pub(crate) reloads: u64,
    /// The content that was looked at last, accepted or not.
    pub(crate) seen: Fingerprint,
    /// The content of which there was a candidate last.
    pub(crate) understood: u64,
    /// The content that the last looks found and that is to be refused, and since when.
    pub(crate) doubted: Option<(Fingerprint, Instant)>,
    /// The reload that somebody asked for while a file was being written, and since when.
    pub(crate) put_off: Option<(Trigger, Instant)>,
    pub(crate) probation: Option<Probation>,
    pub(crate) trial: Option<Trial<C>>,
    pub(crate) restarts: Restarts,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) overseer: Arc<Overseer>,
    pub(crate) keeper: Keeper,
    pub(crate) clock: Clock,
    #[cfg(feature = "testing")]
    pub(crate) recorder: Option<Arc<crate::testing::Recorder>>,
}

/// What was read, and what became of it.
pub(super) struct Examined<C> {
    pub(super) fingerprint: Fingerprint,
    pub(super) document: Arc<Document>,
    pub(super) candidate: Result<Candidate<C>, Vec<Problem>>,
}

/// When a reload began, for people and for measuring.
pub(super) struct Begun {
    pub(super) at: SystemTime,
    clock: Instant,
}

impl<C: Reloadable> Engine<C> {
    /// Reloads if the content differs from what was looked at last, and is whole. In a state that
    /// nobody chose it only looks, so that the watcher goes on.
    pub(crate) fn reload_if_changed(&mut self, trigger: Trigger) {
        if let Some((trigger, since)) = self.put_off.take() {
            return self.reload_once_whole(trigger, since);
        }
        let consistent = lock(&self.ledger).consistent;
        let begun = self.begun();
        let (reading, wholeness) = read_whole(&*self.watcher, || self.sources.read());
        let watched = reading.watched.clone();
        // Where it is not whole, the end of the writing asks for another look.
        let mut changed =
            consistent && reading.fingerprint != self.seen && wholeness != Wholeness::Torn;
        if !changed || self.doubted.is_some_and(|(known, _)| known != reading.fingerprint) {
            self.doubted = None;
        }
        if changed {
            let examined = self.examine(reading);
            // A file changes a moment before its event is sent. Examining takes longer than that,
            // and what is refused, which may be the beginning of a file, has to stay for a while.
            let doubted = examined.candidate.is_err()
                && !self.stays(examined.fingerprint, begun.clock)
                && self.watcher.look_again();
            changed = !doubted && self.watcher.wholeness() != Wholeness::Torn;
            if changed {
                self.reload_from(trigger, begun, examined);
            }
        }
        self.watcher.looked(&watched, changed);
    }

    /// Whether the last looks found this content, and nothing else, for long enough.
    fn stays(&mut self, fingerprint: Fingerprint, now: Instant) -> bool {
        let known = self.doubted.filter(|(known, _)| *known == fingerprint);
        let (_, since) = *self.doubted.insert(known.unwrap_or((fingerprint, now)));
        now.duration_since(since) >= DOUBT
    }

    /// Does what a caller asks for, and tells the whole story.
    pub(crate) fn run(&mut self, task: Task, trigger: Trigger) -> Report {
        let begun = self.begun();
        match task {
            Task::Reload => self.reload(trigger, begun),
            Task::RollBack(generation) => self
                .tried(trigger, begun, |engine, cause| engine.attempt_rollback(generation, cause)),
            Task::Override(proposal) => {
                self.tried(trigger, begun, |engine, cause| engine.attempt_override(proposal, cause))
            }
            Task::EndOverride(at) => {
                self.tried(trigger, begun, |engine, cause| engine.attempt_end(&at, cause))
            }
        }
    }

    /// Does what somebody asked for who does not wait for the answer, and so is not served by one
    /// about half of a file.
    pub(crate) fn run_detached(&mut self, task: Task, trigger: Trigger) {
        match task {
            Task::Reload => {
                // It takes the place of one that was put off, which has waited already.
                let since = self.put_off.take().map_or_else(Instant::now, |(_, since)| since);
                self.reload_once_whole(trigger, since);
            }
            other => drop(self.run(other, trigger)),
        }
    }

    /// Reloads, or puts it off until the next look if somebody is writing.
    fn reload_once_whole(&mut self, trigger: Trigger, since: Instant) {
        let begun = self.begun();
        let (reading, wholeness) = read_whole(&*self.watcher, || self.sources.read());
        let watched = reading.watched.clone();
        if wholeness == Wholeness::Torn && since.elapsed() < PATIENCE && self.watcher.look_again() {
            self.put_off = Some((trigger, since));
            self.watcher.looked(&watched, false);
        } else {
            self.reload_what_was_read(trigger, begun, reading);
        }
    }

    /// When something is to be done that nobody asks for.
    pub(crate) fn due(&self) -> Option<Instant> {
        let ledger = lock(&self.ledger);
        let trial = self.trial.as_ref().map(Trial::due);
        ledger.overrides.due().into_iter().chain(trial).min().filter(|_| ledger.consistent)
    }

    /// Does what is due.
    pub(crate) fn run_due(&mut self) {
        let now = self.clock.instant();
        let ended = lock(&self.ledger).overrides.ended(now);
        for (at, key) in ended {
            let trigger = Trigger::new(TriggerKind::Expiry).detail(key.to_string());
            let begun = self.begun();
            let report = self.tried(trigger, begun, |engine, cause| {
                engine.attempt_end(&at, &cause.taking_back())
            });
            if !report.verdict.is_success() {
                // Hooks take time, and the pause is for what comes after them.
                lock(&self.ledger).overrides.put_off(&at, self.clock.instant());
            }
        }
        self.check_health(now);
    }

    fn reload(&mut self, trigger: Trigger, begun: Begun) -> Report {
        // Somebody waits for the answer, so it is about what there is, whole or not.
        let (reading, _) = read_whole(&*self.watcher, || self.sources.read());
        self.reload_what_was_read(trigger, begun, reading)
    }

    /// Reloads for somebody who asked for it, whether the content changed or not.
    fn reload_what_was_read(&mut self, trigger: Trigger, begun: Begun, reading: Reading) -> Report {
        let watched = reading.watched.clone();
        let changed = reading.fingerprint != self.seen;
        let examined = self.examine(reading);
        let report = self.reload_from(trigger, begun, examined);
        self.watcher.looked(&watched, changed);
        report
    }

    /// Builds a candidate from what was read.
    fn examine(&self, reading: Reading) -> Examined<C> {
        let Reading { fingerprint, document, .. } = reading;
        let candidate = self.sources.candidate(&document);
        Examined { fingerprint, document: Arc::new(document), candidate }
    }

    fn reload_from(&mut self, trigger: Trigger, begun: Begun, examined: Examined<C>) -> Report {
        let repeated = examined.fingerprint == self.seen;
        self.seen = examined.fingerprint;
        let cause = Cause { trigger: &trigger, at: begun.at, takes_back: false };
        let ending = guarded(|| self.attempt(examined, &cause));
        self.finish(trigger, begun, ending, repeated)
    }

    /// Makes an attempt that has nothing to do with the content of the sources.
    pub(super) fn tried(
        &mut self,
        trigger: Trigger,
        begun: Begun,
        attempt: impl FnOnce(&mut Self, &Cause<'_>) -> Ending,
    ) -> Report {
        let cause = Cause { trigger: &trigger, at: begun.at, takes_back: false };
        let ending = guarded(|| attempt(self, &cause));
        self.finish(trigger, begun, ending, false)
    }

    /// Makes the report of an attempt, and tells it to everyone.
    fn finish(
        &mut self,
        trigger: Trigger,
        begun: Begun,
        mut ending: Ending,
        repeated: bool,
    ) -> Report {
        self.reloads += 1;
        let snapshot = self.published.load_full();
        let mut ledger = lock(&self.ledger);
        // What observers refuse with may quote anything.
        self.sources.redact(&ledger.asked.document, &mut ending.problems);
        let critical = ending.verdict == Verdict::Inconsistent
            && std::mem::replace(&mut ledger.consistent, false);
        let report = Report {
            id: self.reloads,
            generation: snapshot.generation(),
            trigger,
            verdict: ending.verdict,
            changes: ending.changes,
            pending: ledger.asked.pending.clone(),
            shadowed: ending.shadowed,
            problems: ending.problems,
            started_at: begun.at,
            duration: begun.clock.elapsed(),
        };
        if report.verdict == Verdict::Applied {
            let base = Arc::clone(&ledger.base);
            ledger.history.push(&snapshot, &base, Some(report.clone()));
        }
        let before = ledger.last_report.replace(report.clone());
        if report.problems.iter().any(Problem::is_error) {
            ledger.last_failure = Some(report.clone());
        }
        drop(ledger);

        log::report(&report, &ending.newly, before.as_ref(), repeated);
        self.keep(&report);
        self.tell(&report);
        if critical {
            log::stopped(report.id);
            told("the critical handler", || (self.on_critical)(&report));
        }
        if let Restarts::Ask(handler) = &self.restarts
            && !ending.newly.is_empty()
        {
            told("the restart handler", || handler(&report));
        }
        report
    }

    /// Keeps on disk what the reload did, after readers have it.
    fn keep(&mut self, report: &Report) {
        if report.verdict == Verdict::Applied {
            let base = Arc::clone(&lock(&self.ledger).base);
            self.keeper.applied(&self.sources.shape, &self.ledger, &base, report);
        }
        if report.verdict.is_success() {
            self.keep_good();
        }
    }

    /// Keeps what to start from when the sources are refused: what they ask for, or what somebody
    /// went back to instead. What has yet to prove itself does not count, nor what the service
    /// started with because the sources were refused.
    pub(super) fn keep_good(&mut self) {
        if self.trial.is_some() {
            return;
        }
        let document = match &*lock(&self.ledger) {
            Ledger { base, turned_away, .. } if !turned_away.is_empty() => {
                Arc::clone(base.document())
            }
            Ledger { last_known_good: Some(_), .. } => return,
            Ledger { asked, .. } => Arc::clone(&asked.document),
        };
        let when = (self.clock.now(), self.published.load().generation());
        self.keeper.known_good(&self.sources.shape, &self.ledger, &document, when);
    }

    /// Tells the observers.
    pub(crate) fn tell(&self, report: &Report) {
        for observer in &self.observers {
            told("an observer", || observer.reported(report));
        }
    }

    pub(super) fn begun(&self) -> Begun {
        Begun { at: self.clock.now(), clock: Instant::now() }
    }
}

/// Comparing runs the author's code too. What a panic says is left out: it may quote a secret.
fn guarded(attempt: impl FnOnce() -> Ending) -> Ending {
    caught(attempt).unwrap_or_else(|_| {
        Ending::rejected(vec![Problem::error(
            "comparing the configurations panicked, see the error output of the process",
        )])
    })
}

/// Tells a handler of the author's, whose panic is its own failure.
fn told(who: &str, tell: impl FnOnce()) {
    if let Err(message) = caught(tell) {
        tracing::error!(target: "dlc_reload", "{who} panicked: {message}");
    }
}
