//! The questions and tasks of what manages a service from elsewhere, and holds the documents of one of its sources.

use std::{collections::BTreeSet, sync::Arc};

use super::controls::Controls;
use crate::{
    place::{Key, Origin},
    section::{Class, Reloadable, differing},
    trigger::Trigger,
};

impl<C: Reloadable> Controls<C> {
    /// Asks for a reload for which no caller waits. It waits for files that are being written.
    pub(crate) fn reload_once_whole(&self, trigger: Trigger) {
        self.queue.detach(trigger);
    }

    /// Returns true if what is in force is on probation.
    pub(crate) fn is_on_probation(&self) -> bool {
        self.shared.state().trial.is_some()
    }

    /// Returns true if the service has started with the last known good, and runs with it still.
    pub(crate) fn runs_last_known_good(&self) -> bool {
        self.shared.state().last_known_good.is_some()
    }

    /// Returns the keys whose values are not those of the documents with these names, which set them: other sources and
    /// overrides do, or a rollback has brought others back.
    pub(crate) fn drift(&self, documents: &BTreeSet<String>) -> Vec<Key> {
        let (document, rolled_back, desired, mut keys) = {
            let state = self.shared.state();
            let is_rolled_back = state.blocked.after_rollback.is_some();
            let rolled_back = is_rolled_back.then(|| Arc::clone(&state.base));
            let keys: BTreeSet<_> = state.overrides.keys().collect();
            (
                Arc::clone(&state.desired.document),
                rolled_back,
                Arc::clone(&state.desired.config),
                keys,
            )
        };
        let names = |origin: &Origin| documents.contains(&*origin.source);
        for replaced in &document.replaced {
            let is_set = names(&document.place(replaced.node.place));
            if is_set && !names(&document.origin(&replaced.key)) {
                keys.insert(replaced.key.clone());
            }
        }
        if let Some(base) = rolled_back {
            let leaves = differing(base.config(), &*desired);
            let hot = leaves.into_iter().filter(|leaf| leaf.role.class() == Class::Hot);
            keys.extend(hot.map(|leaf| leaf.key));
        }
        let shape = self.shared.sources.shape;
        keys.into_iter().map(|key| shape.shown_key(&key)).collect()
    }
}
