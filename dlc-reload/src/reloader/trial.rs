//! What the reload thread does for a probation.

use std::{sync::Arc, time::Instant};

use super::{
    apply::{Cause, Ending},
    engine::Engine,
    log,
    overrides::Overrides,
    probation::{Proven, Trial},
};
use crate::{
    error::Problem,
    report::{Trigger, TriggerKind, Verdict},
    section::{Reloadable, leaves},
    snapshot::Snapshot,
    sync::lock,
};

impl<C: Reloadable> Engine<C> {
    /// Asks the health check, if it is due.
    pub(super) fn check_health(&mut self, now: Instant) {
        let (Some(probation), Some(trial)) = (&self.probation, &mut self.trial) else { return };
        if trial.due() > now {
            return;
        }
        if let Err(reason) = probation.check() {
            self.fail_probation(reason);
        } else if trial.passed(probation, now, self.clock.instant()) {
            log::proven(trial.generation);
            self.end_trial();
            self.keep_good();
        }
    }

    /// Takes note of content that was accepted, and of what was in force before: what came into force
    /// has to prove itself, if the author wants that.
    pub(super) fn watch_over(&mut self, before: Proven<C>, content: u64, verdict: Verdict) {
        if verdict == Verdict::Applied {
            self.begin_trial(before, content);
        } else if let Some(trial) = &mut self.trial {
            // It asks for what is on probation as well.
            trial.content = content;
        }
        if self.trial.as_ref().is_some_and(|trial| self.is_base(&trial.proven.base)) {
            // What was to prove itself has been taken back already.
            self.end_trial();
        }
    }

    /// Goes back to what was in force before the probation.
    fn fail_probation(&mut self, reason: String) {
        let Some(trial) = self.end_trial() else { return };
        let reason = self.sources.redacted(&lock(&self.ledger).asked.document, reason);
        let story = format!("generation {} failed its probation", trial.generation);
        let failure = Problem::error(format!("{story}: {reason}"));
        lock(&self.ledger).turned_away.failed = Some((trial.content, reason));
        let trigger = Trigger::new(TriggerKind::Rollback).detail(story);
        let begun = self.begun();
        let proven = trial.proven;
        self.tried(trigger, begun, |engine, cause| {
            let mut ending = engine.go_back(&proven.base, &cause.taking_back());
            if ending.verdict.is_success() {
                lock(&engine.ledger).asked = proven.asked;
            } else {
                // What failed is still in force, and nobody chose that.
                ending.verdict = Verdict::Inconsistent;
            }
            ending.problems.insert(0, failure);
            ending
        });
    }

    /// Goes back to what was in force before a probation. Overrides stay, but not in its way: they
    /// were checked beside what has failed.
    fn go_back(&self, proven: &Snapshot<C>, cause: &Cause<'_>) -> Ending {
        let overrides = lock(&self.ledger).overrides.clone();
        let ending = self.rearrange(proven, overrides.clone(), cause);
        if ending.verdict != Verdict::Rejected || overrides.is_empty() {
            return ending;
        }
        let mut without = self.rearrange(proven, Overrides::default(), cause);
        if without.verdict.is_success() {
            without.problems.extend(overrides.given_up(&ending.problems));
        }
        without
    }

    /// Whether this is in force, but for the overrides.
    fn is_base(&self, snapshot: &Snapshot<C>) -> bool {
        let base = Arc::clone(&lock(&self.ledger).base);
        leaves(&C::diff(snapshot.config(), base.config()), C::TABLE).is_empty()
    }

    fn begin_trial(&mut self, before: Proven<C>, content: u64) {
        let Some(probation) = &self.probation else { return };
        // What has not been proven itself is nothing to go back to.
        let proven = self.trial.take().map_or(before, |trial| trial.proven);
        let generation = self.published.load().generation();
        let now = self.clock.instant();
        let trial = Trial::begin(probation, proven, (content, generation), now);
        lock(&self.ledger).probation = Some(trial.shown((self.clock.now(), now)));
        self.trial = Some(trial);
    }

    /// Ends the probation that runs, if one does.
    pub(super) fn end_trial(&mut self) -> Option<Trial<C>> {
        lock(&self.ledger).probation = None;
        self.trial.take()
    }
}
