//! The questions and tasks that only an operator has, who asks from elsewhere.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{controls::Controls, feed::Feed, plan::Plan, request::Request};
use crate::{
    place::{Key, Origin},
    report::Report,
    schema::Shape,
    section::Reloadable,
    snapshot::Generation,
    trigger::Trigger,
};

impl<C: Reloadable> Controls<C> {
    /// Returns the number of requests that are not begun.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Returns the generation in force, and the time since which it is.
    pub(crate) fn generation(&self) -> (u64, SystemTime) {
        let snapshot = self.handle.get();
        (snapshot.generation(), snapshot.accepted_at())
    }

    pub(crate) fn plan(&self) -> Request<Plan> {
        self.queue.request_plan()
    }

    pub(crate) fn override_for(
        &self,
        key: &Key,
        value: Value,
        lasts: Option<Duration>,
        expected: Option<u64>,
        trigger: Trigger,
    ) -> Request<Report> {
        let asked = self.override_key(key, value).trigger(trigger);
        asked.expecting(expected.map(Generation)).request(lasts)
    }

    /// Returns the place of the value that the sources asked for when they were last accepted.
    pub(crate) fn origin(&self, key: &Key) -> Origin {
        let document = self.shared.state().desired_document();
        document.origin(key)
    }

    pub(crate) fn shape(&self) -> &'static Shape {
        self.shared.sources.shape
    }

    /// Returns the last reports.
    pub(crate) fn feed(&self) -> &Arc<Feed> {
        &self.shared.feed
    }
}
