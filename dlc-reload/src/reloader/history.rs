//! The configurations that have been in force, newest last.

use std::{collections::VecDeque, sync::Arc, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{held::held, in_force::Left};
use crate::{
    error::Problem,
    place::SourceVersion,
    report::Report,
    snapshot::{Generation, Snapshot},
    store::{Archive, Past, Retention, StoredEntry},
    time::{Timestamp, rfc3339},
};

/// One configuration that came into force, and the report of the reload that put it there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Accepted {
    /// Its generation.
    pub generation: u64,
    /// The time at which it came into force.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub accepted_at: SystemTime,
    /// The versions of the sources that it is from, of those that had one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceVersion>,
    /// The report of the reload; absent for the configuration of a start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// The configurations that have been in force. The one that is in force is always kept.
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
    /// The configuration that this process had in force, without the overrides that held then, and the words in which
    /// it differs from the one after it. Those of the newest are in the document of what is in force.
    Typed { config: Arc<C>, left: Vec<Arc<Left>> },
    /// The words of what an earlier process had in force.
    Stored(Arc<Archive>),
}

/// A configuration, and the words in which it differs from the one after it.
pub(super) type Earlier<C> = (Arc<C>, Vec<Arc<Left>>);

impl<C: Serialize> History<C> {
    pub(super) fn new(past: Past, first: &Arc<Snapshot<C>>, retention: Retention) -> Self {
        let entry = |stored: StoredEntry| {
            let StoredEntry { generation, accepted_at, report, document, bytes } = stored;
            let sources = document.versions.clone();
            let accepted = Accepted { generation: generation.0, accepted_at, sources, report };
            let config = EntryConfig::Stored(document);
            Entry { accepted, config, bytes }
        };
        let entries = past.entries.into_iter().map(entry).collect();
        let mut history = Self { entries, retention };
        drop(history.push(first, first, None, Self::size(first)));
        history
    }

    /// Returns the size of a configuration in bytes. This serializes it.
    pub(super) fn size(base: &Snapshot<C>) -> usize {
        held(base.config())
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
        let bytes = bytes + size_of::<Entry<C>>() + report.as_ref().map_or(0, held);
        let sources = base.document().versions.clone();
        let accepted = Accepted { generation, accepted_at, sources, report };
        let config =
            EntryConfig::Typed { config: Arc::clone(base.shared_config()), left: Vec::new() };
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

    /// Returns the configurations of this process down to a generation, newest first.
    pub(super) fn down_to(&self, generation: Generation) -> Vec<Earlier<C>> {
        let entries = self.entries.iter().rev();
        let since = entries.take_while(|entry| entry.accepted.generation >= generation.0);
        let typed = since.filter_map(|entry| match &entry.config {
            EntryConfig::Typed { config, left } => Some((Arc::clone(config), left.clone())),
            EntryConfig::Stored(_) => None,
        });
        typed.collect()
    }

    /// Takes note of the words that are in force no longer. The newest configuration had them.
    pub(super) fn note_left(&mut self, words: Left) {
        if let Some(Entry { config: EntryConfig::Typed { left, .. }, bytes, .. }) =
            self.entries.back_mut()
        {
            *bytes += words.size();
            left.push(Arc::new(words));
        }
    }

    pub(super) fn list(&self) -> Vec<Accepted> {
        self.entries.iter().map(|entry| entry.accepted.clone()).collect()
    }
}
