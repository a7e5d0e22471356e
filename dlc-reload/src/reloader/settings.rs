//! The settings of a reloader.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use super::{Restarts, meter::Meter, probation::Probation};
use crate::{
    hook::StepMonitor,
    report::{Observer, Report},
    store::Retention,
    sync::Runtime,
    time::{Clock, SystemClock},
};

/// The handler of a service that is left in a state that nothing asked for.
pub(crate) type OnCritical = Box<dyn Fn(&Report) + Send>;

/// The part that hooks have in the start, in the order of how much it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AtStart {
    /// None.
    #[default]
    Unasked,
    /// They are asked with the values of the start, and their commits dropped.
    Rehearsed,
    /// Their commits run as well.
    Applied,
}

/// The settings that do not depend on the types of configuration and hooks.
pub(crate) struct Settings {
    pub(crate) at_start: AtStart,
    pub(crate) restarts: Restarts,
    pub(crate) retention: Retention,
    pub(crate) history_file: Option<PathBuf>,
    /// The time that a step may take before the log names it.
    pub(crate) slow_steps: Duration,
    /// The handler of the author, if there is one.
    pub(crate) on_critical: Option<OnCritical>,
    /// The handler where the author has none.
    pub(crate) default_critical: OnCritical,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) probation: Option<Probation>,
    /// The monitors of the steps of hooks, beside the one that names slow steps.
    pub(crate) monitors: Vec<Arc<dyn StepMonitor>>,
    pub(crate) meters: Vec<Arc<dyn Meter>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The runtime on which hooks await.
    pub(crate) runtime: Runtime,
}

impl Settings {
    pub(crate) fn new(default_critical: OnCritical) -> Self {
        Self {
            at_start: AtStart::default(),
            restarts: Restarts::default(),
            retention: Retention::default(),
            history_file: None,
            slow_steps: Duration::from_secs(5),
            on_critical: None,
            default_critical,
            observers: Vec::new(),
            probation: None,
            monitors: Vec::new(),
            meters: Vec::new(),
            clock: Arc::new(SystemClock),
            runtime: Runtime::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_start, restarts, retention, history_file, probation, .. } = self;
        f.debug_struct("Settings")
            .field("at_start", at_start)
            .field("restarts", restarts)
            .field("retention", retention)
            .field("history_file", history_file)
            .field("probation", probation)
            .finish_non_exhaustive()
    }
}
