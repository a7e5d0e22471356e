//! The configurations that have been in force, newest last.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{differences::Values, state::Ledger};
use crate::{
    candidate::Sources,
    document::Document,
    error::Problem,
    hook::caught,
    report::Report,
    section::Reloadable,
    snapshot::Snapshot,
    store::{Archive, Earlier, Past},
    sync::lock,
    time::rfc3339,
};

/// One configuration that came into force, and the report of the reload that put it there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// Its generation.
    pub generation: u64,
    /// When it came into force.
    #[serde(with = "rfc3339")]
    pub accepted_at: SystemTime,
    /// How it came into force; absent for the configuration of a start.
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

impl Kept {
    /// Removes the oldest ones that are too many. The newest is always kept.
    pub(crate) fn trim<T>(self, entries: &mut VecDeque<T>, bytes: impl Fn(&T) -> usize) {
        let mut total: usize = entries.iter().map(&bytes).sum();
        while entries.len() > 1
            && (entries.len() > self.count || total > self.bytes)
            && let Some(oldest) = entries.pop_front()
        {
            total -= bytes(&oldest);
        }
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
    accepted: Accepted,
    config: Form<C>,
    bytes: usize,
}

/// What there is of a configuration.
enum Form<C> {
    /// This process had it in force: as it was published, and without the overrides that held then.
    Snapshot {
        #[expect(dead_code, reason = "kept alive, as `History` says")]
        published: Arc<Snapshot<C>>,
        base: Arc<Snapshot<C>>,
    },
    /// An earlier process had it in force.
    Stored(Stored),
}

/// What the sources of an earlier process said.
#[derive(Clone)]
struct Stored {
    then: Arc<Archive>,
    /// When that process started.
    start: Option<Arc<Archive>>,
}

impl<C: Serialize> History<C> {
    pub(crate) fn new(past: Past, first: Arc<Snapshot<C>>, kept: Kept) -> Self {
        let entry = |earlier: Earlier| {
            let Earlier { generation, accepted_at, report, document, start, bytes } = earlier;
            let accepted = Accepted { generation, accepted_at, report };
            Entry { accepted, config: Form::Stored(Stored { then: document, start }), bytes }
        };
        let mut history = Self { entries: past.entries.into_iter().map(entry).collect(), kept };
        history.push(&first, &first, None);
        history
    }

    pub(crate) fn push(
        &mut self,
        snapshot: &Arc<Snapshot<C>>,
        base: &Arc<Snapshot<C>>,
        report: Option<Report>,
    ) {
        let bytes = Values::of(snapshot.config()).size();
        let (generation, accepted_at) = (snapshot.generation(), snapshot.accepted_at());
        let accepted = Accepted { generation, accepted_at, report };
        let config = Form::Snapshot { published: Arc::clone(snapshot), base: Arc::clone(base) };
        self.entries.push_back(Entry { accepted, config, bytes });
        self.kept.trim(&mut self.entries, |entry| entry.bytes);
    }

    fn get(&self, generation: u64) -> Result<&Entry<C>, Problem> {
        let found = self.entries.iter().find(|entry| entry.accepted.generation == generation);
        found.ok_or_else(|| {
            let generations = || self.entries.iter().map(|entry| entry.accepted.generation);
            let (first, last) = (generations().min(), generations().max());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            Problem::error(format!(
                "generation {generation} is not in the history, which reaches from {first} to {last}"
            ))
        })
    }

    pub(crate) fn list(&self) -> Vec<Accepted> {
        self.entries.iter().map(|entry| entry.accepted.clone()).collect()
    }
}

/// The configuration of a generation, without the overrides that held then. That of an earlier process is built from what the sources
/// said then, with the secrets that they said when they were last accepted.
///
/// # Errors
///
/// Why there is none: the generation is not kept, or does not fit this program any more.
pub(crate) fn recall<C: Reloadable>(
    ledger: &Mutex<Ledger<C>>,
    sources: &Sources<C>,
    generation: u64,
) -> Result<Arc<Snapshot<C>>, Vec<Problem>> {
    let ledger = lock(ledger);
    let entry = ledger.history.get(generation).map_err(|problem| vec![problem])?;
    let stored = match &entry.config {
        Form::Snapshot { base, .. } => return Ok(Arc::clone(base)),
        Form::Stored(stored) => stored.clone(),
    };
    let accepted_at = entry.accepted.accepted_at;
    let present = Arc::clone(&ledger.asked.document);
    drop(ledger);
    // Cloning the parts of two configurations runs the author's code, too. What a panic says is left
    // out: it may quote a secret.
    let panicked = "building it panicked, see the error output of the process";
    caught(|| built(sources, &stored, &present))
        .unwrap_or_else(|_| Err(vec![Problem::error(panicked)]))
        .map(|(config, document)| {
            Arc::new(Snapshot::new(config, generation, accepted_at, Arc::new(document)))
        })
        .map_err(|mut problems| {
            let message = format!(
                "generation {generation} was in force in an earlier process, and does not fit this program any more"
            );
            problems.insert(0, Problem::error(message));
            problems
        })
}

fn built<C: Reloadable>(
    sources: &Sources<C>,
    stored: &Stored,
    present: &Document,
) -> Result<(C, Document), Vec<Problem>> {
    let build = |archive: &Archive| {
        // A secret that is set nowhere any more does not count: only hot values are put in force
        // again, and none of them is secret.
        let restored = archive.restore(present, "").ok_or_else(|| {
            vec![Problem::error("what was kept of it is damaged, choose another generation")]
        })?;
        let candidate = sources.candidate(&restored.document)?;
        Ok::<_, Vec<Problem>>((candidate.config, restored.document))
    };
    let (asked, document) = build(&stored.then)?;
    // The `restart` values that the sources asked for were not in force before the next start.
    let start = stored.start.as_ref().filter(|start| !Arc::ptr_eq(start, &stored.then));
    let config = match start.map(|start| build(start)) {
        Some(Ok((effective, _))) => C::overlay(&effective, &asked),
        _ => asked,
    };
    Ok((config, document))
}
