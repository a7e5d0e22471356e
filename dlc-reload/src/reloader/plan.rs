//! What accepting a candidate would do. Computing it changes nothing.

use serde::Serialize;
use serde_json::Value;

use super::differences::{Values, describe, leaves};
use crate::{
    candidate::{Candidate, Sources},
    class::Class,
    document::{Document, Shadow},
    error::{Error, Problem},
    field::Leaf,
    reloadable::Reloadable,
    report::{Changed, Shadowed},
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
        before: &Document,
    ) -> Result<Self, Error> {
        let Reading { document, texts, .. } = sources.read();
        let refuse = |problems| sources.refusal(problems, &document, &texts);
        let Candidate { config, warnings } = sources.candidate(&document).map_err(refuse)?;
        let schema = sources.shape.schema();
        let plan = Self::new((effective, &config), (before, &document), schema);
        if !plan.changes.is_empty() && !plan.pending.is_empty() {
            let overlay = C::overlay(effective, &config);
            if let Some(problems) = sources.overlay_problems(&overlay, &document) {
                return Err(refuse(problems));
            }
        }
        Ok(Self { warnings, ..plan })
    }

    /// Compares what is in force with what the sources ask for; `before` is the document that was
    /// accepted last.
    pub(crate) fn new<C: Reloadable>(
        (effective, desired): (&C, &C),
        documents: (&Document, &Document),
        schema: &Value,
    ) -> Self {
        let leaves = leaves(&C::diff(effective, desired), C::TABLE);
        Self::describe(&leaves, (effective, desired), documents, schema)
    }

    /// Describes the leaves that differ. This serializes both configurations, so a reload does it
    /// after its hooks have committed.
    pub(crate) fn describe<C: Reloadable>(
        leaves: &[Leaf],
        (effective, desired): (&C, &C),
        (before, document): (&Document, &Document),
        schema: &Value,
    ) -> Self {
        let shadowed = document
            .newly_shadowed(before)
            .into_iter()
            .map(|Shadow { key, origin, by }| Shadowed { key, origin, by })
            .collect();
        let mut plan =
            Self { changes: Vec::new(), pending: Vec::new(), shadowed, warnings: Vec::new() };
        if leaves.is_empty() {
            return plan;
        }
        let (old, new) = (Values::of(effective), Values::of(desired));
        for leaf in leaves {
            let listed = match leaf.class {
                Class::Hot => &mut plan.changes,
                Class::Restart => &mut plan.pending,
            };
            describe(leaf, (&old, &new), document, schema, listed);
        }
        plan
    }
}
