//! The work of the reload thread, the only writer.

use std::{sync::Arc, time::Instant};

use super::{
    apply::{Apply, Attempted, Cause},
    desired::Before,
    log,
    look::{Deferred, Looks},
    overrides::Overrides,
    plan::Target,
    probation::{Probation, Trial},
    queue::{Asked, Next, Queue, Task, Wish},
    recall::recall,
    reporter::{Reporter, tell_proven},
    retry::Retries,
    shared::Shared,
    state::Ill,
    steps::RunningStep::{self, Reload},
};
use crate::{
    candidate::{Candidate, Rejection},
    document::Document,
    error::{Error, Problem},
    hook::caught,
    report::{Report, Verdict},
    section::{Reloadable, differing},
    snapshot::{Generation, Snapshot},
    source::{Content, Fingerprint, Reading},
    store::Failed,
    time::Stopwatch,
    trigger::{Trigger, TriggerKind},
};

/// The problem where code of the author's panics that only compares.
pub(super) const PANICKED: &str =
    "comparing the configurations panicked, see the error output of the process";

/// The parts of the reload thread.
pub(super) struct Engine<C> {
    pub(super) apply: Apply<C>,
    pub(super) looks: Looks,
    pub(super) probation: Option<Probation>,
    pub(super) reporter: Reporter,
}

/// A reading, and the candidate that was built from it.
pub(super) struct Read<C> {
    pub(super) fingerprint: Fingerprint,
    pub(super) document: Arc<Document>,
    pub(super) candidate: Result<Candidate<C>, Rejection>,
}

impl<C: Reloadable> Engine<C> {
    /// Does what the queue says, until it says stop.
    pub(super) fn run(&mut self, queue: &Queue) {
        let steps = Arc::clone(&self.shared().steps);
        loop {
            match queue.next(self.due()) {
                Next::Requested(Wish::Task(asked, answer)) => {
                    let Asked { task, trigger, expected } = *asked;
                    let asked_of = self.asked_of(expected);
                    answer
                        .send(asked_of.map(|()| steps.run(Reload, || self.perform(task, trigger))));
                }
                Next::Requested(Wish::Plan(answer)) => {
                    answer.send(steps.run(Reload, || self.plan()));
                }
                Next::Detached(task, trigger) => {
                    steps.run(Reload, || self.perform_detached(task, trigger));
                }
                Next::Automatic(trigger) => steps.run(Reload, || self.look(trigger, None)),
                Next::Due => steps.run(Reload, || self.perform_due()),
                Next::Stop => break,
            }
            self.apply.measure();
        }
    }

    /// Looks at the sources, and reloads if the content differs from what was looked at last, and is whole; or if it
    /// does not, and its retry is due.
    pub(super) fn look(&mut self, trigger: Trigger, due: Option<Retries>) {
        if let Some(deferred) = self.looks.take_deferred() {
            return self.reload_once_whole(deferred);
        }
        let begun = self.begin();
        let trigger = self.looks.begun_by(trigger);
        let (reading, wholeness) = self.looks.read(|| self.apply.read());
        let watched = reading.watched.clone();
        if !wholeness.counts() {
            self.looks.leave_unended(&trigger);
        }
        let mut changed = self.looks.note_if_new(&reading, wholeness);
        let due = due.filter(|_| !changed && wholeness.counts());
        if changed || due.is_some() {
            let read = self.examine(reading);
            let postponed = changed
                && read.candidate.is_err()
                && self.looks.postpones_refusal(read.fingerprint, begun.instant);
            let counts = !postponed && !self.looks.is_torn();
            changed &= counts;
            match due {
                _ if !counts => {
                    self.looks.leave_unended(&trigger);
                    read.let_go();
                }
                Some(retries) => self.retry(retries, begun, read),
                None => self.reload_by_itself(self.looks.named(trigger), begun, read),
            }
        } else if wholeness.counts() {
            self.note_look(reading.fingerprint);
        }
        self.looks.end(&watched, changed);
    }

    /// Refuses a task that was asked for while another generation was in force. Only this thread can say so: no other
    /// generation comes into force before it has begun the task.
    fn asked_of(&self, expected: Option<Generation>) -> Result<(), Error> {
        let now = self.shared().published.load().number();
        let expected = expected.filter(|expected| *expected != now);
        expected.map_or(Ok(()), |expected| Err(Error::superseded(expected.0, now.0)))
    }

