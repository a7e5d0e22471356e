//! The steps of the reload thread: each is known while it runs, and named in the log where it takes long.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, LOG},
    hook::{Direction, Index, Step, StepMonitor, Veto},
    place::{Key, on_one_line},
    section::Table,
    snapshot::Writer,
    sync::{join, lock},
    time::{micros, microseconds},
};

/// The step that the reload thread takes right now, and for how long. Other reloads wait until it has ended.
///
/// In JSON: `{"step": "read_source", "name": "/etc/app/config.yaml", "duration_us": 7000000}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Running {
    /// The step.
    #[serde(flatten)]
    pub step: RunningStep,
    /// The time for which it has been running; in microseconds in JSON.
    #[serde(rename = "duration_us", with = "microseconds")]
    #[schemars(with = "u64")]
    pub duration: Duration,
}

/// A step of the reload thread, by the code that runs in it. It displays as the log names it: `the hook of
/// logging.level`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunningStep {
    /// A [source](crate::source::Source) is read.
    ReadSource {
        /// Its [name](crate::source::Source::name).
        name: Arc<str>,
    },
    /// A configuration is built and validated: `Deserialize` and the validation functions run.
    Validate,
    /// An [observer](crate::Observer) is told, before a change or after a reload.
    TellObserver {
        /// Its [name](crate::Observer::name).
        name: Arc<str>,
    },
    /// A hook is asked.
    Prepare {
        /// The field.
        key: Key,
    },
    /// The commit of a hook runs.
    RunCommit {
        /// The field.
        key: Key,
    },
    /// A change is taken back, through its hook or by the undo of its commit, because another commit failed.
    Undo {
        /// The field.
        key: Key,
    },
    /// A commit that does not run is dropped.
    DropCommit {
        /// The field.
        key: Key,
    },
    /// The undo of a commit, which is not needed, is dropped.
    DropUndo {
        /// The field.
        key: Key,
    },
    /// The health check of a [probation](crate::Probation) is asked.
    CheckHealth,
    /// The handler of [`Restarts::Ask`](crate::Restarts::Ask) is called.
    CallRestartHandler,
    /// The handler of [`Builder::on_critical`](crate::Builder::on_critical) is called.
    CallCriticalHandler,
    /// The last known good or the history is written.
    WriteFiles,
    /// Everything else: values are compared, cloned, serialized and dropped, lines are logged, and in the end the hooks
    /// are dropped.
    Reload,
}

impl RunningStep {
    /// Returns what a transaction does with a field.
    fn of(step: Step, key: Key) -> Self {
        match step {
            Step::Prepare(Direction::Forward) => Self::Prepare { key },
            Step::Commit(Direction::Forward) => Self::RunCommit { key },
            Step::Prepare(Direction::Backward) | Step::Commit(Direction::Backward) => {
                Self::Undo { key }
            }
            Step::Drop => Self::DropCommit { key },
            Step::DropUndo => Self::DropUndo { key },
        }
    }

    /// Returns the key of its field, or the name of the source or observer.
    fn of_what(&self) -> (Option<&Key>, Option<&str>) {
        match self {
            Self::Prepare { key }
            | Self::RunCommit { key }
            | Self::Undo { key }
            | Self::DropCommit { key }
            | Self::DropUndo { key } => (Some(key), None),
            Self::ReadSource { name } | Self::TellObserver { name } => (None, Some(name)),
            _ => (None, None),
        }
    }
}

impl fmt::Display for RunningStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadSource { name } => write!(f, "the source {}", on_one_line(name)),
            Self::Validate => f.write_str("the validation of the configuration"),
            Self::TellObserver { name } => write!(f, "the observer {}", on_one_line(name)),
            Self::Prepare { key } => write!(f, "the hook of `{key}`"),
            Self::RunCommit { key } => write!(f, "the commit of `{key}`"),
            Self::Undo { key } => write!(f, "the undo of `{key}`"),
            Self::DropCommit { key } => write!(f, "the drop of the commit of `{key}`"),
            Self::DropUndo { key } => write!(f, "the drop of the undo of `{key}`"),
            Self::CheckHealth => f.write_str("the health check"),
            Self::CallRestartHandler => f.write_str("the restart handler"),
            Self::CallCriticalHandler => f.write_str("the critical handler"),
            Self::WriteFiles => f.write_str("writing the last known good or the history"),
            Self::Reload => f.write_str("a reload"),
        }
    }
}

/// The steps that the reload thread is in. A thread of its own sleeps until one has run for too long, and is woken by
/// nothing else.
pub(super) struct Steps {
    state: Mutex<State>,
    wake: Condvar,
    /// The time that a step may take.
    limit: Duration,
    table: &'static Table,
    /// The reload thread. What the same code does on the thread of a caller holds up no reload.
    writer: Arc<Writer>,
}

