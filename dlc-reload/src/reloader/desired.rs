//! The values that the sources ask for, before and after a reload.

use std::{sync::Arc, time::SystemTime};

use crate::{
    document::Document,
    place::Key,
    report::{Changed, Pending},
    snapshot::{Generation, Snapshot},
    source::Content,
    trigger::Trigger,
};

/// The configuration that the sources asked for when they were last accepted.
pub(super) struct Desired<C> {
    pub(super) config: Arc<C>,
    pub(super) document: Arc<Document>,
    /// The generation in force since then, or the first one.
    pub(super) generation: Generation,
    /// The `restart` values that wait for the next start.
    pub(super) pending: Vec<Pending>,
}

impl<C> Clone for Desired<C> {
    fn clone(&self) -> Self {
        let Self { config, document, generation, pending } = self;
        Self {
            config: Arc::clone(config),
            document: Arc::clone(document),
            generation: *generation,
            pending: pending.clone(),
        }
    }
}

/// The values that the sources ask for now, with their difference from what runs.
pub(super) struct Wanted<C> {
    pub(super) config: Arc<C>,
    pub(super) document: Arc<Document>,
    pub(super) content: Content,
    /// The values that wait for the next start.
    pub(super) waiting: Vec<Changed>,
    /// The values for which the sources asked something else before, those in a section that waits included.
    pub(super) moved: Vec<Changed>,
}

impl<C> Wanted<C> {
    /// Returns true if something waits for which the sources asked something else before.
    pub(super) fn newly_waits(&self) -> bool {
        !self.moved.is_empty() && !self.waiting.is_empty()
    }
}

impl<C> Desired<C> {
    /// Makes the state after these values are accepted, with the keys that wait for a restart and did not before.
    pub(super) fn after(
        &self,
        wanted: Wanted<C>,
        generation: Generation,
        by: &Trigger,
        now: SystemTime,
    ) -> (Self, Vec<Key>) {
        let Wanted { config, document, waiting, moved, .. } = wanted;
        let mut newly_waiting = Vec::new();
        let mut pending = Vec::new();
        for change in waiting {
            let is_same = |known: &&Pending| {
                let Changed { key, old, new, .. } = &known.change;
                (key, old, new) == (&change.key, &change.old, &change.new)
            };
            let moved = moved
                .iter()
                .any(|moved| moved.key.covers(&change.key) || change.key.covers(&moved.key));
            let known = self.pending.iter().find(is_same).filter(|_| !moved);
            pending.push(match known {
                Some(known) => Pending { change, ..known.clone() },
                None => {
                    newly_waiting.push(change.key.clone());
                    Pending { change, since: now, by: by.clone() }
                }
            });
        }
        (Self { config, document, generation, pending }, newly_waiting)
    }
}

/// The configuration before an attempt, to go back to.
pub(super) struct Before<C> {
    pub(super) base: Arc<Snapshot<C>>,
    pub(super) desired: Desired<C>,
    /// The content that a rollback had turned away from.
    pub(super) after_rollback: Option<Content>,
}
