//! Getting a configuration of the history back.

use std::sync::Arc;

use super::{history::EntryConfig, shared::Shared};
use crate::{
    document::Document,
    error::Problem,
    hook::caught,
    section::Reloadable,
    snapshot::{Generation, Snapshot},
    store::Archive,
};

/// Returns the configuration of a generation, without the overrides that held then. That of an earlier process
/// is built from the words of what was in force then, with the secrets that the sources gave when they were last accepted.
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
        match &entry.config {
            EntryConfig::Snapshot { base, .. } => return Ok(Arc::clone(base)),
            EntryConfig::Stored(stored) => {
                let present = Arc::clone(&state.desired.document);
                (Arc::clone(stored), entry.accepted.accepted_at, present)
            }
        }
    };
    // Cloning the parts of two configurations runs the author's code, too. What a panic says is left
    // out: it may quote a secret.
    let panicked = "building it panicked, see the error output of the process";
    caught(|| built(shared, &stored, &present))
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
    shared: &Shared<C>,
    stored: &Archive,
    present: &Document,
) -> Result<(C, Document), Vec<Problem>> {
    // A secret that is set nowhere any more does not count: only hot values are put in force again, and
    // none of them is secret.
    let restored = stored.restore(present, "").ok_or_else(|| {
        vec![Problem::error("what was kept of it is damaged, choose another generation")]
    })?;
    let candidate = shared.candidate(&restored.document)?;
    Ok((candidate.config, restored.document))
}
