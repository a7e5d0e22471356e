//! What the reload thread does: the only writer.

use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use serde_json::Value;

use super::{
    differences::leaves,
    log,
    plan::Plan,
    watcher::{Watcher, Wholeness, read_whole},
};
use crate::{
    candidate::{Candidate, Sources},
    class::Class,
    document::Document,
    error::Problem,
    hook::{Outcome, Refusal, panic_message},
    path::Key,
    reloadable::Reloadable,
    report::{Changed, Pending, Report, Shadowed, Trigger, Verdict},
    snapshot::{Published, Snapshot},
    source::Reading,
};

/// Runs the hooks for a change from the first configuration to the second.
pub(crate) type Transact<C> = Box<dyn Fn(&C, &C) -> Outcome + Send>;

/// What happens when the service is left in a state nobody chose.
pub(crate) type OnCritical = Box<dyn Fn(&Report) + Send>;

/// How many superseded snapshots are kept.
const KEPT: usize = 4;

/// What is known beyond the published snapshot; the reload thread writes it, anyone reads it.
pub(crate) struct Ledger<C> {
    /// What the sources asked for when they were last accepted.
    pub(crate) desired: Arc<C>,
    pub(crate) document: Arc<Document>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) last_report: Option<Report>,
    pub(crate) last_failure: Option<Report>,
    /// False once a failed undo has left the service in a state nobody chose.
    pub(crate) consistent: bool,
}

/// The state of the reload thread.
pub(crate) struct Engine<C> {
    pub(crate) sources: Arc<Sources<C>>,
    pub(crate) published: Arc<Published<C>>,
    pub(crate) ledger: Arc<Mutex<Ledger<C>>>,
    pub(crate) transact: Transact<C>,
    pub(crate) on_critical: OnCritical,
    pub(crate) schema: Arc<Value>,
    /// How many reloads there were.
    pub(crate) reloads: u64,
    /// The content that was looked at last, accepted or not.
    pub(crate) seen: u64,
    /// The content that was refused at the last look, before it was found a second time.
    pub(crate) doubted: Option<u64>,
    /// The last few snapshots that were replaced, so that none is freed while a reader may still be
    /// taking hold of it: older releases of arc-swap had such races on weakly ordered machines.
    pub(crate) superseded: VecDeque<Arc<Snapshot<C>>>,
    pub(crate) watcher: Arc<dyn Watcher>,
}

/// How one attempt ended, before it becomes a report.
struct Ending {
    verdict: Verdict,
    changes: Vec<Changed>,
    shadowed: Vec<Shadowed>,
    problems: Vec<Problem>,
}

/// What was read, and what became of it.
struct Examined<C> {
    fingerprint: u64,
    document: Arc<Document>,
    candidate: Result<Candidate<C>, Vec<Problem>>,
}

/// When a reload began, for people and for measuring.
struct Begun {
    at: SystemTime,
    clock: Instant,
}

impl Begun {
    fn now() -> Self {
        Self { at: SystemTime::now(), clock: Instant::now() }
    }
}

impl Ending {
    fn rejected(problems: Vec<Problem>) -> Self {
        Self { verdict: Verdict::Rejected, changes: Vec::new(), shadowed: Vec::new(), problems }
    }
}

impl<C: Reloadable> Engine<C> {
    /// Reloads if the content differs from what was looked at last, and is whole.
    pub(crate) fn reload_if_changed(&mut self, trigger: Trigger) {
        if !lock(&self.ledger).consistent {
            return;
        }
        let begun = Begun::now();
        let (reading, wholeness) = read_whole(&*self.watcher, || self.sources.read());
        let watched = reading.watched.clone();
        // Where it is not whole, the end of the writing asks for another look.
        let mut changed = reading.fingerprint != self.seen && wholeness != Wholeness::Torn;
        if changed {
            let examined = self.examine(reading);
            // A file changes a moment before its event is sent. Examining takes longer than that,
            // and what is refused, which may be the beginning of a file, is not refused before it
            // was found twice.
            let doubted = examined.candidate.is_err()
                && self.doubted.replace(examined.fingerprint) != Some(examined.fingerprint)
                && self.watcher.look_again();
            changed = !doubted && self.watcher.wholeness() != Wholeness::Torn;
            if changed {
                self.reload_from(trigger, begun, examined);
            }
        }
        self.watcher.looked(&watched, changed);
    }

    /// Reloads, and tells the whole story.
    pub(crate) fn reload(&mut self, trigger: Trigger) -> Report {
        let begun = Begun::now();
        // Somebody waits for the answer, so it is about what there is, whole or not.
        let (reading, _) = read_whole(&*self.watcher, || self.sources.read());
        let watched = reading.watched.clone();
        let examined = self.examine(reading);
        let report = self.reload_from(trigger, begun, examined);
        self.watcher.looked(&watched, false);
        report
    }

    /// Builds a candidate from what was read.
    fn examine(&self, reading: Reading) -> Examined<C> {
        let Reading { fingerprint, document, .. } = reading;
        // Typing and validating run the author's code, which may panic.
        let candidate = catch_unwind(AssertUnwindSafe(|| self.sources.candidate(&document)))
            .unwrap_or_else(|panic| Err(vec![unexaminable(&*panic)]));
        Examined { fingerprint, document: Arc::new(document), candidate }
    }

