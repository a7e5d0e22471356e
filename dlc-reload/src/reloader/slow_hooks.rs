//! Naming the hook that takes long, while it runs.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::status::Running;
use crate::{
    error::{Error, LOG},
    hook::{Step, StepMonitor, Veto},
    section::Table,
    sync::{join, lock},
    time::micros,
};

/// The monitor of slow hooks. A thread of its own sleeps until a hook or commit has run for too long, and
/// is woken by nothing else.
pub(super) struct SlowHooks {
    state: Mutex<State>,
    wake: Condvar,
    /// The time that a step may take.
    limit: Duration,
    table: &'static Table,
}

#[derive(Default)]
struct State {
    running: Option<Current>,
    /// True if the next step has to wake the thread. It need not while the thread sleeps for no longer
    /// than a step may take: no step can be slow before that is over.
    asleep: bool,
    stopped: bool,
}

/// One hook or commit: the field, as indices from the root, and the moment at which it began.
#[derive(Clone)]
struct Current {
    at: Vec<u16>,
    since: Instant,
}

/// The guard of the thread of [`SlowHooks`]: dropping it ends the thread.
pub(super) struct SlowHooksThread {
    slow_hooks: Arc<SlowHooks>,
    thread: Option<JoinHandle<()>>,
}

impl StepMonitor for SlowHooks {
    fn begins(&self, step: Step, at: &[u16]) -> Result<(), Veto> {
        if step != Step::Drop {
            self.runs(Some(at.to_vec()));
        }
        Ok(())
    }

    fn ended(&self, _: Step, _: &[u16], _: Option<&str>) {
        self.runs(None);
    }
}

impl SlowHooks {
    pub(super) fn new(limit: Duration, table: &'static Table) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), limit, table }
    }

    /// Takes note of the step that runs from now on, or that none does.
    fn runs(&self, at: Option<Vec<u16>>) {
        let mut state = lock(&self.state);
        state.running = at.map(|at| Current { at, since: Instant::now() });
        if state.running.is_some() && std::mem::take(&mut state.asleep) {
            self.wake.notify_one();
        }
    }

    /// Returns the step that runs right now.
    pub(super) fn running(&self) -> Option<Running> {
        let step = lock(&self.state).running.clone()?;
        Some(Running { key: self.table.key(&step.at), duration: step.since.elapsed() })
    }

    /// Starts the thread that names slow steps in the log.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub(super) fn watch(self: Arc<Self>) -> Result<SlowHooksThread, Error> {
        let slow_hooks = Arc::clone(&self);
        let thread = std::thread::Builder::new()
            .name("dlc-reload-slow".to_owned())
            .spawn(move || self.name_slow_steps())
            .map_err(|error| {
                Error::runtime(
                    format!("cannot start the thread that names slow hooks: {error}"),
                    error,
                )
            })?;
        Ok(SlowHooksThread { slow_hooks, thread: Some(thread) })
    }

    fn name_slow_steps(&self) {
        let mut state = lock(&self.state);
        // The step that was named last, and when to name it again.
        let mut named: Option<(Instant, Duration)> = None;
        while !state.stopped {
            let Some(step) = state.running.clone() else {
                state.asleep = true;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let patience = named
                .filter(|(since, _)| *since == step.since)
                .map_or(self.limit, |(_, next)| next);
            let elapsed = step.since.elapsed();
            if elapsed < patience {
                state.asleep = patience - elapsed > self.limit;
                let wait = self.wake.wait_timeout(state, patience - elapsed);
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            named = Some((step.since, (patience * 2).max(Duration::from_millis(1))));
            drop(state);
            tracing::warn!(
                target: LOG,
                key = %self.table.key(&step.at),
                duration_us = micros(elapsed),
                "a hook is still running, other reloads wait for it"
            );
            state = lock(&self.state);
        }
    }
}

impl Drop for SlowHooksThread {
    fn drop(&mut self) {
        lock(&self.slow_hooks.state).stopped = true;
        self.slow_hooks.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}
