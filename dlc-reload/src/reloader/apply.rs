//! Carrying out a plan: intend, transact, publish, record.

use std::{cell::LazyCell, sync::Arc, time::SystemTime};

use super::{
    in_force::Left,
    log,
    meter::{Meter, Vitals},
    plan::{Planned, Target, plan},
    retry::Passing,
    shared::Shared,
    state::Asked,
    status::WatchStatus,
    steps::RunningStep,
};
use crate::{
    candidate::Rejection,
    document::Document,
    error::Problem,
    hook::{Extent, Monitors, Outcome, Refusal, StepMonitor, Way, guarded},
    place::Key,
    report::{Changed, Intent, Observer, Shadowed, Verdict},
    section::{Reloadable, all_hooked, hooked},
    snapshot::Snapshot,
    source::Reading,
    time::Clock,
    trigger::Trigger,
};

/// The function that runs hooks.
pub(crate) type Transact<C> = Box<dyn Fn(Asking<'_, C>, &Monitors) -> Outcome + Send>;

/// The hooks that are asked, and the change that they are asked about.
pub(crate) struct Asking<'c, C> {
    /// Their fields, each as indices from the root.
    pub(crate) places: Vec<Way>,
    pub(crate) old: &'c C,
    pub(crate) new: &'c C,
    pub(crate) extent: Extent,
}

/// The cause of an attempt, and its beginning.
pub(super) struct Cause<'a> {
    pub(super) trigger: &'a Trigger,
    pub(super) started_at: SystemTime,
    /// True for the end of an override and for the way back from a failed probation: observers are told, and
    /// cannot refuse.
    pub(super) takes_back: bool,
}

impl Cause<'_> {
    pub(super) fn taking_back(&self) -> Self {
        Self { takes_back: true, ..*self }
    }
}

/// The end of an attempt, before it becomes a report.
pub(super) struct Attempted {
    pub(super) verdict: Verdict,
    pub(super) changes: Vec<Changed>,
    pub(super) shadowed: Vec<Shadowed>,
    pub(super) problems: Vec<Problem>,
    /// The keys that wait for a restart and did not before.
    pub(super) newly_waiting: Vec<Key>,
    /// True if the same may succeed later.
    pub(super) may_pass: bool,
    /// The document that was read for it, if one was.
    pub(super) read: Option<Arc<Document>>,
}

impl Attempted {
    fn ended(verdict: Verdict, problems: Vec<Problem>) -> Self {
        Self {
            verdict,
            changes: Vec::new(),
            shadowed: Vec::new(),
            problems,
            newly_waiting: Vec::new(),
            may_pass: false,
            read: None,
        }
    }

    pub(super) fn rejected(problems: Vec<Problem>) -> Self {
        Self::ended(Verdict::Rejected, problems)
    }

    /// Returns the refusal, if the same content may be accepted later.
    pub(super) fn passing(&self) -> Option<Passing> {
        let Self { verdict, problems, may_pass, .. } = self;
        may_pass.then(|| Passing { verdict: *verdict, problems: problems.clone() })
    }

    /// Adds what a report lists of a change that was tried. A rejected one lists no changes, so each problem
    /// names the value that was refused.
    fn with_changes_and_remarks(mut self, changes: &[Changed], remarks: &[Problem]) -> Self {
        if self.verdict == Verdict::Rejected {
            for problem in &mut self.problems {
                let refused =
                    changes.iter().find(|change| problem.key.as_ref() == Some(&change.key));
                let value = refused.and_then(|change| refused_value(change, &problem.message));
                problem.message.extend(value);
            }
        } else {
            self.changes = changes.to_vec();
        }
        self.problems.extend_from_slice(remarks);
        self
    }
}

impl From<Rejection> for Attempted {
    fn from(Rejection { problems, may_pass }: Rejection) -> Self {
        Self { may_pass, ..Self::rejected(problems) }
    }
}

/// The parts that carry out a plan.
pub(super) struct Apply<C> {
    pub(super) shared: Arc<Shared<C>>,
    pub(super) run_hooks: Transact<C>,
    /// Each with its name.
    pub(super) observers: Vec<(Arc<str>, Arc<dyn Observer>)>,
    pub(super) monitors: Vec<Arc<dyn StepMonitor>>,
    pub(super) meters: Vec<Arc<dyn Meter>>,
    pub(super) watching: Arc<WatchStatus>,
    pub(super) clock: Arc<dyn Clock>,
}

