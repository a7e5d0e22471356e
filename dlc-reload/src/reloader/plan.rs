//! The plan: what accepting a configuration would do. Making it changes nothing and touches nothing.

use std::{sync::Arc, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    desired::{Desired, Wanted},
    differences::{Written, describe, shadowed},
    in_force::in_force,
    overrides::Overrides,
    state::{Asked, Blocked},
    steps::{RunningStep, Steps},
};
use crate::{
    candidate::{Candidate, Rejection, Sources, ValidatedWith},
    document::Document,
    error::Problem,
    report::{Changed, Shadowed},
    section::{Class, Leaf, Reloadable, differing},
    snapshot::Snapshot,
    source::Content,
};

/// The changes that a reload would make, from [`Reloader::plan`](crate::Reloader::plan).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Plan {
    /// The hot fields that would change.
    pub changes: Vec<Changed>,
    /// The fields that would wait for the next start.
    pub pending: Vec<Changed>,
    /// Values that were edited without effect.
    pub shadowed: Vec<Shadowed>,
    /// The warnings that a reload would give.
    pub warnings: Vec<Problem>,
}

/// The configuration that is asked for.
pub(super) enum Target<C> {
    /// The candidate that the sources ask for.
    Sources {
        candidate: Candidate<C>,
        document: Arc<Document>,
        content: Content,
        /// True if a file may set far less than before.
        may_shrink: bool,
    },
    /// A configuration that was in force, with the overrides that are to hold on it.
    Base { base: Arc<Snapshot<C>>, overrides: Overrides },
}

/// The part of the state that a plan starts from.
pub(super) struct PlanInput<C> {
    pub(super) effective: Arc<Snapshot<C>>,
    pub(super) base: Arc<Snapshot<C>>,
    pub(super) desired: Desired<C>,
    pub(super) overrides: Overrides,
    pub(super) blocked: Blocked,
    pub(super) rejects_restarts: bool,
    /// True if the sources say something else than when they were last accepted.
    pub(super) diverged: bool,
    pub(super) now: SystemTime,
    /// The steps of the reload thread; validation is one.
    pub(super) steps: Arc<Steps>,
}

impl<C> PlanInput<C> {
    /// Returns the document of a configuration that was in force, whose places are of then if it is not
    /// what the sources say now.
    fn document_of(&self, base: &Snapshot<C>) -> Arc<Document> {
        let document = base.document();
        if !self.diverged && Arc::ptr_eq(document, &self.desired.document) {
            Arc::clone(document)
        } else {
            Arc::new(document.as_of(base.generation()))
        }
    }
}

/// A plan that can be carried out.
pub(super) struct Planned<C> {
    pub(super) effective: Arc<Snapshot<C>>,
    /// The configuration to publish where a hot leaf changes.
    pub(super) target: Arc<Snapshot<C>>,
    /// The same without the overrides.
    pub(super) base: Arc<Snapshot<C>>,
    pub(super) overrides: Overrides,
    /// The hot leaves that change.
    pub(super) hot: Vec<Leaf>,
    /// The values that the sources ask for, where they are asked.
    pub(super) wanted: Option<Wanted<C>>,
    pub(super) shadowed: Vec<Shadowed>,
    pub(super) warnings: Vec<Problem>,
}

impl<C: Reloadable> Planned<C> {
    /// Describes the hot changes. This serializes the leaves that differ, of both configurations.
    pub(super) fn changes(&self, sources: &Sources<C>) -> Vec<Changed> {
        let both = (self.effective.config(), self.target.config());
        let (old, new) = (self.effective.document(), self.target.document());
        describe(&self.hot, both, &Written { class: Class::Hot, old, new }, sources.shape)
    }

    /// Returns it as it is shown.
    pub(super) fn into_plan(self, sources: &Sources<C>) -> Plan {
        let (changes, pending) = (self.changes(sources), self.waiting().to_vec());
        let Self { shadowed, warnings, .. } = self;
        Plan { changes, pending, shadowed, warnings }
    }

    /// Returns the values that wait for the next start.
    pub(super) fn waiting(&self) -> &[Changed] {
        self.wanted.as_ref().map_or(&[], |wanted| &wanted.waiting)
    }

    /// Returns true if something waits for which the sources asked something else before.
    pub(super) fn newly_waits(&self) -> bool {
        self.wanted.as_ref().is_some_and(Wanted::newly_waits)
    }
}

/// Makes the plan for what is asked for.
///
/// # Errors
///
/// Every problem for which it is refused.
pub(super) fn plan<C: Reloadable>(
    sources: &Sources<C>,
    input: PlanInput<C>,
    target: Target<C>,
) -> Result<Planned<C>, Rejection> {
    match target {
        Target::Base { base, overrides } => {
            let document = input.document_of(&base);
            let asked = (base.shared_config(), base.in_force());
            plan_hot(sources, input, asked, &document, overrides, false)
        }
        Target::Sources { candidate, document, content, may_shrink } => {
            let Candidate { config, warnings } = candidate;
            let asked = Asked { content, document: &document, shape: sources.shape };
            let blocked = input.blocked.problem(&asked);
            if let Some(problem) = blocked.as_ref().filter(|problem| problem.is_error()) {
                return Err(Rejection::lasting(vec![problem.clone()]));
            }
            let before = Arc::clone(&input.desired.document);
            let shrunk = sources.shrunk(&before, &document, may_shrink);
            let wanted = wanted(sources, &input, config, document, content);
            let restarts = wanted.waiting.iter().filter(|_| input.rejects_restarts);
            let refusals = shrunk.iter().filter(|problem| problem.is_error()).cloned();
            let refusals: Vec<_> = refusals.chain(restarts.map(needs_restart)).collect();
            if !refusals.is_empty() {
                return Err(Rejection::lasting(refusals));
            }
            let mut planned = if blocked.is_some() {
                nothing(input)
            } else {
                let overrides = input.overrides.clone();
                let asked = (&wanted.config, &wanted.document);
                let validated = wanted.waiting.is_empty();
                plan_hot(sources, input, asked, &wanted.document, overrides, validated)?
            };
            planned.shadowed =
                shadowed(&wanted.document, &before, &planned.overrides, sources.shape);
            planned.warnings = shrunk.into_iter().chain(warnings).chain(blocked).collect();
            planned.wanted = Some(wanted);
            Ok(planned)
        }
    }
}

