//! The configurations that have been in force, newest last.

use std::{collections::VecDeque, sync::Arc, time::SystemTime};

use serde::Serialize;

use super::differences::Values;
use crate::{
    error::Problem,
    report::{Report, rfc3339},
    snapshot::Snapshot,
};

/// One configuration that came into force, and the report of the reload that put it there.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Accepted {
    /// Its generation.
    pub generation: u64,
    /// When it came into force.
    #[serde(serialize_with = "rfc3339")]
    pub accepted_at: SystemTime,
    /// How it came into force; absent for the configuration of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// How many configurations, the one in force included.
    pub(crate) count: usize,
    /// How many bytes all of them may take, each measured by its JSON.
    pub(crate) bytes: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { count: 16, bytes: 16 << 20 }
    }
}

/// The configurations that have been in force. The one that is in force is always kept.
///
/// It also keeps superseded snapshots alive for a while after they were replaced. Older releases of
/// arc-swap could free one under a reader on weakly ordered machines; this is a second line.
pub(crate) struct History<C> {
    entries: VecDeque<Entry<C>>,
    kept: Kept,
}

struct Entry<C> {
    snapshot: Arc<Snapshot<C>>,
    /// The same without the overrides that held then.
    base: Arc<Snapshot<C>>,
    report: Option<Report>,
    bytes: usize,
}

impl<C: Serialize> History<C> {
    pub(crate) fn new(first: Arc<Snapshot<C>>, kept: Kept) -> Self {
        let mut history = Self { entries: VecDeque::new(), kept };
        history.push(Arc::clone(&first), first, None);
        history
    }

    pub(crate) fn push(
        &mut self,
        snapshot: Arc<Snapshot<C>>,
        base: Arc<Snapshot<C>>,
        report: Option<Report>,
    ) {
        let bytes = Values::of(snapshot.config()).size();
        self.entries.push_back(Entry { snapshot, base, report, bytes });
        let mut total: usize = self.entries.iter().map(|entry| entry.bytes).sum();
        while self.entries.len() > 1
            && (self.entries.len() > self.kept.count || total > self.kept.bytes)
            && let Some(oldest) = self.entries.pop_front()
        {
            total -= oldest.bytes;
        }
    }

    /// The configuration of a generation, without the overrides that held then.
    pub(crate) fn get(&self, generation: u64) -> Result<Arc<Snapshot<C>>, Problem> {
        let found = self.entries.iter().find(|entry| entry.snapshot.generation() == generation);
        found.map(|entry| Arc::clone(&entry.base)).ok_or_else(|| {
            let generations = || self.entries.iter().map(|entry| entry.snapshot.generation());
            let (first, last) = (generations().min(), generations().max());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            Problem::error(format!(
                "generation {generation} is not in the history, which reaches from {first} to {last}"
            ))
        })
    }

    pub(crate) fn list(&self) -> Vec<Accepted> {
        let accepted = |entry: &Entry<C>| Accepted {
            generation: entry.snapshot.generation(),
            accepted_at: entry.snapshot.accepted_at(),
            report: entry.report.clone(),
        };
        self.entries.iter().map(accepted).collect()
    }
}