impl<C: Reloadable> Apply<C> {
    /// Reads all sources, and takes note of which are fresh.
    pub(super) fn read(&self) -> Reading {
        let reading = self.shared.read();
        let now = self.clock.now();
        let turned = self.shared.state().sources.note(&reading.sources, now);
        turned.iter().for_each(log::source);
        reading
    }

    /// Tells that a reload from the sources begins.
    pub(super) fn tell_begun(&self, trigger: &Trigger) {
        self.meters.iter().for_each(|meter| meter.begun(trigger));
    }

    /// Measures the state, where that is wanted.
    pub(super) fn measure(&self) {
        if !self.meters.is_empty() {
            let generation = self.shared.published.load().generation();
            let vitals = Vitals::of(generation, &self.shared.state(), &self.watching);
            self.meters.iter().for_each(|meter| meter.measured(&vitals));
        }
    }

    /// Plans what is asked for, and carries the plan out.
    pub(super) fn attempt(&self, target: Target<C>, cause: &Cause<'_>) -> Attempted {
        let input = self.shared.plan_input(self.clock.now());
        match plan(&self.shared.sources, input, target) {
            Ok(planned) => self.carry_out(planned, cause).unwrap_or_else(|failed| failed),
            Err(refused) => refused.into(),
        }
    }

    /// Runs the hooks of a plan, and publishes if all went well.
    fn carry_out(&self, planned: Planned<C>, cause: &Cause<'_>) -> Result<Attempted, Attempted> {
        // This serializes what differs of both configurations: after the hooks have committed, unless an observer
        // wants to know before.
        let changes = LazyCell::new(|| planned.changes(&self.shared.sources));
        let remarks = self.intend(&planned, || &changes, cause)?;
        if !planned.hot.is_empty() {
            self.transact(&planned)
                .map_err(|failed| failed.with_changes_and_remarks(&changes, &remarks))?;
            self.shared.published.publish(Arc::clone(&planned.target));
        }
        let changes = changes.clone();
        Ok(self.adopt(planned, changes, remarks, cause))
    }

