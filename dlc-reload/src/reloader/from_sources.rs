//! Reloads from a reading of the sources, and the retries of those that were refused.

use std::{sync::Arc, time::Instant};

use super::{
    apply::Attempted,
    engine::{Engine, PANICKED, Read},
    log,
    next_boot::NextBoot,
    plan::{Plan, Target, plan},
    retry::Retries,
    steps::RunningStep,
};
use crate::{
    candidate::Rejection,
    document::Document,
    error::{Error, Problem},
    hook::caught,
    report::Report,
    section::Reloadable,
    source::{Content, Fingerprint, Reading},
    store::Failed,
    time::Stopwatch,
    trigger::{Trigger, TriggerKind},
};

/// The reason why a last known good cannot be used that only the author's code knows.
const UNUSABLE: &str = "the last known good configuration cannot be used either: building it panicked, see the error output of the process";

impl<C> Read<C> {
    /// Drops it. It holds values of the author's types, whose destructors may panic.
    pub(super) fn let_go(self) {
        // What the panic says is in the error output of the process.
        let _ = caught(|| drop(self));
    }
}

impl<C: Reloadable> Engine<C> {
    /// Returns what a reload would do now.
    ///
    /// # Errors
    ///
    /// Every problem for which it would be refused before an observer or hook is asked.
    pub(super) fn plan(&self) -> Result<Plan, Error> {
        caught(|| self.planned())
            .unwrap_or_else(|_| Err(Error::invalid(vec![Problem::error(PANICKED)])))
    }

    fn planned(&self) -> Result<Plan, Error> {
        let (shared, sources) = (self.shared(), &self.shared().sources);
        let Reading { document, texts, fingerprint, .. } = self.apply.read();
        let refuse = |refused: Rejection| sources.refusal(refused.problems, &document, &texts);
        let candidate = shared.candidate(&document).map_err(refuse)?;
        let (document, content) = (Arc::clone(&document), fingerprint.content);
        let target = Target::Sources { candidate, document, content, may_shrink: false };
        let input = shared.plan_input(self.apply.clock.now());
        Ok(plan(sources, input, target).map_err(refuse)?.into_plan(sources))
    }

    /// Reloads because of content that is new; in an inconsistent state it only takes note of it.
    pub(super) fn reload_by_itself(&mut self, trigger: Trigger, begun: Stopwatch, read: Read<C>) {
        if self.shared().state().consistent {
            self.apply.tell_begun(&trigger);
            self.reload_from(trigger, begun, read);
        } else {
            self.note_next_boot(&read);
            self.looks.note(read.fingerprint);
            read.let_go();
        }
    }

    /// Reloads from a reading, and tells the report.
    pub(super) fn reload_from(
        &mut self,
        trigger: Trigger,
        begun: Stopwatch,
        read: Read<C>,
    ) -> Report {
        self.note_next_boot(&read);
        let repeated = self.looks.note(read.fingerprint);
        let attempted = self.take_over_or_refuse(&trigger, begun, read);
        let automatic = self.looks.are_automatic() && self.shared().state().consistent;
        let refusal = attempted.passing().filter(|_| automatic);
        let now = self.apply.clock.moment();
        let mut state = self.shared().state();
        let earlier = state.retries.take().filter(|_| repeated);
        let since = earlier.map_or(now.now, |earlier| earlier.since());
        let retry = trigger.of_retries(state.reports.next_id());
        state.retries = refusal.map(|refusal| Retries::begin(refusal, retry, since, now));
        drop(state);
        self.reporter.finish(&self.apply, trigger, begun, attempted, Some(repeated))
    }

    /// Looks at the sources again if it is time for a retry. If they are the same, they are tried again.
    pub(super) fn retry_if_due(&mut self, now: Instant) {
        let moment = self.apply.clock.moment();
        let due = {
            let mut state = self.shared().state();
            let due = state.retries.as_mut().filter(|retries| retries.due() <= now);
            due.map(|retries| {
                // Files that are not whole make none of this a try.
                retries.put_off(moment);
                retries.clone()
            })
        };
        if let Some(retries) = due {
            self.look(Trigger::new(TriggerKind::File), Some(retries));
        }
    }

