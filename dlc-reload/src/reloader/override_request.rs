//! The request of an override.

use std::{fmt, time::Duration};

use serde::Serialize;
use serde_json::Value;

use super::{
    overrides::Proposal,
    queue::{Asked, Queue, Task},
    request::Request,
};
use crate::{
    place::Key,
    report::Report,
    section::{Field, Overridable, Reloadable, Table},
    snapshot::Generation,
    trigger::Trigger,
};

/// A value that a hot field is to have for a while; made by
/// [`Reloader::override_field`](crate::Reloader::override_field) and
/// [`override_key`](crate::Reloader::override_key).
#[must_use = "nothing happens before `for_duration` or `until_ended`"]
pub struct Override<'r> {
    queue: &'r Queue,
    proposal: Proposal,
    trigger: Trigger,
    expected: Option<Generation>,
}

impl<'r> Override<'r> {
    pub(crate) fn new<C: Reloadable, T, K>(
        queue: &'r Queue,
        field: Field<C, T, K>,
        value: T,
    ) -> Self
    where
        T: Serialize + Send + Sync + 'static,
        K: Overridable,
    {
        let trigger = Trigger::api(format!("override of {field}"));
        Self { queue, proposal: Proposal::new(field, value), trigger, expected: None }
    }

    pub(crate) fn of_key(queue: &'r Queue, key: Key, value: Value, table: &'static Table) -> Self {
        let trigger = Trigger::api(format!("override of {key}"));
        Self { queue, proposal: Proposal::of_key(key, value, table), trigger, expected: None }
    }

    /// Sets the actor and the reason; the report, the status and [`explain`](crate::Reloader::explain)
    /// repeat it.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Puts the value in force, through the hook of the field, and takes it back after this time.
    ///
    /// It replaces an earlier override of the same field. Where it cannot be taken back when its time
    /// is over, because a hook refuses, that is tried again once a minute. A time of zero or of more than a year is
    /// refused. A value that is refused is a report.
    pub fn for_duration(self, duration: Duration) -> Request<Report> {
        self.request(Some(duration))
    }

    /// Puts the value in force, through the hook of the field, until
    /// [`end_override`](crate::Reloader::end_override), a rollback or the end of the process.
    ///
    /// It replaces an earlier override of the same field. A value that is refused is a report.
    pub fn until_ended(self) -> Request<Report> {
        self.request(None)
    }

    /// Sets the generation that has to be in force when the override begins.
    #[cfg(feature = "admin")]
    pub(super) fn expecting(mut self, expected: Option<Generation>) -> Self {
        self.expected = expected;
        self
    }

    pub(super) fn request(self, lasts: Option<Duration>) -> Request<Report> {
        let Self { queue, proposal, trigger, expected } = self;
        queue.request(Asked { task: Task::Override(proposal.lasting(lasts)), trigger, expected })
    }
}

impl fmt::Debug for Override<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proposal, trigger, .. } = self;
        f.debug_struct("Override")
            .field("proposal", proposal)
            .field("trigger", trigger)
            .finish_non_exhaustive()
    }
}
