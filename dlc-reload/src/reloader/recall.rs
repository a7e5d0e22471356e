//! Getting a configuration of the history back.

use std::sync::Arc;

use super::{
    history::{Earlier, EntryConfig},
    shared::Shared,
};
use crate::{
    document::Document,
    error::Problem,
    hook::caught,
    section::Reloadable,
    snapshot::{Generation, Snapshot},
    store::Archive,
};

/// Returns the configuration of a generation, without the overrides that held then. That of an earlier process is built
/// from the words of what was in force then, with the secrets that the sources gave when they were last accepted.
///
/// # Errors
///
/// The reason why there is none: the generation is not kept, or does not fit this program any more.
pub(super) fn recall<C: Reloadable>(
    shared: &Shared<C>,
    generation: Generation,
) -> Result<Arc<Snapshot<C>>, Vec<Problem>> {
    let (stored, accepted_at, present) = {
        let state = shared.state();
        let entry = state.history.get(generation).map_err(|problem| vec![problem])?;
        let accepted_at = entry.accepted.accepted_at;
        match &entry.config {
            EntryConfig::Typed { config, .. } => {
                let (config, base) = (Arc::clone(config), Arc::clone(&state.base));
                let versions = entry.accepted.sources.clone();
                let earlier = state.history.down_to(generation);
                drop(state);
                let mut words = words(&base, earlier);
                if words.versions != versions {
                    Arc::make_mut(&mut words).versions = versions;
                }
                return Ok(Arc::new(Snapshot::new(config, generation, accepted_at, words)));
            }
            EntryConfig::Stored(stored) => {
                (Arc::clone(stored), accepted_at, Arc::clone(&state.desired.document))
            }
        }
    };
    // Cloning the parts of two configurations runs the author's code, too. What a panic says is left
    // out: it may quote a secret.
    let panicked = "building it panicked, see the error output of the process";
    caught(|| built(shared, &stored, &present))
        .unwrap_or_else(|_| Err(vec![Problem::error(panicked)]))
        .map(|(config, document)| {
            Arc::new(Snapshot::new(config, generation, accepted_at, document))
        })
        .map_err(|mut problems| {
            let message = format!(
                "generation {generation} was in force in an earlier process, and does not fit this program any more"
            );
            problems.insert(0, Problem::error(message));
            problems
        })
}

/// Returns the words of a configuration that this process had in force: those of what is in force, with what was left
/// of the words of each one `earlier` put back, newest first.
fn words<C: Reloadable>(base: &Snapshot<C>, earlier: Vec<Earlier<C>>) -> Arc<Document> {
    let mut words = Arc::clone(base.in_force());
    if earlier.iter().any(|(_, left)| !left.is_empty()) {
        // What differs has the places of then, and all else those at which it stands now.
        words = Arc::new(words.as_of(base.generation()));
    }
    for (config, left) in earlier {
        for left in left.iter().rev() {
            words = Arc::new(left.put_back(&words, &*config));
        }
    }
    words
}

fn built<C: Reloadable>(
    shared: &Shared<C>,
    stored: &Archive,
    present: &Document,
) -> Result<(Arc<C>, Arc<Document>), Vec<Problem>> {
    // A secret that is set nowhere any more does not count: only hot values are put in force again, and
    // none of them is secret.
    let restored = stored.restore(present, "").ok_or_else(|| {
        vec![Problem::error("what was kept of it is damaged, choose another generation")]
    })?;
    let candidate = shared.candidate(&restored.document)?;
    Ok((candidate.config, restored.document))
}