/// Compares what the sources ask for with what runs, and with what they asked for before.
fn wanted<C: Reloadable>(
    sources: &Sources<C>,
    input: &PlanInput<C>,
    config: Arc<C>,
    document: Arc<Document>,
    content: Content,
) -> Wanted<C> {
    let effective = input.effective.config();
    let mut waiting = differing(effective, &config);
    waiting.retain(|leaf| leaf.role.class() == Class::Restart);
    // Typed, so that a change from one secret to another counts. In a section that waits to
    // appear, a hot field waits too.
    let before = &*input.desired.config;
    let mut moved = differing(before, &config);
    moved.retain(|leaf| {
        leaf.role.class() == Class::Restart || waiting.iter().any(|waits| waits.holds(leaf))
    });
    let written = Written { class: Class::Restart, old: input.base.in_force(), new: &document };
    let moved = describe(&moved, (before, &config), &written, sources.shape);
    let waiting = if waiting.is_empty() {
        Vec::new()
    } else {
        // With the hot values that are asked for, so that nothing differs but what waits.
        let running = C::overlay(effective, &config);
        describe(&waiting, (&running, &config), &written, sources.shape)
    };
    Wanted { config, document, content, waiting, moved }
}

/// Plans to leave everything in force as it is.
fn nothing<C>(input: PlanInput<C>) -> Planned<C> {
    let PlanInput { effective, base, overrides, .. } = input;
    Planned {
        target: Arc::clone(&effective),
        effective,
        base,
        overrides,
        hot: Vec::new(),
        wanted: None,
        shadowed: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Plans to put hot values in force, with overrides on them; the `restart` values in force never change.
/// `asked` are the values and the words from which they can be built, and `validated` says that they were checked
/// together with the `restart` values.
fn plan_hot<C: Reloadable>(
    sources: &Sources<C>,
    input: PlanInput<C>,
    asked: (&Arc<C>, &Arc<Document>),
    document: &Arc<Document>,
    overrides: Overrides,
    validated: bool,
) -> Result<Planned<C>, Rejection> {
    // Laid over the base, not over what is in force: an override must not become part of the base.
    let base = overlay(input.base.shared_config(), asked.0);
    let words = in_force(&input.base, (&**asked.0, asked.1), &base);
    let problems = |overlay: &C, document: &Document, with| {
        let check = || sources.overlay_problems(overlay, document, with);
        input.steps.run(RunningStep::Validate, check)
    };
    // The base is checked too: it is what runs once the overrides have ended.
    if !validated && let Some(problems) = problems(&base, document, ValidatedWith::Restart) {
        return Err(Rejection::passing(problems));
    }
    let view = overrides.over(document, C::TABLE);
    let (target, base) = if overrides.is_empty() {
        (base, None)
    } else {
        let mut target = C::clone(&base);
        // Overrides end.
        overrides.write(&mut target).map_err(|problem| Rejection::passing(vec![problem]))?;
        if let Some(problems) = problems(&target, &view, ValidatedWith::Overrides) {
            return Err(Rejection::passing(problems));
        }
        (Arc::new(target), Some(base))
    };
    let effective = Arc::clone(&input.effective);
    let hot = differing(effective.config(), &target);
    let now = input.now;
    let running = effective.number();
    let generation = if hot.is_empty() { running } else { running.next() };
    let snapshot = |config: Arc<C>, document: Arc<Document>| {
        let snapshot = Snapshot::new(config, generation, now, document);
        Arc::new(snapshot.with_in_force(Arc::clone(&words)))
    };
    let target = snapshot(target, view);
    let base = match base {
        None => Arc::clone(&target),
        Some(base) => snapshot(base, Arc::clone(document)),
    };
    Ok(Planned { target, base, overrides, hot, ..nothing(input) })
}

/// Returns a configuration with the hot values of another one: one of the two, where that is the same.
fn overlay<C: Reloadable>(base: &Arc<C>, asked: &Arc<C>) -> Arc<C> {
    let differing = differing(&**base, &**asked);
    let is_hot = |leaf: &Leaf| leaf.role.class() == Class::Hot;
    if !differing.iter().any(is_hot) {
        Arc::clone(base)
    } else if differing.iter().all(is_hot) {
        Arc::clone(asked)
    } else {
        Arc::new(C::overlay(base, asked))
    }
}

fn needs_restart(change: &Changed) -> Problem {
    let message =
        "changing it needs a restart, and this service refuses such changes while it runs";
    Problem::error(message).with_key(change.key.clone()).with_origin(change.origin.clone())
}
