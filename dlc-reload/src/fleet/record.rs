//! The record of a rollout that is over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    store::{Revision, Store, StoreError},
    target::{Rollout, Target, TargetChange},
};

/// The prefix of the keys of records.
pub(crate) const ROLLOUTS: &str = "rollouts/";

/// The record of a rollout that is over: it stays when the pointer has long forgotten it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Record {
    /// The rollout as it ended, with the counts of each stage.
    pub rollout: Rollout,
    /// Who did what since it was started, so far as the pointer remembers it.
    pub changes: Vec<TargetChange>,
}

impl Record {
    /// Makes the record of the rollout in the pointer; `None` if it is not over.
    pub(crate) fn of(target: &Target) -> Option<Self> {
        let rollout = target.rollout.clone().filter(|rollout| rollout.phase.is_over())?;
        let start = format!("start {} ", rollout.id);
        let is_start = |change: &TargetChange| change.what.starts_with(&start);
        let from = target.changes.iter().rposition(is_start).unwrap_or_default();
        Some(Self { changes: target.changes[from..].to_vec(), rollout })
    }

    /// Writes the record, unless somebody has written it already.
    ///
    /// # Errors
    ///
    /// The store cannot be reached, or refuses.
    pub(crate) fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        let key = format!("{ROLLOUTS}{}", self.rollout.id);
        let value = serde_json::to_vec(self)
            .map_err(|error| StoreError::refused(format!("the record of a rollout: {error}")))?;
        store.swap(&key, Revision::ABSENT, &value).map(|_| ())
    }
}