    /// Does what a caller waits for, and returns the report.
    fn perform(&mut self, task: Task, trigger: Trigger) -> Report {
        let begun = self.begin();
        match task {
            Task::Reload => {
                self.apply.tell_begun(&trigger);
                // The caller waits for the report, so it is about what there is, whole or not.
                let (reading, _) = self.looks.read(|| self.apply.read());
                self.reload_from_reading(trigger, begun, reading)
            }
            Task::RollBack(generation) => {
                self.attempt(trigger, begun, |engine, cause| engine.roll_back(generation, cause))
            }
            Task::Override(proposal) => {
                self.attempt(trigger, begun, |engine, cause| engine.override_field(proposal, cause))
            }
            Task::EndOverride(key) => {
                self.attempt(trigger, begun, |engine, cause| engine.end_override(&key, cause))
            }
        }
    }

    /// Does what no caller waits for. A reload then is not content with half of a file.
    fn perform_detached(&mut self, task: Task, trigger: Trigger) {
        match task {
            Task::Reload => {
                // It takes the place of one that was put off, which has waited already.
                let deferred = self.looks.take_deferred();
                let since = deferred.map_or_else(Instant::now, |deferred| deferred.since);
                self.reload_once_whole(Deferred { trigger, since });
            }
            other => drop(self.perform(other, trigger)),
        }
    }

    /// Reloads, or puts it off until the next look while a file is being written.
    fn reload_once_whole(&mut self, deferred: Deferred) {
        self.apply.tell_begun(&deferred.trigger);
        let begun = self.begin();
        let (reading, wholeness) = self.looks.read(|| self.apply.read());
        match self.looks.defer(deferred, wholeness) {
            Ok(()) => self.looks.end(&reading.watched, false),
            Err(Deferred { trigger, .. }) => {
                self.reload_from_reading(trigger, begun, reading);
            }
        }
    }

    /// Returns the moment at which something is to be done that no caller asks for.
    fn due(&self) -> Option<Instant> {
        let state = self.shared().state();
        let trial = state.trial.as_ref().map(Trial::due);
        let retry = state.retries.as_ref().map(Retries::due);
        let acts = state.overrides.due().into_iter().chain(trial).chain(retry);
        let acts = acts.filter(|_| state.consistent);
        acts.chain(self.reporter.retry).min()
    }

    /// Ends the overrides whose time is over, asks the health check if it is due, and tries again what is to be tried
    /// again.
    fn perform_due(&mut self) {
        let now = self.apply.clock.instant();
        let ended = self.shared().state().overrides.ended(now);
        for (at, key) in ended {
            let trigger = Trigger::new(TriggerKind::Expiry).detail(key.to_string());
            let begun = self.begin();
            let report = self.attempt(trigger, begun, |engine, cause| {
                engine.end_overrides(|held| held.at == at, &cause.taking_back())
            });
            if !report.verdict().is_success() {
                // Hooks take time, and the pause is for what comes after them.
                let now = self.apply.clock.instant();
                self.shared().state().overrides.put_off(&at, now);
            }
        }
        self.check_health(now);
        self.reporter.catch_up(&self.apply, now);
        self.retry_if_due(now);
    }

    /// Reloads because a caller asked for it, whether the content changed or not.
    fn reload_from_reading(
        &mut self,
        trigger: Trigger,
        begun: Stopwatch,
        reading: Reading,
    ) -> Report {
        let watched = reading.watched.clone();
        let changed = !self.looks.is_known(reading.fingerprint);
        let read = self.examine(reading);
        let report = self.reload_from(trigger, begun, read);
        self.looks.end(&watched, changed);
        report
    }

    /// Builds a candidate from a reading.
    pub(super) fn examine(&self, reading: Reading) -> Read<C> {
        let Reading { fingerprint, document, .. } = reading;
        let candidate = self.shared().candidate(&document);
        Read { fingerprint, document, candidate }
    }