    fn reload_from(&mut self, trigger: Trigger, begun: Begun, examined: Examined<C>) -> Report {
        self.reloads += 1;
        let repeated = examined.fingerprint == self.seen;
        self.seen = examined.fingerprint;

        // So does comparing.
        let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(examined, &trigger)));
        let ending = attempt.unwrap_or_else(|panic| Ending::rejected(vec![unexaminable(&*panic)]));

        let mut ledger = lock(&self.ledger);
        if ending.verdict == Verdict::Inconsistent {
            ledger.consistent = false;
        }
        let report = Report {
            id: self.reloads,
            generation: self.published.load().generation(),
            trigger,
            verdict: ending.verdict,
            changes: ending.changes,
            pending: ledger.pending.clone(),
            shadowed: ending.shadowed,
            problems: ending.problems,
            started_at: begun.at,
            duration: begun.clock.elapsed(),
        };
        let before = ledger.last_report.replace(report.clone());
        if !report.verdict.is_success() {
            ledger.last_failure = Some(report.clone());
        }
        drop(ledger);

        log::report(&report, before.as_ref(), repeated);
        if report.verdict == Verdict::Inconsistent {
            let critical = catch_unwind(AssertUnwindSafe(|| (self.on_critical)(&report)));
            if let Err(panic) = critical {
                tracing::error!(target: "dlc_reload", "the critical handler panicked: {}", panic_message(&*panic));
            }
        }
        report
    }

    fn attempt(&mut self, examined: Examined<C>, trigger: &Trigger) -> Ending {
        let Examined { document, candidate, .. } = examined;
        let Candidate { config: desired, warnings } = match candidate {
            Ok(candidate) => candidate,
            Err(problems) => return Ending::rejected(problems),
        };
        let effective = self.published.load_full();
        let before = Arc::clone(&lock(&self.ledger).document);
        let leaves = leaves(&C::diff(effective.config(), &desired), C::TABLE);
        let wanted = self.newly_wanted(&desired);
        let plan = |desired: &C| {
            let both = (effective.config(), desired);
            Plan::describe(&leaves, both, (&before, &document), &self.schema)
        };

        if !leaves.iter().any(|leaf| leaf.class == Class::Hot) {
            let Plan { pending, shadowed, .. } = plan(&desired);
            let waits = self.accept(desired, Arc::clone(&document), (pending, &wanted), trigger);
            let verdict = if waits { Verdict::PendingRestart } else { Verdict::Unchanged };
            return Ending { verdict, changes: Vec::new(), shadowed, problems: warnings };
        }

        let overlay = C::overlay(effective.config(), &desired);
        if leaves.iter().any(|leaf| leaf.class == Class::Restart)
            && let Some(problems) = self.sources.overlay_problems(&overlay, &document)
        {
            return Ending::rejected(problems);
        }
        let problem = |refusal: &Refusal| {
            let key = C::TABLE.resolve(&refusal.at).map(|(key, _)| key).unwrap_or_default();
            let origin = document.origin(&key);
            let mut problem = refusal.problem(key).with_origin(origin);
            self.sources.redact(&document, std::slice::from_mut(&mut problem));
            problem
        };
        let (verdict, problems) = match (self.transact)(effective.config(), &overlay) {
            Outcome::Committed => {
                let (generation, now) = (effective.generation() + 1, SystemTime::now());
                let next = Snapshot::new(overlay, generation, now, Arc::clone(&document));
                self.superseded.push_back(self.published.publish(Arc::new(next)));
                if self.superseded.len() > KEPT {
                    self.superseded.pop_front();
                }
                (Verdict::Applied, warnings)
            }
            Outcome::Refused(refusals) => {
                return Ending::rejected(refusals.iter().map(problem).collect());
            }
            Outcome::RolledBack { failed } => (Verdict::RolledBack, vec![problem(&failed)]),
            Outcome::Inconsistent { failed, not_undone } => {
                let not_undone =
                    not_undone.iter().map(|refusal| not_undone_problem(problem(refusal)));
                (
                    Verdict::Inconsistent,
                    std::iter::once(problem(&failed)).chain(not_undone).collect(),
                )
            }
        };
        let Plan { changes, pending, shadowed, .. } = plan(&desired);
        if verdict == Verdict::Applied {
            self.accept(desired, Arc::clone(&document), (pending, &wanted), trigger);
        }
        Ending { verdict, changes, shadowed, problems }
    }

    /// The restart fields for which the sources ask something else than before. Typed, so that a
    /// change from one secret to another counts.
    fn newly_wanted(&self, desired: &C) -> Vec<Key> {
        let before = Arc::clone(&lock(&self.ledger).desired);
        leaves(&C::diff(&before, desired), C::TABLE)
            .into_iter()
            .filter(|leaf| leaf.class == Class::Restart)
            .map(|leaf| leaf.key)
            .collect()
    }

    /// Takes over what the sources ask for; answers whether something new waits for a restart. It
    /// runs after the hooks have committed, so it runs no code of the author.
    fn accept(
        &self,
        desired: C,
        document: Arc<Document>,
        (pending, wanted): (Vec<Changed>, &[Key]),
        by: &Trigger,
    ) -> bool {
        let mut ledger = lock(&self.ledger);
        let now = SystemTime::now();
        let earlier = std::mem::take(&mut ledger.pending);
        ledger.pending = pending
            .into_iter()
            .map(|change| {
                let moved = wanted.iter().any(|key| key.covers(&change.key));
                let known = earlier.iter().find(|known| known.change.key == change.key && !moved);
                match known {
                    Some(known) => Pending { change, ..known.clone() },
                    None => Pending { change, since: now, by: by.clone() },
                }
            })
            .collect();
        ledger.desired = Arc::new(desired);
        ledger.document = document;
        !wanted.is_empty() && !ledger.pending.is_empty()
    }
}

fn unexaminable(panic: &(dyn Any + Send)) -> Problem {
    Problem::error(format!("the configuration could not be examined: {}", panic_message(panic)))
}

fn not_undone_problem(mut problem: Problem) -> Problem {
    problem.message = format!("could not be undone: {}", problem.message);
    problem
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole values are put in; a panic leaves the one before or the one after.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
