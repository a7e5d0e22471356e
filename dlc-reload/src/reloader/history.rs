//! The configurations that have been in force, newest last.

use std::{collections::VecDeque, sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::{
    document::shown_length,
    error::Problem,
    report::Report,
    snapshot::{Generation, Snapshot},
    store::{Archive, Past, Retention, StoredEntry},
    time::rfc3339,
};

/// One configuration that came into force, and the report of the reload that put it there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// Its generation.
    pub generation: u64,
    /// The time at which it came into force.
    #[serde(with = "rfc3339")]
    pub accepted_at: SystemTime,
    /// The report of the reload; absent for the configuration of a start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// The configurations that have been in force. The one that is in force is always kept.
///
/// It also keeps superseded snapshots alive for a while after they were replaced. Older releases of
/// arc-swap could free one under a reader on weakly ordered machines; this is a second line.
pub(super) struct History<C> {
    entries: VecDeque<Entry<C>>,
    retention: Retention,
}

/// One configuration, with what a list shows of it.
pub(super) struct Entry<C> {
    pub(super) accepted: Accepted,
    pub(super) config: EntryConfig<C>,
    bytes: usize,
}

/// The form in which a configuration is kept.
pub(super) enum EntryConfig<C> {
    /// The snapshot that this process published, and the same without the overrides that held then.
    Snapshot {
        #[expect(dead_code, reason = "kept alive, as `History` says")]
        published: Arc<Snapshot<C>>,
        base: Arc<Snapshot<C>>,
    },
    /// The words of what an earlier process had in force.
    Stored(Arc<Archive>),
}

impl<C: Serialize> History<C> {
    pub(super) fn new(past: Past, first: &Arc<Snapshot<C>>, retention: Retention) -> Self {
        let entry = |stored: StoredEntry| {
            let StoredEntry { generation, accepted_at, report, document, bytes } = stored;
            let accepted = Accepted { generation: generation.0, accepted_at, report };
            let config = EntryConfig::Stored(document);
            Entry { accepted, config, bytes }
        };
        let entries = past.entries.into_iter().map(entry).collect();
        let mut history = Self { entries, retention };
        drop(history.push(first, first, None, Self::size(first)));
        history
    }

    /// Returns the size of a configuration, in bytes of JSON. This serializes it.
    pub(super) fn size(snapshot: &Snapshot<C>) -> usize {
        shown_length(snapshot.config())
    }

    /// Adds a configuration, and returns those that are kept no longer.
    #[must_use = "values of the author's types are dropped once no lock is held"]
    pub(super) fn push(
        &mut self,
        snapshot: &Arc<Snapshot<C>>,
        base: &Arc<Snapshot<C>>,
        report: Option<Report>,
        bytes: usize,
    ) -> Vec<Entry<C>> {
        let (generation, accepted_at) = (snapshot.generation(), snapshot.accepted_at());
        let accepted = Accepted { generation, accepted_at, report };
        let (published, base) = (Arc::clone(snapshot), Arc::clone(base));
        let config = EntryConfig::Snapshot { published, base };
        self.entries.push_back(Entry { accepted, config, bytes });
        self.retention.trim(&mut self.entries, |entry| entry.bytes)
    }

    /// Returns the entry of a generation.
    ///
    /// # Errors
    ///
    /// The range of the history, where the generation is not in it.
    pub(super) fn get(&self, generation: Generation) -> Result<&Entry<C>, Problem> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.accepted.generation == generation.0).ok_or_else(|| {
            let generations = || self.entries.iter().map(|entry| entry.accepted.generation);
            let (first, last) = (generations().min(), generations().max());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            Problem::error(format!(
                "generation {generation} is not in the history, which reaches from {first} to {last}"
            ))
        })
    }

    pub(super) fn list(&self) -> Vec<Accepted> {
        self.entries.iter().map(|entry| entry.accepted.clone()).collect()
    }
}
