//! The reloader, as the admin API knows it: without the type of the configuration, and without keeping it alive.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::Value;

#[cfg(feature = "fleet")]
use crate::fleet::Joined;
use crate::{
    error::Error,
    place::{Key, Origin},
    reloader::{Accepted, Controls, Feed, Plan, Request, Status},
    report::{Changed, Explanation, Report},
    schema::Shape,
    section::Reloadable,
    trigger::Trigger,
};

/// A task of an operator.
#[derive(Debug)]
pub(super) enum Task {
    Reload,
    RollBack(u64),
    Override { key: Key, value: Value, lasts: Option<Duration> },
    EndOverride(Key),
}

/// The reloader of any configuration.
pub(super) trait Service: Send + Sync {
    fn is_stopped(&self) -> bool;
    fn is_ready(&self) -> bool;
    /// Returns the number of tasks that are not begun.
    fn waiting(&self) -> usize;
    /// Returns the generation in force, and the time since which it is.
    fn generation(&self) -> (u64, SystemTime);
    fn status(&self) -> Status;
    fn shape(&self) -> &'static Shape;
    fn origin(&self, key: &Key) -> Origin;
    fn explain(&self, key: &Key) -> Explanation;
    /// Returns the fleet that the service is a node of, if it is one.
    #[cfg(feature = "fleet")]
    fn fleet(&self) -> Option<Arc<Joined>>;
    fn history(&self) -> Vec<Accepted>;
    fn diff(&self, old: u64, new: u64) -> Result<Vec<Changed>, Error>;
    fn feed(&self) -> &Arc<Feed>;
    fn plan(&self) -> Request<Plan>;
    /// Asks for a task, which is refused if another generation is in force than the one that is `expected`.
    fn ask(&self, task: Task, expected: Option<u64>, trigger: Trigger) -> Request<Report>;
}

impl<C: Reloadable> Service for Controls<C> {
    fn is_stopped(&self) -> bool {
        Self::is_stopped(self)
    }

    fn is_ready(&self) -> bool {
        Self::is_ready(self)
    }

    fn waiting(&self) -> usize {
        Self::waiting(self)
    }

    fn generation(&self) -> (u64, SystemTime) {
        Self::generation(self)
    }

    fn status(&self) -> Status {
        Self::status(self)
    }

    fn shape(&self) -> &'static Shape {
        Self::shape(self)
    }

    fn origin(&self, key: &Key) -> Origin {
        Self::origin(self, key)
    }

    fn explain(&self, key: &Key) -> Explanation {
        Self::explain(self, key)
    }

    #[cfg(feature = "fleet")]
    fn fleet(&self) -> Option<Arc<Joined>> {
        Self::fleet(self)
    }

    fn history(&self) -> Vec<Accepted> {
        Self::history(self)
    }

    fn diff(&self, old: u64, new: u64) -> Result<Vec<Changed>, Error> {
        Self::diff(self, old, new)
    }

    fn feed(&self) -> &Arc<Feed> {
        Self::feed(self)
    }

    fn plan(&self) -> Request<Plan> {
        Self::plan(self)
    }

    fn ask(&self, task: Task, expected: Option<u64>, trigger: Trigger) -> Request<Report> {
        match task {
            Task::Reload => self.reload(expected, trigger),
            Task::RollBack(generation) => self.roll_back(generation, expected, trigger),
            Task::Override { key, value, lasts } => {
                self.override_for(&key, value, lasts, expected, trigger)
            }
            Task::EndOverride(key) => self.end_override(&key, expected, trigger),
        }
    }
}
