//! The attempts of the reload thread: each ends with another configuration in force, or with
//! nothing changed.

use std::{cell::LazyCell, sync::Arc, time::SystemTime};

use super::{
    differences::{describe, shadowed},
    engine::{Engine, Examined},
    history::recall,
    overrides::{Overrides, Proposal},
    probation::Proven,
    state::Ledger,
    witness::Witnesses,
};
use crate::{
    candidate::{Alongside, Candidate, Sources},
    document::Document,
    error::Problem,
    hook::{Outcome, Refusal, guarded},
    key::Key,
    reloader::Restarts,
    report::{Changed, Intent, Observer, Shadowed, Trigger, Verdict},
    section::{Class, Leaf, Reloadable, leaves},
    snapshot::Snapshot,
    sync::lock,
};

/// Who asked for an attempt, and when it began.
pub(super) struct Cause<'a> {
    pub(super) trigger: &'a Trigger,
    pub(super) at: SystemTime,
    /// Whether the engine takes back by itself what may not last. Observers are told of that, and
    /// cannot hinder it.
    pub(super) takes_back: bool,
}

impl Cause<'_> {
    pub(super) fn taking_back(&self) -> Self {
        Self { takes_back: true, ..*self }
    }
}

/// How an attempt ended, before it becomes a report.
pub(super) struct Ending {
    pub(super) verdict: Verdict,
    pub(super) changes: Vec<Changed>,
    pub(super) shadowed: Vec<Shadowed>,
    pub(super) problems: Vec<Problem>,
    /// What waits for a restart and did not before.
    pub(super) newly: Vec<Key>,
}

impl Ending {
    fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            changes: Vec::new(),
            shadowed: Vec::new(),
            problems: Vec::new(),
            newly: Vec::new(),
        }
    }

    pub(super) fn rejected(problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::new(Verdict::Rejected) }
    }

    /// With what a report lists of an attempt that failed.
    fn having_tried(mut self, changes: &[Changed], warnings: &[Problem]) -> Self {
        if self.verdict != Verdict::Rejected {
            self.changes = changes.to_vec();
        }
        self.problems.extend_from_slice(warnings);
        self
    }
}

/// What is to be in force next.
struct Next<'a, C> {
    /// The hot values that were chosen; the `restart` ones in force never change.
    base: &'a C,
    /// What the base was made of.
    document: &'a Arc<Document>,
    /// What holds on top of it.
    overrides: Overrides,
    /// Whether the base was validated together with the `restart` values in force.
    validated: bool,
}

/// What came of putting something in force.
struct Moved {
    changes: Vec<Changed>,
    warnings: Vec<Problem>,
}

/// Makes a list when somebody wants to see it.
type Listed<'a> = &'a dyn Fn() -> Vec<Changed>;

impl<C: Reloadable> Engine<C> {
    /// Takes over what the sources ask for.
    pub(super) fn attempt(&mut self, examined: Examined<C>, cause: &Cause<'_>) -> Ending {
        let Examined { fingerprint, document, candidate } = examined;
        let Candidate { config: desired, warnings: mut problems } = match candidate {
            Ok(candidate) => candidate,
            Err(problems) => return Ending::rejected(problems),
        };
        self.understood = fingerprint.content;
        let turned_away = lock(&self.ledger).turned_away.problem(fingerprint.content);
        if let Some(problem) = turned_away.as_ref().filter(|problem| problem.is_error()) {
            return Ending::rejected(vec![problem.clone()]);
        }
        let effective = self.published.load_full();
        let waiting = restarts(effective.config(), &desired);
        let schema = self.sources.shape.schema();
        let pending = || describe(&waiting, (effective.config(), &desired), &document, schema);
        if !waiting.is_empty() && matches!(self.restarts, Restarts::Reject) {
            return Ending::rejected(pending().into_iter().map(needs_restart).collect());
        }
        let (before, overrides) = {
            let Ledger { asked, base, overrides, .. } = &*lock(&self.ledger);
            (Proven { asked: asked.clone(), base: Arc::clone(base) }, overrides.clone())
        };
        // Typed, so that a change from one secret to another counts. In a section that waits to
        // appear, a hot field waits too.
        let mut wanted = leaves(&C::diff(&before.asked.desired, &desired), C::TABLE);
        wanted.retain(|leaf| {
            leaf.role.class() == Class::Restart || waiting.iter().any(|waits| waits.key == leaf.key)
        });
        let wanted: Vec<_> = wanted.into_iter().map(|leaf| leaf.key).collect();
        let waits = !wanted.is_empty() && !waiting.is_empty();
        let newly: Option<Listed<'_>> = waits.then_some(&pending);

        let moved = if let Some(warning) = turned_away {
            problems.push(warning);
            let moved = |warnings| Moved { changes: Vec::new(), warnings };
            self.intend(cause, &[], newly).map(moved)
        } else {
            let validated = waiting.is_empty();
            let next = Next { base: &desired, document: &document, overrides, validated };
            self.put_in_force(next, cause, newly)
        };
        let Moved { changes, warnings } = match moved {
            Ok(moved) => moved,
            Err(ending) => return ending,
        };
        problems.extend(warnings);
        let overrides = lock(&self.ledger).overrides.clone();
        let shadowed = shadowed(&document, &before.asked.document, &overrides, C::TABLE);
        let pending = pending();
        let accepted = (desired, Arc::clone(&document));
        let now = (cause.trigger, self.clock.now());
        let newly = {
            let mut ledger = lock(&self.ledger);
            ledger.last_known_good = None;
            ledger.turned_away.accept(fingerprint.content);
            ledger.asked.accept(accepted, (pending, &wanted), now)
        };
        let verdict = match (changes.is_empty(), waits) {
            (false, _) => Verdict::Applied,
            (true, true) => Verdict::PendingRestart,
            (true, false) => Verdict::Unchanged,
        };
        self.watch_over(before, fingerprint.content, verdict);
        Ending { verdict, changes, shadowed, problems, newly }
    }