    /// Tries content again that was refused. What is refused for the reasons that were told of is not told of again.
    pub(super) fn retry(&mut self, mut retries: Retries, begun: Stopwatch, read: Read<C>) {
        self.note_next_boot(&read);
        let trigger = retries.trigger();
        let attempted = self.take_over_or_refuse(&trigger, begun, read);
        let refusal = attempted.passing();
        let is_told = retries.is_told(refusal.as_ref());
        let now = self.apply.clock.moment();
        let next = refusal.map(|refusal| {
            retries.note(refusal, now);
            retries
        });
        self.shared().state().retries = next;
        if is_told {
            log::still_refused(&trigger);
        } else {
            self.reporter.finish(&self.apply, trigger, begun, attempted, Some(true));
        }
    }

    /// Takes note of a look that found the content of the last one.
    pub(super) fn note_look(&self, content: Fingerprint) {
        if self.looks.is_known(content) {
            let now = self.apply.clock.now();
            self.shared().state().next_boot.looked_at = now;
        }
    }

    fn take_over_or_refuse(
        &mut self,
        trigger: &Trigger,
        begun: Stopwatch,
        read: Read<C>,
    ) -> Attempted {
        let document = Arc::clone(&read.document);
        let attempted =
            self.attempted(trigger, begun, |engine, cause| engine.take_over(read, cause));
        if !attempted.verdict.is_success() {
            self.shared().state().refuse(Arc::clone(&document));
        }
        Attempted { read: Some(document), ..attempted }
    }

    /// Takes note of what a start would make of a reading.
    fn note_next_boot(&self, read: &Read<C>) {
        let failed = self.shared().state().blocked.failed();
        let failed = self.reporter.store.next_failed(failed);
        let failed = failed.filter(|failed| failed.is(&read.document, self.shared().sources.shape));
        let (good, now) = (|| self.has_good(&read.document), self.apply.clock.now());
        let found = NextBoot::found(&read.candidate, failed.as_ref(), good, now);
        let mut state = self.shared().state();
        state.next_boot = found.after(&state.next_boot);
    }

    /// Takes note that what was on probation has proven itself, and of what a start makes of the sources now that
    /// nothing has failed any more.
    pub(super) fn note_proven(&mut self) {
        let remembered = |engine: &Self| {
            let failed = engine.shared().state().blocked.failed();
            engine.reporter.store.next_failed(failed).is_some()
        };
        let was_remembered = remembered(self);
        self.shared().state().blocked.prove();
        self.reporter.keep_good(&self.apply);
        if was_remembered && !remembered(self) {
            let (reading, _) = self.looks.read(|| self.apply.read());
            let read = self.examine(reading);
            self.note_next_boot(&read);
            read.let_go();
        }
    }

    /// Takes note of what a start would make of content that has failed its probation since the last look.
    pub(super) fn note_failed(&self, content: Content, document: &Document, failed: &Failed) {
        if !self.looks.holds(content) || !self.reporter.store.remembers() {
            return;
        }
        let before = self.shared().state().next_boot.clone();
        let (good, now) = (|| self.has_good(document), self.apply.clock.now());
        let found = NextBoot {
            looked_at: before.looked_at,
            ..NextBoot::ill(&before.problems, failed, good, now)
        };
        self.shared().state().next_boot = found;
    }

    /// Returns true if there is a last known good to start from.
    fn has_good(&self, present: &Document) -> Result<bool, Problem> {
        let Engine { reporter, apply, .. } = self;
        let has_good = || caught(|| reporter.store.has_good(&apply.shared.sources, present));
        let has_good = apply.shared.steps.run(RunningStep::Validate, has_good);
        has_good.unwrap_or_else(|_| Err(Problem::error(UNUSABLE)))
    }
}
