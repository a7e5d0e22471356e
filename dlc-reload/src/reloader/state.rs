//! What is known beyond the published snapshot.

use std::{sync::Arc, time::SystemTime};

use super::{history::History, overrides::Overrides, probation::OnProbation};
use crate::{
    document::Document,
    error::Problem,
    key::Key,
    report::{Changed, Pending, Report, Trigger},
    snapshot::Snapshot,
    store::LastKnownGood,
};

/// What is known beyond the published snapshot; the reload thread writes it, anyone reads it.
pub(crate) struct Ledger<C> {
    /// What the sources asked for when they were last accepted.
    pub(crate) asked: Asked<C>,
    /// What is in force, but for the overrides.
    pub(crate) base: Arc<Snapshot<C>>,
    /// The values on top of it.
    pub(crate) overrides: Overrides,
    pub(crate) probation: Option<OnProbation>,
    pub(crate) turned_away: TurnedAway,
    pub(crate) history: History<C>,
    pub(crate) last_report: Option<Report>,
    pub(crate) last_failure: Option<Report>,
    /// False once a failed undo has left the service in a state nobody chose.
    pub(crate) consistent: bool,
    /// What the service started with, until the sources are accepted.
    pub(crate) last_known_good: Option<LastKnownGood>,
    /// What could not be written to disk.
    pub(crate) unwritten: Vec<Problem>,
}

/// What the sources ask for.
pub(crate) struct Asked<C> {
    pub(crate) desired: Arc<C>,
    pub(crate) document: Arc<Document>,
    pub(crate) pending: Vec<Pending>,
}

/// Content that is not applied until other content has been accepted. What is refused meanwhile, such
/// as a file that is absent for a moment, does not count as other content.
#[derive(Clone, Default)]
pub(crate) struct TurnedAway {
    /// What the service became ill with, and how.
    pub(crate) failed: Option<(u64, String)>,
    /// What the sources said last when somebody rolled back.
    pub(crate) left: Option<u64>,
}

impl TurnedAway {
    pub(crate) fn is_empty(&self) -> bool {
        self.failed.is_none() && self.left.is_none()
    }

    /// What to tell whoever reads this content: an error where it is refused, a warning where it is
    /// accepted and not applied.
    pub(crate) fn problem(&self, content: u64) -> Option<Problem> {
        match &self.failed {
            Some((failed, reason)) if *failed == content => Some(Problem::error(format!(
                "this content failed its probation and was rolled back ({reason}): it is refused until it changes"
            ))),
            _ => (self.left == Some(content)).then(|| {
                Problem::warning(
                    "a rollback turned away from this content: it is applied again once it changes",
                )
            }),
        }
    }

    /// Takes note of content that is accepted.
    pub(crate) fn accept(&mut self, content: u64) {
        if self.left != Some(content) {
            *self = Self::default();
        }
    }
}

impl<C> Clone for Asked<C> {
    fn clone(&self) -> Self {
        let Self { desired, document, pending } = self;
        Self {
            desired: Arc::clone(desired),
            document: Arc::clone(document),
            pending: pending.clone(),
        }
    }
}

impl<C> Asked<C> {
    /// Takes over what the sources ask for now. `wanted` are the fields for which they asked
    /// something else before; the answer is what newly waits for a restart.
    pub(crate) fn accept(
        &mut self,
        (desired, document): (C, Arc<Document>),
        (pending, wanted): (Vec<Changed>, &[Key]),
        (by, now): (&Trigger, SystemTime),
    ) -> Vec<Key> {
        let mut newly = Vec::new();
        let earlier = std::mem::take(&mut self.pending);
        self.pending = pending
            .into_iter()
            .map(|change| {
                let moved = wanted.iter().any(|key| key.covers(&change.key));
                let known = earlier.iter().find(|known| known.change.key == change.key && !moved);
                match known {
                    Some(known) => Pending { change, ..known.clone() },
                    None => {
                        newly.push(change.key.clone());
                        Pending { change, since: now, by: by.clone() }
                    }
                }
            })
            .collect();
        self.desired = Arc::new(desired);
        self.document = document;
        newly
    }
}
