//! The recorder of the hooks' steps, and the faults in them, for the tests of a service.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use crate::{
    hook::{Direction, Index, Step, StepMonitor, Veto},
    place::Key,
    section::Table,
    sync::lock,
};

/// One step of the hook of a field, as it was recorded.
///
/// It displays, debugs and compares as text: `prepare logging.level`, or `commit logging.level: <why it failed>`. The
/// words are `prepare`, `commit` and `drop`, and for a change that is taken back because a commit failed,
/// `prepare undo` and `undo`. Of a commit with an undo of its own, the hook is not asked, so there is no
/// `prepare undo`; and where the undo is not needed, `drop undo`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The word for the step, such as `prepare`.
    pub what: &'static str,
    /// The key of the field.
    pub key: Key,
    /// The reason of the failure, if it failed.
    pub failed: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, key, failed } = self;
        write!(f, "{what} {key}")?;
        failed.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

/// The text, as it is compared: it is what a failed `assert_eq!` prints.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl PartialEq<&str> for Call {
    fn eq(&self, text: &&str) -> bool {
        self.to_string() == **text
    }
}

/// A way in which the hook of a field is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It refuses the change; the real hook is not asked.
    Refuse,
    /// It panics.
    Panic,
    /// Its commit fails; the real one is dropped.
    FailCommit,
    /// Its commit panics.
    PanicInCommit,
    /// Once committed, its change cannot be undone, if the commit of another field fails. See
    /// [`Stage::critical_reports`](super::Stage::critical_reports).
    FailUndo,
}

impl Fault {
    /// The reason that reports give.
    const REASON: &'static str = "a fault that the test asked for";

    const fn strikes(self, step: Step) -> bool {
        use Direction::{Backward, Forward};
        match self {
            Self::Refuse | Self::Panic => matches!(step, Step::Prepare(Forward)),
            Self::FailCommit | Self::PanicInCommit => matches!(step, Step::Commit(Forward)),
            Self::FailUndo => matches!(step, Step::Commit(Backward)),
        }
    }

    #[expect(clippy::panic, reason = "the test wants to see what becomes of a panic")]
    fn strike(self) -> Result<(), Veto> {
        match self {
            Self::Refuse | Self::FailCommit | Self::FailUndo => Err(Self::REASON.into()),
            Self::Panic | Self::PanicInCommit => panic!("{}", Self::REASON),
        }
    }
}

/// The record of the steps of hooks, and the faults that make them fail.
#[derive(Default)]
pub(crate) struct Recorder {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// The fields of the configuration, once a reloader was set up.
    table: Option<&'static Table>,
    calls: Vec<Call>,
    faults: Vec<(Key, Fault)>,
    /// The fields whose hooks wait, each with true once a reload has arrived there.
    stalls: Vec<(Key, bool)>,
}

impl Recorder {
    /// Takes the steps since the last call of this.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.state).calls)
    }

    /// Notes which fields of a reloader that starts have a hook.
    pub(crate) fn starts(&self, table: &'static Table) {
        let mut state = lock(&self.state);
        state.table = Some(table);
        let faulty = state.faults.iter().map(|(key, _)| key);
        let stalled = state.stalls.iter().map(|(key, _)| key);
        faulty.chain(stalled).for_each(|key| state.expect_hook(key));
    }

    pub(crate) fn inject(&self, key: Key, fault: Fault) {
        let mut state = lock(&self.state);
        state.expect_hook(&key);
        state.faults.push((key, fault));
    }

    pub(crate) fn heal(&self) {
        lock(&self.state).faults.clear();
    }

    /// Makes the hook of a field wait from now on.
    pub(crate) fn stall(&self, key: Key) {
        let mut state = lock(&self.state);
        state.expect_hook(&key);
        state.stalls.push((key, false));
    }

    /// Blocks until a reload has arrived at the hook of a field that waits.
    pub(crate) fn await_arrival(&self, key: &Key) {
        let mut state = lock(&self.state);
        while !state.stalls.iter().any(|(stalled, arrived)| stalled == key && *arrived) {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the hook of a field go on.
    pub(crate) fn release(&self, key: &Key) {
        lock(&self.state).stalls.retain(|(stalled, _)| stalled != key);
        self.moved.notify_all();
    }
}

/// The monitor that records the steps of one configuration.
pub(super) struct Recording {
    pub(super) recorder: Arc<Recorder>,
    pub(super) table: &'static Table,
}

impl StepMonitor for Recording {
    /// Takes note that a step begins: it waits, or fails, if the test wants that.
    fn begins(&self, step: Step, at: &[Index]) -> Result<(), Veto> {
        let Recorder { state, moved } = &*self.recorder;
        let key = self.table.key_of(at);
        let mut state = lock(state);
        while step == Step::Prepare(Direction::Forward)
            && let Some((_, arrived)) = state.stalls.iter_mut().find(|(stalled, _)| *stalled == key)
        {
            *arrived = true;
            moved.notify_all();
            state = moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let struck =
            state.faults.iter().find(|(faulty, fault)| *faulty == key && fault.strikes(step));
        let fault = struck.map(|(_, fault)| *fault);
        drop(state);
        fault.map_or(Ok(()), Fault::strike)
    }

    fn ended(&self, step: Step, at: &[Index], failed: Option<&str>) {
        let what = match step {
            Step::Prepare(Direction::Forward) => "prepare",
            Step::Commit(Direction::Forward) => "commit",
            Step::Prepare(Direction::Backward) => "prepare undo",
            Step::Commit(Direction::Backward) => "undo",
            Step::Drop => "drop",
            Step::DropUndo => "drop undo",
        };
        let (key, failed) = (self.table.key_of(at), failed.map(str::to_owned));
        lock(&self.recorder.state).calls.push(Call { what, key, failed });
    }
}

impl State {
    /// Panics if the field has no hook, once a reloader was set up: a test whose fault strikes nothing would pass for
    /// the wrong reason.
    fn expect_hook(&self, key: &Key) {
        let Some(table) = self.table else { return };
        let hooks = table.hook_keys();
        let around = key.segments().split_last().map(|(_, around)| around.iter().cloned());
        let around = around.map(Key::from_iter);
        assert!(
            hooks.contains(key) || around.is_some_and(|around| hooks.contains(&around)),
            "`{key}` has no hook that could fail; these have one: {}",
            hooks.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
        );
    }
}
