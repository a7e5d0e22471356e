//! Naming the hook that takes long, while it runs.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::status::Running;
use crate::{error::Error, section::Table, sync::lock};

/// Knows which hook or commit runs. A thread of its own sleeps until one has run for too long, and
/// is woken by nothing else.
pub(crate) struct Overseer {
    state: Mutex<State>,
    wake: Condvar,
    slow: Duration,
}

#[derive(Default)]
struct State {
    running: Option<Step>,
    /// Whether the next step has to wake the thread. It need not while the thread sleeps for no longer
    /// than a step may take: no step can be slow before that is over.
    asleep: bool,
    stopped: bool,
}

/// One hook or commit: the field, as indices from the root, and when it began.
#[derive(Clone)]
struct Step {
    at: Vec<u16>,
    since: Instant,
}

/// Ends the thread of an [`Overseer`] when it is dropped.
pub(crate) struct Overseeing {
    overseer: Arc<Overseer>,
    thread: Option<JoinHandle<()>>,
}

impl Overseer {
    pub(crate) fn new(slow: Duration) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), slow }
    }

    /// Takes note of the step that runs from now on, or that none does.
    pub(crate) fn runs(&self, at: Option<Vec<u16>>) {
        let mut state = lock(&self.state);
        state.running = at.map(|at| Step { at, since: Instant::now() });
        if state.running.is_some() && std::mem::take(&mut state.asleep) {
            self.wake.notify_one();
        }
    }

    /// What runs right now.
    pub(crate) fn running(&self, table: &'static Table) -> Option<Running> {
        let step = lock(&self.state).running.clone()?;
        Some(Running { key: table.key(&step.at), duration: step.since.elapsed() })
    }

    /// Starts the thread that names slow steps in the log.
    pub(crate) fn oversee(self: Arc<Self>, table: &'static Table) -> Result<Overseeing, Error> {
        let overseer = Arc::clone(&self);
        let thread = std::thread::Builder::new()
            .name("dlc-reload-slow".to_owned())
            .spawn(move || self.name_slow_steps(table))
            .map_err(|error| {
                Error::runtime(
                    format!("cannot start the thread that names slow hooks: {error}"),
                    error,
                )
            })?;
        Ok(Overseeing { overseer, thread: Some(thread) })
    }

    fn name_slow_steps(&self, table: &'static Table) {
        let mut state = lock(&self.state);
        // The step that was named last, and when to name it again.
        let mut named: Option<(Instant, Duration)> = None;
        while !state.stopped {
            let Some(step) = state.running.clone() else {
                state.asleep = true;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let patience =
                named.filter(|(since, _)| *since == step.since).map_or(self.slow, |(_, next)| next);
            let elapsed = step.since.elapsed();
            if elapsed < patience {
                state.asleep = patience - elapsed > self.slow;
                let wait = self.wake.wait_timeout(state, patience - elapsed);
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            named = Some((step.since, (patience * 2).max(Duration::from_millis(1))));
            drop(state);
            tracing::warn!(
                target: "dlc_reload",
                key = %table.key(&step.at),
                duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
                "a hook is still running, other reloads wait for it"
            );
            state = lock(&self.state);
        }
    }
}

impl Drop for Overseeing {
    fn drop(&mut self) {
        lock(&self.overseer.state).stopped = true;
        self.overseer.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It runs no code of the author.
            let _ = thread.join();
        }
    }
}