    /// Puts in force what the sources ask for.
    pub(super) fn take_over(&mut self, read: Read<C>, cause: &Cause<'_>) -> Attempted {
        let Read { fingerprint, document, candidate } = read;
        let content = fingerprint.content;
        let candidate = match candidate {
            Ok(candidate) => candidate,
            Err(refused) => return refused.into(),
        };
        self.looks.last_candidate = content;
        let before = self.shared().before();
        let asked = (content, Arc::clone(&document));
        let may_shrink = cause.trigger.confirms_shrinking();
        let target = Target::Sources { candidate, document, content, may_shrink };
        let attempted = self.apply.attempt(target, cause);
        match attempted.verdict {
            Verdict::Applied => self.begin_trial(before, asked),
            Verdict::Unchanged | Verdict::PendingRestart => {
                // The content asks for what is on probation as well.
                if let Some(trial) = &mut self.shared().state().trial {
                    trial.asked = asked;
                }
            }
            Verdict::Rejected | Verdict::RolledBack | Verdict::Inconsistent => return attempted,
        }
        self.end_trial_if_taken_back();
        attempted
    }

    /// Puts an earlier configuration in force again, until the sources change. Overrides and a probation
    /// end with it, also where no value changes: the caller wants these values, and wants them to stay.
    fn roll_back(&mut self, generation: Generation, cause: &Cause<'_>) -> Attempted {
        let base = match recall(self.shared(), generation) {
            Ok(base) => base,
            Err(problems) => return Attempted::rejected(problems),
        };
        let attempted = self.attempt_on_base(base, Overrides::default(), cause);
        if attempted.verdict.is_success() {
            self.end_trial();
            let content = self.looks.last_candidate;
            let mut state = self.shared().state();
            state.blocked.after_rollback = Some(content);
            // The caller has decided against what is waiting to be tried again.
            state.retries = None;
        }
        attempted
    }

    /// Puts a configuration that was in force in force again, with these overrides.
    pub(super) fn attempt_on_base(
        &self,
        base: Arc<Snapshot<C>>,
        overrides: Overrides,
        cause: &Cause<'_>,
    ) -> Attempted {
        self.apply.attempt(Target::Base { base, overrides }, cause)
    }

    /// Asks the health check, if it is due.
    fn check_health(&mut self, now: Instant) {
        let due = self.shared().state().trial.as_ref().is_some_and(|trial| trial.due() <= now);
        let Some(probation) = self.probation.as_ref().filter(|_| due) else { return };
        let checked = self.shared().steps.run(RunningStep::CheckHealth, || probation.check());
        if let Err(reason) = checked {
            return self.fail_probation(reason);
        }
        let after = self.apply.clock.instant();
        let proven = self
            .shared()
            .state()
            .trial
            .as_mut()
            .and_then(|trial| trial.passed(probation, now, after).then_some(trial.generation));
        if let Some(generation) = proven {
            log::proven(generation);
            self.end_trial();
            self.note_proven();
            tell_proven(&self.apply, generation);
        }
    }

    /// Ends the probation, goes back, and blocks the content that failed.
    fn fail_probation(&mut self, reason: String) {
        let Some(Trial { proven, asked, generation, .. }) = self.end_trial() else { return };
        let (content, document) = asked;
        let asked_for = Arc::clone(&self.shared().state().desired.document);
        let reason = self.shared().sources.redacted(&asked_for, reason);
        let story = format!("generation {generation} failed its probation");
        let failure = Problem::error(format!("{story}: {reason}"));
        let failed = Failed::new(&document, self.shared().sources.shape, reason);
        self.note_failed(content, &document, &failed);
        let Some(proven) = proven else { return self.stay_ill(failed, failure, story) };
        let ill = Ill::RolledBack(content, failed);
        self.shared().state().blocked.after_probation = Some(ill);
        let trigger = Trigger::new(TriggerKind::Rollback).detail(story);
        let begun = self.begin();
        self.attempt(trigger, begun, |engine, cause| {
            let mut attempted = engine.go_back(&proven.base, &cause.taking_back());
            if attempted.verdict.is_success() {
                let mut state = engine.shared().state();
                let desired = std::mem::replace(&mut state.desired, proven.desired);
                state.refuse(Arc::clone(&desired.document));
                state.blocked.after_rollback = proven.after_rollback;
                drop(state);
                // Dropped once the lock is released: it is of the author's type.
                drop(desired);
            } else {
                // What failed is still in force, and nothing asked for that.
                attempted.verdict = Verdict::Inconsistent;
            }
            attempted.problems.insert(0, failure);
            attempted
        });
    }