#[derive(Default)]
struct State {
    /// The steps that have begun, each within the one before it.
    begun: Vec<Current>,
    /// True if the next step has to wake the thread. It need not while the thread sleeps for no longer
    /// than a step may take: no step can be slow before that is over.
    asleep: bool,
    stopped: bool,
}

/// A step, and the moment since which it runs without another one in it.
#[derive(Clone)]
struct Current {
    step: RunningStep,
    since: Instant,
}

/// The guard of the thread of [`Steps`]: dropping it ends the thread.
pub(super) struct StepsThread {
    steps: Arc<Steps>,
    thread: Option<JoinHandle<()>>,
}

/// The guard of a step that runs: it ends however the code in it does.
struct Ended<'s>(&'s Steps);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl StepMonitor for Steps {
    fn begins(&self, step: Step, at: &[Index]) -> Result<(), Veto> {
        self.begin(RunningStep::of(step, self.table.key_of(at)));
        Ok(())
    }

    fn ended(&self, _: Step, _: &[Index], _: Option<&str>) {
        self.end();
    }
}

impl Steps {
    pub(super) fn new(limit: Duration, table: &'static Table, writer: &Arc<Writer>) -> Self {
        let (state, wake) = (Mutex::default(), Condvar::new());
        Self { state, wake, limit, table, writer: Arc::clone(writer) }
    }

    /// Makes the steps of a process without a reload thread, which are none.
    #[cfg(feature = "cli")]
    pub(super) fn idle(table: &'static Table) -> Self {
        Self::new(Duration::MAX, table, &Arc::new(Writer::new()))
    }

    /// Runs code as a step, if this is the reload thread.
    pub(super) fn run<T>(&self, step: RunningStep, run: impl FnOnce() -> T) -> T {
        if !self.writer.is_current() {
            return run();
        }
        self.begin(step);
        let _ended = Ended(self);
        run()
    }

    fn begin(&self, step: RunningStep) {
        let mut state = lock(&self.state);
        state.begun.push(Current { step, since: Instant::now() });
        self.goes_on(&mut state);
    }

    fn end(&self) {
        let mut state = lock(&self.state);
        state.begun.pop();
        // The time of a step within it does not count for this one.
        if let Some(around) = state.begun.last_mut() {
            around.since = Instant::now();
            self.goes_on(&mut state);
        }
    }

    /// Wakes the thread if it would sleep for too long to name the step that runs from now on.
    fn goes_on(&self, state: &mut State) {
        if std::mem::take(&mut state.asleep) {
            self.wake.notify_one();
        }
    }

    /// Returns the step that runs right now.
    pub(super) fn running(&self) -> Option<Running> {
        // The thread may have had the lock when this process was forked.
        self.writer.is_here().ok()?;
        let Current { step, since } = lock(&self.state).begun.last().cloned()?;
        Some(Running { step, duration: since.elapsed() })
    }

    /// Starts the thread that names slow steps in the log.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub(super) fn watch(self: Arc<Self>) -> Result<StepsThread, Error> {
        let steps = Arc::clone(&self);
        let thread = std::thread::Builder::new()
            .name("dlc-reload-slow".to_owned())
            .spawn(move || self.name_slow_steps())
            .map_err(|error| {
                Error::runtime(
                    format!("cannot start the thread that names slow steps: {error}"),
                    error,
                )
            })?;
        Ok(StepsThread { steps, thread: Some(thread) })
    }

    fn name_slow_steps(&self) {
        let mut state = lock(&self.state);
        // The step that was named last, and when to name it again.
        let mut named: Option<(Instant, Duration)> = None;
        while !state.stopped {
            let Some(Current { step, since }) = state.begun.last().cloned() else {
                state.asleep = true;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let patience =
                named.filter(|(named, _)| *named == since).map_or(self.limit, |(_, next)| next);
            let elapsed = since.elapsed();
            if elapsed < patience {
                state.asleep = patience - elapsed > self.limit;
                let wait = self.wake.wait_timeout(state, patience - elapsed);
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            named = Some((since, (patience * 2).max(Duration::from_millis(1))));
            drop(state);
            let (key, name) = step.of_what();
            tracing::warn!(
                target: LOG,
                key = key.map(tracing::field::display),
                name,
                duration_us = micros(elapsed),
                "{step} is still running, other reloads wait for it"
            );
            state = lock(&self.state);
        }
    }
}

impl Drop for StepsThread {
    fn drop(&mut self) {
        lock(&self.steps.state).stopped = true;
        self.steps.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}