    /// Puts an earlier configuration in force again. It stays until the sources change. Overrides
    /// end with it: whoever asks for it wants these values and no others.
    pub(super) fn attempt_rollback(&mut self, generation: u64, cause: &Cause<'_>) -> Ending {
        let past = match recall(&self.ledger, &self.sources, generation) {
            Ok(past) => past,
            Err(problems) => return Ending::rejected(problems),
        };
        let ending = self.rearrange(&past, Overrides::default(), cause);
        // Also where no value changes: whoever asks for these values wants them to stay.
        if ending.verdict.is_success() {
            self.end_trial();
            lock(&self.ledger).turned_away.left = Some(self.understood);
        }
        ending
    }

    /// Lets a field have another value for a while.
    pub(super) fn attempt_override(&self, proposal: Proposal, cause: &Cause<'_>) -> Ending {
        let held = match proposal.begin(cause.trigger, (cause.at, self.clock.instant())) {
            Ok(held) => held,
            Err(problem) => return Ending::rejected(vec![problem]),
        };
        let (base, overrides) = {
            let Ledger { base, overrides, .. } = &*lock(&self.ledger);
            (Arc::clone(base), overrides.with(held))
        };
        self.rearrange(&base, overrides, cause)
    }

    /// Takes an override back.
    pub(super) fn attempt_end(&self, at: &[u16], cause: &Cause<'_>) -> Ending {
        let (base, overrides) = {
            let Ledger { base, overrides, .. } = &*lock(&self.ledger);
            (Arc::clone(base), overrides.without(at))
        };
        self.rearrange(&base, overrides, cause)
    }

    /// Puts what was in force once in force again, with these overrides.
    pub(super) fn rearrange(
        &self,
        base: &Snapshot<C>,
        overrides: Overrides,
        cause: &Cause<'_>,
    ) -> Ending {
        let next =
            Next { base: base.config(), document: base.document(), overrides, validated: false };
        match self.put_in_force(next, cause, None) {
            Ok(Moved { changes, warnings }) => {
                let verdict =
                    if changes.is_empty() { Verdict::Unchanged } else { Verdict::Applied };
                Ending { changes, problems: warnings, ..Ending::new(verdict) }
            }
            Err(ending) => ending,
        }
    }

    /// Runs the hooks and publishes if all went well; answers what changed. `newly` lists what will
    /// wait for a restart, if anything new does.
    fn put_in_force(
        &self,
        next: Next<'_, C>,
        cause: &Cause<'_>,
        newly: Option<Listed<'_>>,
    ) -> Result<Moved, Ending> {
        let Next { base, document, overrides, validated } = next;
        let effective = self.published.load_full();
        // Not on what is in force: there, an override may hold that is to end with its time.
        let base = C::overlay(lock(&self.ledger).base.config(), base);
        let checked = overlaid(&self.sources, base, document, &overrides, validated);
        let Overlaid { target, base } = checked.map_err(Ending::rejected)?;
        let leaves = leaves(&C::diff(effective.config(), &target), C::TABLE);
        let generation = effective.generation() + u64::from(!leaves.is_empty());
        let now = self.clock.now();
        let view = overrides.over(document, C::TABLE);
        let next = Arc::new(Snapshot::new(target, generation, now, Arc::clone(&view)));
        let base = match base {
            None => Arc::clone(&next),
            Some(base) => Arc::new(Snapshot::new(base, generation, now, Arc::clone(document))),
        };
        // This serializes both configurations: after the hooks have committed, unless somebody
        // wants to know before.
        let changes = LazyCell::new(|| {
            let both = (effective.config(), next.config());
            describe(&leaves, both, &view, self.sources.shape.schema())
        });
        let mut warnings = Vec::new();
        if !leaves.is_empty() || newly.is_some() {
            let changes = if self.observers.is_empty() { &[] } else { changes.as_slice() };
            warnings = self.intend(cause, changes, newly)?;
        }
        if !leaves.is_empty() {
            self.transact(&effective, &next, &view)
                .map_err(|ending| ending.having_tried(&changes, &warnings))?;
            self.published.publish(Arc::clone(&next));
        }
        let mut ledger = lock(&self.ledger);
        (ledger.base, ledger.overrides) = (base, overrides);
        drop(ledger);
        let changes = if leaves.is_empty() { Vec::new() } else { changes.clone() };
        Ok(Moved { changes, warnings })
    }

