//! The interface through which a reloader is measured.

use std::{sync::Arc, time::SystemTime};

use super::{
    next_boot::BootOutcome,
    sources::SourceStatus,
    state::State,
    status::{WatchStatus, WatchingState},
};
use crate::{report::Report, trigger::Trigger};

/// A measurer of a reloader. It is told on the reload thread, and of the start on the thread that starts.
pub(crate) trait Meter: Send + Sync {
    /// Takes note that a reload from the sources begins: one that was asked for, before they are read, or one of other
    /// content, before it is taken over. A report with the same trigger follows, unless the reloader ends before that;
    /// one that waits for a file to be written begins anew after that.
    fn begun(&self, trigger: &Trigger) {
        let _ = trigger;
    }

    /// Takes note of a report; `read` says that it is about what the sources say, and not about an override or a
    /// rollback.
    fn reported(&self, report: &Report, read: bool);

    /// Takes note of the state after each thing that the reload thread did, whether it ended in a report or not.
    fn measured(&self, vitals: &Vitals) {
        let _ = vitals;
    }
}

/// The state of a reloader in numbers.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only metrics read it"))]
pub(crate) struct Vitals {
    pub(crate) generation: u64,
    /// The number of fields that wait for a restart.
    pub(crate) pending: usize,
    pub(crate) overrides: usize,
    /// True if changes of files are noticed late.
    pub(crate) is_degraded: bool,
    pub(crate) missed: u64,
    /// True if the service would start with what the sources hold.
    pub(crate) boots: bool,
    /// The sources, each with the last time at which it was fresh.
    pub(crate) sources: Vec<(Arc<str>, Option<SystemTime>)>,
}

impl Vitals {
    pub(super) fn of<C>(generation: u64, state: &State<C>, watching: &WatchStatus) -> Self {
        let source = |SourceStatus { name, last_success, .. }| (name, last_success);
        Self {
            generation,
            pending: state.desired.pending.len(),
            overrides: state.overrides.list().len(),
            is_degraded: matches!(watching.get(), WatchingState::Degraded(_)),
            missed: watching.missed(),
            boots: state.next_boot.outcome == BootOutcome::Starts,
            sources: state.sources.list().into_iter().map(source).collect(),
        }
    }
}
