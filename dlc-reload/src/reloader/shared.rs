//! The parts that callers and the reload thread share.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::SystemTime,
};

use super::{
    desired::Before,
    plan::PlanInput,
    state::State,
    steps::{RunningStep, Steps},
};
use crate::{
    candidate::{Candidate, Rejection, Sources},
    document::Document,
    section::Reloadable,
    snapshot::Published,
    source::Reading,
    sync::lock,
};

/// The parts that callers and the reload thread share. The thread writes, callers read.
pub(super) struct Shared<C> {
    pub(super) sources: Arc<Sources<C>>,
    pub(super) published: Arc<Published<C>>,
    pub(super) state: Mutex<State<C>>,
    /// True if a change that needs a restart is refused.
    pub(super) rejects_restarts: bool,
    /// The steps of the reload thread.
    pub(super) steps: Arc<Steps>,
    /// The last reports, for those who follow them.
    #[cfg(feature = "admin")]
    pub(super) feed: Arc<super::feed::Feed>,
    /// The fleet that the service is a node of, whose types this room does not know.
    #[cfg(all(feature = "admin", feature = "fleet"))]
    pub(super) fleet: std::sync::OnceLock<Arc<dyn std::any::Any + Send + Sync>>,
}

impl<C: Reloadable> Shared<C> {
    pub(super) fn new(
        sources: Arc<Sources<C>>,
        published: Arc<Published<C>>,
        state: Mutex<State<C>>,
        rejects_restarts: bool,
        steps: Arc<Steps>,
    ) -> Arc<Self> {
        Arc::new(Self {
            sources,
            published,
            state,
            rejects_restarts,
            steps,
            #[cfg(feature = "admin")]
            feed: Arc::default(),
            #[cfg(all(feature = "admin", feature = "fleet"))]
            fleet: std::sync::OnceLock::new(),
        })
    }

    /// Reads all sources, each as a step.
    pub(super) fn read(&self) -> Reading {
        let step = |name: &Arc<str>| RunningStep::ReadSource { name: Arc::clone(name) };
        let reading = self.sources.read(|name, read| self.steps.run(step(name), read));
        self.steps.run(RunningStep::Validate, || self.sources.with_files(reading))
    }

    /// Builds and validates a candidate, as a step.
    pub(super) fn candidate(&self, document: &Arc<Document>) -> Result<Candidate<C>, Rejection> {
        self.steps.run(RunningStep::Validate, || self.sources.candidate(document))
    }
}

impl<C> Shared<C> {
    /// Locks the state. No code of the author's may run until it is released.
    pub(super) fn state(&self) -> MutexGuard<'_, State<C>> {
        lock(&self.state)
    }

    /// Returns what a plan starts from.
    pub(super) fn plan_input(&self, now: SystemTime) -> PlanInput<C> {
        let effective = self.published.load_full();
        let state = self.state();
        PlanInput {
            effective,
            base: Arc::clone(&state.base),
            desired: state.desired.clone(),
            overrides: state.overrides.clone(),
            blocked: state.blocked.clone(),
            rejects_restarts: self.rejects_restarts,
            diverged: state.has_diverged(),
            now,
            steps: Arc::clone(&self.steps),
        }
    }

    /// Returns the configuration in force without the overrides, and what the sources asked for last.
    pub(super) fn before(&self) -> Before<C> {
        let state = self.state();
        Before {
            base: Arc::clone(&state.base),
            desired: state.desired.clone(),
            after_rollback: state.blocked.after_rollback,
        }
    }
}