    /// Tells the observers what is about to happen, unless there is nothing to tell. Answers what they
    /// have against it where that is only worth a look.
    fn intend(
        &self,
        cause: &Cause<'_>,
        changes: &[Changed],
        newly: Option<Listed<'_>>,
    ) -> Result<Vec<Problem>, Ending> {
        if self.observers.is_empty() || (changes.is_empty() && newly.is_none()) {
            return Ok(Vec::new());
        }
        let pending = newly.map(|list| list()).unwrap_or_default();
        let intent = Intent {
            id: self.reloads + 1,
            trigger: cause.trigger,
            changes,
            pending: &pending,
            started_at: cause.at,
        };
        let refused = |observer: &Arc<dyn Observer>| {
            guarded("an observer", || observer.intended(&intent)).err()
        };
        let refusals = self.observers.iter().filter_map(refused);
        if cause.takes_back {
            return Ok(refusals.map(Problem::warning).collect());
        }
        let problems: Vec<_> = refusals.map(Problem::error).collect();
        if problems.is_empty() { Ok(problems) } else { Err(Ending::rejected(problems)) }
    }

    /// Runs the hooks for a change.
    fn transact(
        &self,
        effective: &Snapshot<C>,
        next: &Snapshot<C>,
        document: &Document,
    ) -> Result<(), Ending> {
        let problem = |refusal: &Refusal| {
            let key = C::TABLE.key(&refusal.at);
            let origin = document.origin(&key);
            let mut problem = refusal.problem(key).with_origin(origin);
            self.sources.redact(document, std::slice::from_mut(&mut problem));
            problem
        };
        let witnesses = Witnesses {
            overseer: &self.overseer,
            #[cfg(feature = "testing")]
            recorder: self.recorder.as_deref(),
            #[cfg(feature = "testing")]
            table: C::TABLE,
        };
        let (verdict, problems) =
            match (self.transact)(effective.config(), next.config(), &witnesses) {
                Outcome::Committed => return Ok(()),
                Outcome::Refused(refusals) => {
                    (Verdict::Rejected, refusals.iter().map(problem).collect())
                }
                Outcome::RolledBack { failed } => (Verdict::RolledBack, vec![problem(&failed)]),
                Outcome::Inconsistent { failed, not_undone } => {
                    let not_undone =
                        not_undone.iter().map(|refusal| not_undone_problem(problem(refusal)));
                    let problems = std::iter::once(problem(&failed)).chain(not_undone).collect();
                    (Verdict::Inconsistent, problems)
                }
            };
        Err(Ending { problems, ..Ending::new(verdict) })
    }
}

/// The `restart` fields that differ.
pub(super) fn restarts<C: Reloadable>(old: &C, new: &C) -> Vec<Leaf> {
    let mut found = leaves(&C::diff(old, new), C::TABLE);
    found.retain(|leaf| leaf.role.class() == Class::Restart);
    found
}

/// What is to run, and what it is without the overrides where there are some.
pub(super) struct Overlaid<C> {
    pub(super) target: C,
    base: Option<C>,
}

/// Puts overrides on a base and checks both, since the base is what runs once they have ended.
///
/// # Errors
///
/// Everything that is wrong with one of them.
pub(super) fn overlaid<C: Reloadable>(
    sources: &Sources<C>,
    base: C,
    document: &Arc<Document>,
    overrides: &Overrides,
    validated: bool,
) -> Result<Overlaid<C>, Vec<Problem>> {
    if !validated
        && let Some(problems) = sources.overlay_problems(&base, document, Alongside::Restart)
    {
        return Err(problems);
    }
    if overrides.is_empty() {
        return Ok(Overlaid { target: base, base: None });
    }
    let mut target = base.clone();
    overrides.write(&mut target).map_err(|problem| vec![problem])?;
    let view = overrides.over(document, C::TABLE);
    match sources.overlay_problems(&target, &view, Alongside::Overrides) {
        Some(problems) => Err(problems),
        None => Ok(Overlaid { target, base: Some(base) }),
    }
}

pub(super) fn needs_restart(change: Changed) -> Problem {
    let message =
        "changing it needs a restart, and this service refuses such changes while it runs";
    Problem::error(message).with_key(change.key).with_origin(change.origin)
}

fn not_undone_problem(mut problem: Problem) -> Problem {
    problem.message = format!("could not be undone: {}", problem.message);
    problem
}
