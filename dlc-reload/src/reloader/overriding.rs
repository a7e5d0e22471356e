//! Putting overrides on what is in force, and taking them off it.

use std::sync::Arc;

use super::{
    apply::{Attempted, Cause},
    engine::Engine,
    overrides::{Held, Overrides, Proposal},
    steps::RunningStep,
};
use crate::{error::Problem, place::Key, section::Reloadable};

impl<C: Reloadable> Engine<C> {
    /// Gives a field another value for a while.
    pub(super) fn override_field(&self, proposal: Proposal, cause: &Cause<'_>) -> Attempted {
        let instant = self.apply.clock.instant();
        let held = proposal.begin(cause.trigger, cause.started_at, instant);
        let held = held.map_err(|problem| vec![problem]).and_then(|held| self.read_override(held));
        match held {
            Ok(held) => self.attempt_with_overrides(|overrides| overrides.with(held), cause),
            Err(problems) => Attempted::rejected(problems),
        }
    }

    /// Reads the value of an override that was given as JSON.
    fn read_override(&self, held: Held) -> Result<Held, Vec<Problem>> {
        let shared = self.shared();
        let (base, others) = {
            let state = shared.state();
            (Arc::clone(&state.base), state.overrides.clone())
        };
        shared.steps.run(RunningStep::Validate, || held.read(&others, &base, &shared.sources))
    }

    /// Takes the override of a key back.
    pub(super) fn end_override(&self, key: &Key, cause: &Cause<'_>) -> Attempted {
        match self.shared().sources.unknown_key(key, String::new()) {
            Some(Problem { key, message, .. }) => {
                let unknown = Problem::error(message).with_key(key.unwrap_or_default());
                Attempted::rejected(vec![unknown])
            }
            None => self.end_overrides(|held| held.key == *key, cause),
        }
    }

    /// Takes overrides back.
    pub(super) fn end_overrides(
        &self,
        ends: impl Fn(&Proposal) -> bool,
        cause: &Cause<'_>,
    ) -> Attempted {
        self.attempt_with_overrides(|overrides| overrides.without(ends), cause)
    }

    /// Puts other overrides on what is in force.
    fn attempt_with_overrides(
        &self,
        change: impl FnOnce(&Overrides) -> Overrides,
        cause: &Cause<'_>,
    ) -> Attempted {
        let (base, overrides) = {
            let state = self.shared().state();
            (Arc::clone(&state.base), change(&state.overrides))
        };
        self.attempt_on_base(base, overrides, cause)
    }
}
