//! The plan from one set of sources to another one, with nothing that runs.

use std::sync::Arc;

use super::{
    Plan,
    desired::Desired,
    overrides::Overrides,
    plan::{PlanInput, Target, plan},
    state::Blocked,
    steps::Steps,
};
use crate::{
    candidate::Candidate,
    error::Error,
    load::{Boot, Examined},
    section::Reloadable,
    snapshot::Generation,
};

impl Plan {
    /// Plans what a reload would do in a service that started from `from`, once its sources say `to`. `renamed` returns
    /// the name that a source of `from` has in `to`. If `rejects_restarts`, the service refuses what waits for a
    /// restart.
    ///
    /// # Errors
    ///
    /// Every problem for which it would be refused.
    pub(crate) fn between<C: Reloadable>(
        from: &Boot<C>,
        to: &Examined<C>,
        renamed: impl Fn(&str) -> Option<String>,
        rejects_restarts: bool,
    ) -> Result<Self, Error> {
        let (effective, loaded) = (Arc::clone(&from.first), &to.boot.loaded);
        let before = Arc::new(from.loaded.document.renamed(renamed, &loaded.document));
        let config = Arc::clone(&from.loaded.candidate.config);
        let generation = Generation::FIRST;
        let now = effective.accepted_at();
        let input = PlanInput {
            base: Arc::clone(&effective),
            effective,
            desired: Desired { config, document: before, generation, pending: Vec::new() },
            overrides: Overrides::default(),
            blocked: Blocked::default(),
            rejects_restarts,
            diverged: false,
            now,
            steps: Arc::new(Steps::idle(C::TABLE)),
        };
        let Candidate { config, warnings } = &loaded.candidate;
        let candidate = Candidate { config: Arc::clone(config), warnings: warnings.clone() };
        let (document, content) = (Arc::clone(&loaded.document), loaded.fingerprint.content);
        let target = Target::Sources { candidate, document, content, may_shrink: false };
        let planned = plan(&from.sources, input, target);
        let planned = planned.map_err(|refused| to.problems(refused.problems))?;
        Ok(planned.into_plan(&from.sources))
    }
}
