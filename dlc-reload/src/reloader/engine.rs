//! What the reload thread does: the only writer.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use super::{
    differences::leaves,
    history::{History, recall},
    keeper::Keeper,
    log,
    overseer::Overseer,
    plan::Plan,
    queue::Task,
    watcher::{Watcher, Wholeness, read_whole},
};
use crate::{
    candidate::{Candidate, Sources},
    class::Class,
    document::Document,
    error::Problem,
    hook::{Outcome, Progress, Refusal, panic_message},
    known_good::LastKnownGood,
    observer::Observer,
    path::Key,
    reloadable::Reloadable,
    report::{Changed, Pending, Report, Shadowed, Trigger, Verdict},
    restarts::Restarts,
    snapshot::{Published, Snapshot},
    source::Reading,
};

/// Runs the hooks for a change from the first configuration to the second.
pub(crate) type Transact<C> = Box<dyn Fn(&C, &C, Progress<'_>) -> Outcome + Send>;

/// What happens when the service is left in a state nobody chose.
pub(crate) type OnCritical = Box<dyn Fn(&Report) + Send>;

/// How long content has to stay that is refused, in case somebody is about to write the rest.
const DOUBT: Duration = Duration::from_millis(90);

/// What is known beyond the published snapshot; the reload thread writes it, anyone reads it.
pub(crate) struct Ledger<C> {
    /// What the sources asked for when they were last accepted.
    pub(crate) desired: Arc<C>,
    pub(crate) document: Arc<Document>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) history: History<C>,
    pub(crate) last_report: Option<Report>,
    pub(crate) last_failure: Option<Report>,
    /// False once a failed undo has left the service in a state nobody chose.
    pub(crate) consistent: bool,
    /// What the service started with, until the sources are accepted.
    pub(crate) last_known_good: Option<LastKnownGood>,
    /// What could not be written to disk.
    pub(crate) unwritten: Vec<Problem>,
}

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
    pub(crate) seen: u64,
    /// The content that the last looks found and that is to be refused, and since when.
    pub(crate) doubted: Option<(u64, Instant)>,
    /// The content that a rollback turned away from; it is not applied again until it changes.
    pub(crate) turned_away: Option<u64>,
    pub(crate) restarts: Restarts,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) overseer: Arc<Overseer>,
    pub(crate) keeper: Keeper,
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
    fn stays(&mut self, fingerprint: u64, now: Instant) -> bool {
        let known = self.doubted.filter(|(known, _)| *known == fingerprint);
        let (_, since) = *self.doubted.insert(known.unwrap_or((fingerprint, now)));
        now.duration_since(since) >= DOUBT
    }

    /// Does what a caller asks for, and tells the whole story.
    pub(crate) fn run(&mut self, task: Task, trigger: Trigger) -> Report {
        match task {
            Task::Reload => self.reload(trigger),
            Task::RollBack(generation) => self.roll_back(generation, trigger),
        }
    }

    fn reload(&mut self, trigger: Trigger) -> Report {
        let begun = Begun::now();
        // Somebody waits for the answer, so it is about what there is, whole or not.
        let (reading, _) = read_whole(&*self.watcher, || self.sources.read());
        let watched = reading.watched.clone();
        let examined = self.examine(reading);
        let report = self.reload_from(trigger, begun, examined);
        self.watcher.looked(&watched, false);
        report
    }

    /// Puts an earlier configuration in force again: its hot values, since the `restart` ones in
    /// force never change. It stays until the sources change.
    fn roll_back(&mut self, generation: u64, trigger: Trigger) -> Report {
        let begun = Begun::now();
        let ending = guarded(|| self.attempt_rollback(generation));
        if ending.verdict == Verdict::Applied {
            self.turned_away = Some(self.seen);
        }
        self.finish(trigger, begun, ending, false)
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
        let repeated = examined.fingerprint == self.seen;
        self.seen = examined.fingerprint;
        // Whatever it is now, the content has changed, and may well change back.
        self.turned_away = self.turned_away.filter(|content| *content == self.seen);
        let ending = guarded(|| self.attempt(examined, &trigger));
        self.finish(trigger, begun, ending, repeated)
    }

    /// Makes the report of an attempt, and tells it to everyone.
    fn finish(&mut self, trigger: Trigger, begun: Begun, ending: Ending, repeated: bool) -> Report {
        self.reloads += 1;
        let snapshot = self.published.load_full();
        let mut ledger = lock(&self.ledger);
        if ending.verdict == Verdict::Inconsistent {
            ledger.consistent = false;
        }
        let report = Report {
            id: self.reloads,
            generation: snapshot.generation(),
            trigger,
            verdict: ending.verdict,
            changes: ending.changes,
            pending: ledger.pending.clone(),
            shadowed: ending.shadowed,
            problems: ending.problems,
            started_at: begun.at,
            duration: begun.clock.elapsed(),
        };
        if report.verdict == Verdict::Applied {
            ledger.history.push(snapshot, Some(report.clone()));
        }
        let before = ledger.last_report.replace(report.clone());
        if !report.verdict.is_success() {
            ledger.last_failure = Some(report.clone());
        }
        drop(ledger);

        log::report(&report, before.as_ref(), repeated);
        let (current, held) = (self.published.load_full(), self.turned_away.is_some());
        self.keeper.reported(&self.sources.shape, &self.ledger, &report, (&current, held));
        for observer in &self.observers {
            told("an observer", || observer.reported(&report));
        }
        if report.verdict == Verdict::Inconsistent {
            told("the critical handler", || (self.on_critical)(&report));
        }
        let newly_waits = report.pending.iter().any(|pending| pending.since >= report.started_at);
        if let Restarts::Ask(handler) = &self.restarts
            && newly_waits
        {
            told("the restart handler", || handler(&report));
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
            Plan::describe(&leaves, both, (&before, &document), self.sources.shape.schema())
        };
        let is_hot = leaves.iter().any(|leaf| leaf.class == Class::Hot);
        let waits = leaves.iter().any(|leaf| leaf.class == Class::Restart);
        if waits && matches!(self.restarts, Restarts::Reject) {
            return Ending::rejected(
                plan(&desired).pending.into_iter().map(needs_restart).collect(),
            );
        }
        let is_turned_away = self.turned_away.is_some();
        if !is_hot || is_turned_away {
            let Plan { pending, shadowed, .. } = plan(&desired);
            let waits = self.accept(desired, Arc::clone(&document), (pending, &wanted), trigger);
            let verdict = if waits { Verdict::PendingRestart } else { Verdict::Unchanged };
            let mut problems = warnings;
            problems.extend(is_turned_away.then(|| {
                Problem::warning(
                    "a rollback turned away from this content: it is applied again once it changes",
                )
            }));
            return Ending { verdict, changes: Vec::new(), shadowed, problems };
        }

        let overlay = C::overlay(effective.config(), &desired);
        if waits && let Some(problems) = self.sources.overlay_problems(&overlay, &document) {
            return Ending::rejected(problems);
        }
        let (verdict, mut problems) = self.put_in_force(&effective, overlay, &document);
        if verdict == Verdict::Rejected {
            return Ending::rejected(problems);
        }
        let Plan { changes, pending, shadowed, .. } = plan(&desired);
        if verdict == Verdict::Applied {
            self.accept(desired, Arc::clone(&document), (pending, &wanted), trigger);
            problems = warnings;
        }
        Ending { verdict, changes, shadowed, problems }
    }

    fn attempt_rollback(&mut self, generation: u64) -> Ending {
        let past = match recall(&self.ledger, &self.sources, generation) {
            Ok(past) => past,
            Err(problems) => return Ending::rejected(problems),
        };
        let effective = self.published.load_full();
        let target = C::overlay(effective.config(), past.config());
        let leaves = leaves(&C::diff(effective.config(), &target), C::TABLE);
        if leaves.is_empty() {
            let verdict = Verdict::Unchanged;
            return Ending {
                verdict,
                changes: Vec::new(),
                shadowed: Vec::new(),
                problems: Vec::new(),
            };
        }
        let both = (effective.config().clone(), target.clone());
        let document = Arc::clone(past.document());
        let (verdict, problems) = self.put_in_force(&effective, target, &document);
        if verdict == Verdict::Rejected {
            return Ending::rejected(problems);
        }
        let schema = self.sources.shape.schema();
        let plan = Plan::describe(&leaves, (&both.0, &both.1), (&document, &document), schema);
        Ending { verdict, changes: plan.changes, shadowed: Vec::new(), problems }
    }

    /// Runs the hooks for `next` and publishes it if all went well.
    fn put_in_force(
        &self,
        effective: &Snapshot<C>,
        next: C,
        document: &Arc<Document>,
    ) -> (Verdict, Vec<Problem>) {
        let problem = |refusal: &Refusal| {
            let key = C::TABLE.resolve(&refusal.at).map(|(key, _)| key).unwrap_or_default();
            let origin = document.origin(&key);
            let mut problem = refusal.problem(key).with_origin(origin);
            self.sources.redact(document, std::slice::from_mut(&mut problem));
            problem
        };
        let overseer = &self.overseer;
        let progress = |at: Option<&[u16]>| overseer.runs(at.map(<[u16]>::to_vec));
        match (self.transact)(effective.config(), &next, &progress) {
            Outcome::Committed => {
                let (generation, now) = (effective.generation() + 1, SystemTime::now());
                let next = Snapshot::new(next, generation, now, Arc::clone(document));
                self.published.publish(Arc::new(next));
                (Verdict::Applied, Vec::new())
            }
            Outcome::Refused(refusals) => {
                (Verdict::Rejected, refusals.iter().map(problem).collect())
            }
            Outcome::RolledBack { failed } => (Verdict::RolledBack, vec![problem(&failed)]),
            Outcome::Inconsistent { failed, not_undone } => {
                let mut problems = vec![problem(&failed)];
                problems
                    .extend(not_undone.iter().map(|refusal| not_undone_problem(problem(refusal))));
                (Verdict::Inconsistent, problems)
            }
        }
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
        ledger.last_known_good = None;
        !wanted.is_empty() && !ledger.pending.is_empty()
    }
}

/// Comparing runs the author's code too.
fn guarded(attempt: impl FnOnce() -> Ending) -> Ending {
    catch_unwind(AssertUnwindSafe(attempt))
        .unwrap_or_else(|panic| Ending::rejected(vec![unexaminable(&*panic)]))
}

fn unexaminable(panic: &(dyn Any + Send)) -> Problem {
    Problem::error(format!("the configuration could not be examined: {}", panic_message(panic)))
}

/// Tells a handler of the author's, whose panic is its own failure.
fn told(who: &str, tell: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(tell)) {
        tracing::error!(target: "dlc_reload", "{who} panicked: {}", panic_message(&*panic));
    }
}

fn needs_restart(change: Changed) -> Problem {
    let message =
        "changing it needs a restart, and this service refuses such changes while it runs";
    Problem::error(message).with_key(change.key).with_origin(change.origin)
}

fn not_undone_problem(mut problem: Problem) -> Problem {
    problem.message = format!("could not be undone: {}", problem.message);
    problem
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole values are put in; a panic leaves the one before or the one after.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