    /// Tells the observers what is about to happen, unless that is nothing. Returns what they
    /// have against it where that is only a remark.
    fn intend<'p>(
        &self,
        planned: &'p Planned<C>,
        changes: impl FnOnce() -> &'p [Changed],
        cause: &Cause<'_>,
    ) -> Result<Vec<Problem>, Attempted> {
        let newly_waits = planned.newly_waits();
        if self.observers.is_empty() || (planned.hot.is_empty() && !newly_waits) {
            return Ok(Vec::new());
        }
        let id = self.shared.state().reports.next_id();
        let intent = Intent {
            id,
            trigger: cause.trigger,
            changes: changes(),
            pending: if newly_waits { planned.waiting() } else { &[] },
            started_at: cause.started_at,
        };
        let refused = |(name, observer): &(Arc<str>, Arc<dyn Observer>)| {
            let step = RunningStep::TellObserver { name: Arc::clone(name) };
            let asked = || guarded("an observer", || observer.intended(&intent));
            self.shared.steps.run(step, asked).err()
        };
        let refusals = self.observers.iter().filter_map(refused);
        if cause.takes_back {
            return Ok(refusals.map(Problem::warning).collect());
        }
        let problems: Vec<_> = refusals.map(Problem::error).collect();
        if problems.is_empty() { Ok(problems) } else { Err(Rejection::passing(problems).into()) }
    }

    /// Runs the hooks for a change.
    fn transact(&self, planned: &Planned<C>) -> Result<(), Attempted> {
        let (old, new) = (planned.effective.config(), planned.target.config());
        let asking = Asking { places: hooked(old, new), old, new, extent: Extent::Whole };
        self.ask(asking, planned.target.document()).map_err(|(verdict, problems)| {
            let may_pass = verdict != Verdict::Inconsistent;
            Attempted { may_pass, ..Attempted::ended(verdict, problems) }
        })
    }

    /// Runs every hook with the values of the start, as the old and the new ones.
    pub(super) fn try_start(
        &self,
        first: &Snapshot<C>,
        extent: Extent,
    ) -> Result<(), Vec<Problem>> {
        let (old, new) = (first.config(), first.config());
        let asking = Asking { places: all_hooked(old), old, new, extent };
        self.ask(asking, first.document()).map_err(|(_, problems)| problems)
    }

    /// Runs hooks; where that fails, with the verdict and what is wrong with the values of the document.
    fn ask(
        &self,
        asking: Asking<'_, C>,
        document: &Document,
    ) -> Result<(), (Verdict, Vec<Problem>)> {
        let problem = |refusal: &Refusal| {
            let key = C::TABLE.key_of(&refusal.at);
            let origin = document.origin(&key);
            let mut problem = refusal.problem(key).with_origin(origin);
            self.shared.sources.redact(document, std::slice::from_mut(&mut problem));
            problem
        };
        Err(match (self.run_hooks)(asking, &self.monitors) {
            Outcome::Committed => return Ok(()),
            Outcome::Refused(refusals) => {
                (Verdict::Rejected, refusals.iter().map(problem).collect())
            }
            Outcome::RolledBack { failed } => (Verdict::RolledBack, vec![problem(&failed)]),
            Outcome::Inconsistent { failed, not_undone } => {
                let not_undone = not_undone.iter().map(|refusal| could_not_undo(problem(refusal)));
                let problems = std::iter::once(problem(&failed)).chain(not_undone).collect();
                (Verdict::Inconsistent, problems)
            }
        })
    }

    /// Takes over the state that a plan leads to.
    fn adopt(
        &self,
        planned: Planned<C>,
        changes: Vec<Changed>,
        remarks: Vec<Problem>,
        cause: &Cause<'_>,
    ) -> Attempted {
        let newly_waits = planned.newly_waits();
        let Planned { target, base, overrides, wanted, shadowed, warnings, .. } = planned;
        let now = self.clock.now();
        let (mut newly_waiting, mut refused_before) = (Vec::new(), None);
        // Only this thread writes the base, and comparing runs the author's code.
        let before = Arc::clone(&self.shared.state().base);
        let left = Left::between(&before, &base);
        let mut state = self.shared.state();
        left.into_iter().for_each(|left| state.history.note_left(left));
        // Values of the author's types are dropped once the lock is released: `before` holds the base until then.
        state.base = base;
        let overrides_before = std::mem::replace(&mut state.overrides, overrides);
        let desired_before = wanted.map(|wanted| {
            state.last_known_good = None;
            refused_before = state.refused.take();
            let (content, document) = (wanted.content, &wanted.document);
            let shape = self.shared.sources.shape;
            state.blocked.accept(&Asked { content, document, shape });
            let (desired, waiting) =
                state.desired.after(wanted, target.number(), cause.trigger, now);
            newly_waiting = waiting;
            std::mem::replace(&mut state.desired, desired)
        });
        drop(state);
        if desired_before.is_some() {
            // While the document of the start is there anyway.
            self.shared.sources.find_secrets();
        }
        drop((before, overrides_before, desired_before, refused_before));
        let verdict = match (changes.is_empty(), newly_waits) {
            (false, _) => Verdict::Applied,
            (true, true) => Verdict::PendingRestart,
            (true, false) => Verdict::Unchanged,
        };
        let problems = warnings.into_iter().chain(remarks).collect();
        Attempted { changes, shadowed, newly_waiting, ..Attempted::ended(verdict, problems) }
    }
}

/// Returns the value that a hook refused, unless it is long or its message names it. Hot values are no secrets.
fn refused_value(change: &Changed, message: &str) -> Option<String> {
    const LONGEST: usize = 80;
    let value = change.new.as_ref()?.to_string();
    let is_short = value.chars().count() <= LONGEST;
    let is_named = message.contains(value.trim_matches('"'));
    (is_short && !is_named).then(|| format!(" (refused: {value})"))
}

fn could_not_undo(mut problem: Problem) -> Problem {
    problem.message = format!("could not be undone: {}", problem.message);
    problem
}