    /// Leaves in force what failed its probation, as there is nothing to go back to. It is not checked any more, and is
    /// no last known good until it changes.
    fn stay_ill(&mut self, failed: Failed, mut failure: Problem, story: String) {
        failure
            .message
            .push_str("; there is nothing to go back to, so it stays in force: change the sources");
        self.shared().state().blocked.after_probation = Some(Ill::InForce(failed));
        let trigger = Trigger::new(TriggerKind::Rollback).detail(story);
        let begun = self.begin();
        self.attempt(trigger, begun, |_, _| Attempted::rejected(vec![failure]));
        self.reporter.keep_good(&self.apply);
    }

    /// Goes back to the configuration from before a probation. Overrides stay, but not in its way: they
    /// were checked beside what has failed.
    fn go_back(&self, base: &Arc<Snapshot<C>>, cause: &Cause<'_>) -> Attempted {
        let overrides = self.shared().state().overrides.clone();
        let attempted = self.attempt_on_base(Arc::clone(base), overrides.clone(), cause);
        if attempted.verdict != Verdict::Rejected || overrides.is_empty() {
            return attempted;
        }
        let mut without = self.attempt_on_base(Arc::clone(base), Overrides::default(), cause);
        if without.verdict.is_success() {
            without.problems.extend(overrides.given_up(&attempted.problems));
        }
        without
    }

    /// Puts what came into force on probation, if the author wants that. A configuration that has not been
    /// proven itself is nothing to go back to.
    fn begin_trial(&self, before: Before<C>, asked: (Content, Arc<Document>)) {
        let Some(probation) = &self.probation else { return };
        let proven = self.end_trial().map_or(Some(before), |trial| trial.proven);
        let generation = self.shared().published.load().number();
        let moment = self.apply.clock.moment();
        let trial = Trial::begin(probation, proven, asked, generation, moment);
        self.shared().state().trial = Some(trial);
    }

    /// Ends the probation that runs, if one does.
    fn end_trial(&self) -> Option<Trial<C>> {
        self.shared().state().trial.take()
    }

    /// Ends a probation if what was to prove itself is not in force any more, but for the overrides.
    fn end_trial_if_taken_back(&self) {
        let (proven, base) = {
            let state = self.shared().state();
            let proven = state.trial.as_ref().and_then(|trial| trial.proven.as_ref());
            let Some(proven) = proven else { return };
            (Arc::clone(&proven.base), Arc::clone(&state.base))
        };
        if differing(proven.config(), base.config()).is_empty() {
            self.end_trial();
        }
    }

    /// Makes an attempt that is not about the sources, and tells its report.
    fn attempt(
        &mut self,
        trigger: Trigger,
        begun: Stopwatch,
        attempt: impl FnOnce(&mut Self, &Cause<'_>) -> Attempted,
    ) -> Report {
        let attempted = self.attempted(&trigger, begun, attempt);
        let report = self.reporter.finish(&self.apply, trigger, begun, attempted, None);
        if report.verdict() == Verdict::Applied {
            // Beside other values, what was refused may be accepted.
            let now = self.apply.clock.moment();
            if let Some(retries) = &mut self.shared().state().retries {
                retries.restart(now);
            }
        }
        report
    }

    /// Makes an attempt.
    pub(super) fn attempted(
        &mut self,
        trigger: &Trigger,
        begun: Stopwatch,
        attempt: impl FnOnce(&mut Self, &Cause<'_>) -> Attempted,
    ) -> Attempted {
        let cause = Cause { trigger, started_at: begun.started_at, takes_back: false };
        // Comparing runs the author's code too. What a panic says is left out: it may quote a secret.
        caught(|| attempt(self, &cause))
            .unwrap_or_else(|_| Attempted::rejected(vec![Problem::error(PANICKED)]))
    }

    pub(super) fn shared(&self) -> &Shared<C> {
        &self.apply.shared
    }

    fn begin(&self) -> Stopwatch {
        Stopwatch::start(&*self.apply.clock)
    }
}
