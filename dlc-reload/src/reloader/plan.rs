//! What accepting a candidate would do. Computing it changes nothing.

use std::sync::Arc;

use serde::Serialize;

use super::{
    apply::{Overlaid, needs_restart, overlaid, restarts},
    differences::{describe, shadowed},
    overrides::Overrides,
    state::{Ledger, TurnedAway},
};
use crate::{
    candidate::{Candidate, Sources},
    document::Document,
    error::{Error, Problem},
    report::{Changed, Shadowed},
    section::{Reloadable, leaves},
    snapshot::Snapshot,
    source::Reading,
};

/// What accepting a candidate would do to the running configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The hot fields that would change.
    pub changes: Vec<Changed>,
    /// The fields that would wait for the next start.
    pub pending: Vec<Changed>,
    /// Values that were edited without effect.
    pub shadowed: Vec<Shadowed>,
    /// What is worth a look although nothing would be refused.
    pub warnings: Vec<Problem>,
}

impl Plan {
    /// Loads, checks, and compares with what is in force, without accepting anything.
    pub(crate) fn compute<C: Reloadable>(
        sources: &Sources<C>,
        effective: &C,
        ground: Ground<C>,
    ) -> Result<Self, Error> {
        let Ground { before, base, overrides, turned_away, rejects_restarts } = ground;
        let Reading { document, texts, fingerprint, .. } = sources.read();
        let document = Arc::new(document);
        let refuse = |problems| sources.refusal(problems, &document, &texts);
        let Candidate { config: desired, mut warnings } =
            sources.candidate(&document).map_err(refuse)?;
        let turned_away = turned_away.problem(fingerprint.content);
        if let Some(problem) = turned_away.as_ref().filter(|problem| problem.is_error()) {
            return Err(refuse(vec![problem.clone()]));
        }
        let schema = sources.shape.schema();
        let waiting = restarts(effective, &desired);
        let pending = describe(&waiting, (effective, &desired), &document, schema);
        if rejects_restarts && !pending.is_empty() {
            return Err(refuse(pending.into_iter().map(needs_restart).collect()));
        }
        let changes = if let Some(warning) = turned_away {
            warnings.push(warning);
            Vec::new()
        } else {
            let base = C::overlay(base.config(), &desired);
            let checked = overlaid(sources, base, &document, &overrides, waiting.is_empty());
            let Overlaid { target, .. } = checked.map_err(refuse)?;
            let changing = leaves(&C::diff(effective, &target), C::TABLE);
            describe(&changing, (effective, &target), &document, schema)
        };
        let shadowed = shadowed(&document, &before, &overrides, C::TABLE);
        Ok(Self { changes, pending, shadowed, warnings })
    }
}

/// What a reload would start from.
pub(crate) struct Ground<C> {
    /// The document that was accepted last.
    before: Arc<Document>,
    base: Arc<Snapshot<C>>,
    overrides: Overrides,
    turned_away: TurnedAway,
    /// Whether what needs a restart is refused.
    rejects_restarts: bool,
}

impl<C> Ground<C> {
    pub(crate) fn of(ledger: &Ledger<C>, rejects_restarts: bool) -> Self {
        Self {
            before: Arc::clone(&ledger.asked.document),
            base: Arc::clone(&ledger.base),
            overrides: ledger.overrides.clone(),
            turned_away: ledger.turned_away.clone(),
            rejects_restarts,
        }
    }
}
