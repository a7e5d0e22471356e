//! What accepting a candidate would do. Computing it changes nothing.

use serde::Serialize;

use super::{
    differences::{describe, leaves, shadowed},
    overrides::Overrides,
};
use crate::{
    candidate::{Alongside, Candidate, Sources},
    class::Class,
    document::Document,
    error::{Error, Problem},
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
    /// Loads, checks, and compares with what is in force, without accepting anything. `before` is
    /// the document that was accepted last.
    pub(crate) fn compute<C: Reloadable>(
        sources: &Sources<C>,
        effective: &C,
        before: &Document,
        overrides: &Overrides,
    ) -> Result<Self, Error> {
        let Reading { document, texts, .. } = sources.read();
        let refuse = |problems| sources.refusal(problems, &document, &texts);
        let Candidate { config: desired, warnings } =
            sources.candidate(&document).map_err(refuse)?;
        let mut target = C::overlay(effective, &desired);
        overrides.write(&mut target).map_err(|problem| refuse(vec![problem]))?;
        let mut waiting = leaves(&C::diff(effective, &desired), C::TABLE);
        waiting.retain(|leaf| leaf.class == Class::Restart);
        let changing = leaves(&C::diff(effective, &target), C::TABLE);
        if !waiting.is_empty() || !overrides.is_empty() {
            let alongside =
                if overrides.is_empty() { Alongside::Restart } else { Alongside::Overrides };
            if let Some(problems) = sources.overlay_problems(&target, &document, alongside) {
                return Err(refuse(problems));
            }
        }
        let schema = sources.shape.schema();
        Ok(Self {
            changes: describe(&changing, (effective, &target), &document, schema),
            pending: describe(&waiting, (effective, &desired), &document, schema),
            shadowed: shadowed(&document, before),
            warnings,
        })
    }
}
