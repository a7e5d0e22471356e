//! The request of an override.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use serde::Serialize;

use super::{
    overrides::Proposal,
    queue::{Queue, Slot, Task},
};
use crate::{
    error::Error,
    report::{Report, Trigger},
    section::{Field, Overridable, Reloadable},
};

/// A value that a hot field is to have for a while; made by
/// [`Reloader::override_field`](crate::Reloader::override_field).
#[must_use = "nothing happens before `for_duration`"]
pub struct Override<'r> {
    queue: &'r Queue,
    proposal: Proposal,
    trigger: Trigger,
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
        Self { queue, proposal: Proposal::new(field, value), trigger }
    }

    /// Sets the actor and the reason; the report, the status and [`explain`](crate::Reloader::explain)
    /// repeat it.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Puts the value in force, through the hook of the field, and takes it back after this time. It
    /// blocks until the value is in force or refused.
    ///
    /// It replaces an earlier override of the same field. Where it cannot be taken back when its time
    /// is over, because a hook refuses, that is tried again once a minute. A time of zero or of more than a year is
    /// refused.
    ///
    /// # Errors
    ///
    /// As [`Reloader::reload`](crate::Reloader::reload). A value that is refused is a report.
    pub fn for_duration(self, duration: Duration) -> Result<Report, Error> {
        self.request(duration)?.wait()
    }

    /// Does the same as [`for_duration`](Self::for_duration), to be awaited.
    ///
    /// # Errors
    ///
    /// As [`for_duration`](Self::for_duration).
    pub fn for_duration_async(
        self,
        duration: Duration,
    ) -> impl Future<Output = Result<Report, Error>> + Send + use<> {
        let request = self.request(duration);
        async move { request?.wait_async().await }
    }

    fn request(self, duration: Duration) -> Result<Arc<Slot>, Error> {
        let Self { queue, proposal, trigger } = self;
        queue.request(Task::Override(proposal.lasting(duration)), trigger)
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
