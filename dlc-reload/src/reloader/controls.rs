//! The controls of a reloader: all that can be asked of it, by whatever must not keep it alive.

use std::sync::Arc;

use serde_json::Value;

#[cfg(feature = "systemd")]
use super::steps::Running;
use super::{
    differences::{Written, describe},
    history::Accepted,
    override_request::Override,
    queue::{Asked, Queue, Task},
    recall::recall,
    request::Request,
    shared::Shared,
    status::{Status, WatchStatus},
};
use crate::{
    error::Error,
    place::Key,
    report::{Changed, Explanation, Report},
    section::{Class, Leaf, Reloadable, differing},
    snapshot::{Generation, Handle},
    trigger::Trigger,
};

/// All that can be asked of a reloader. A copy does not keep its thread alive; once that has ended, requests are
/// refused.
pub(crate) struct Controls<C: Reloadable> {
    pub(super) handle: Handle<C>,
    pub(super) queue: Arc<Queue>,
    pub(super) shared: Arc<Shared<C>>,
    pub(super) watching: Arc<WatchStatus>,
}

impl<C: Reloadable> Clone for Controls<C> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            queue: Arc::clone(&self.queue),
            shared: Arc::clone(&self.shared),
            watching: Arc::clone(&self.watching),
        }
    }
}

/// The tasks. Each is refused if another generation is in force than the one that is `expected`, once its turn has
/// come.
impl<C: Reloadable> Controls<C> {
    pub(crate) fn reload(&self, expected: Option<u64>, trigger: Trigger) -> Request<Report> {
        self.ask(Task::Reload, expected, trigger)
    }

    pub(crate) fn roll_back(
        &self,
        generation: u64,
        expected: Option<u64>,
        trigger: Trigger,
    ) -> Request<Report> {
        let trigger = match trigger.detail_text() {
            Some(_) => trigger,
            None => trigger.detail(format!("to generation {generation}")),
        };
        self.ask(Task::RollBack(Generation(generation)), expected, trigger)
    }

    pub(super) fn override_key(&self, key: &Key, value: Value) -> Override<'_> {
        Override::of_key(&self.queue, C::TABLE.canonical(key), value, C::TABLE)
    }

    pub(crate) fn end_override(
        &self,
        key: &Key,
        expected: Option<u64>,
        trigger: Trigger,
    ) -> Request<Report> {
        self.ask(Task::EndOverride(C::TABLE.canonical(key)), expected, trigger)
    }

    fn ask(&self, task: Task, expected: Option<u64>, trigger: Trigger) -> Request<Report> {
        self.queue.request(Asked { task, trigger, expected: expected.map(Generation) })
    }
}

/// The questions, which are answered at once.
impl<C: Reloadable> Controls<C> {
    pub(crate) fn status(&self) -> Status {
        Status::new(
            &self.handle.get(),
            &self.shared.state,
            &self.watching,
            self.shared.steps.running(),
            self.shared.sources.shape,
        )
    }

    /// Returns true if the reload thread has ended, or is about to.
    #[cfg(any(feature = "admin", feature = "systemd"))]
    pub(crate) fn is_stopped(&self) -> bool {
        self.queue.is_stopped()
    }

    /// Returns the step that the reload thread takes right now.
    #[cfg(feature = "systemd")]
    pub(crate) fn running(&self) -> Option<Running> {
        self.shared.steps.running()
    }

    /// Returns the fleet that the service is a node of, if it is one.
    #[cfg(all(feature = "admin", feature = "fleet"))]
    pub(crate) fn fleet<F: std::any::Any + Send + Sync>(&self) -> Option<Arc<F>> {
        let fleet = Arc::clone(self.shared.fleet.get()?);
        fleet.downcast().ok()
    }

    pub(crate) fn history(&self) -> Vec<Accepted> {
        self.shared.state().history.list()
    }

    pub(crate) fn diff(&self, old: u64, new: u64) -> Result<Vec<Changed>, Error> {
        let past =
            |generation| recall(&self.shared, Generation(generation)).map_err(Error::invalid);
        let (old, new) = (past(old)?, past(new)?);
        let both = (old.config(), new.config());
        let leaves = differing(both.0, both.1);
        // A `restart` value that a generation asked for was not in force in it.
        let written = Written { class: Class::Hot, old: old.document(), new: new.document() };
        Ok(describe(&leaves, both, &written, self.shared.sources.shape))
    }

    pub(crate) fn explain(&self, key: &Key) -> Explanation {
        let key = C::TABLE.canonical(key);
        let (document, desired, refused, rolled_back) = {
            let state = self.shared.state();
            let overrides = state.overrides.about(&key);
            let document = overrides.over(&state.desired_document(), C::TABLE);
            let refused = state.refused.as_ref();
            let refused = refused.map(|refused| (Arc::clone(&refused.document), refused.since));
            let is_rolled_back = state.blocked.after_rollback.is_some() && overrides.is_empty();
            let rolled_back = is_rolled_back.then(|| Arc::clone(&state.base));
            (document, Arc::clone(&state.desired.config), refused, rolled_back)
        };
        let mut explanation =
            Explanation::new(&document, self.shared.sources.shape, &key, &*desired);
        // A rollback puts hot values in force, and no others.
        let is_hot = |leaf: &Leaf| leaf.role.class() == Class::Hot && leaf.key.covers(&key);
        if let Some(base) = rolled_back.filter(|_| C::TABLE.leaves().iter().any(is_hot)) {
            explanation = explanation.with_rolled_back(base.document(), base.config(), &desired);
        }
        if let Some((document, since)) = refused {
            explanation = explanation.with_refused(&document, since);
        }
        explanation
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.shared.state().consistent
    }
}
