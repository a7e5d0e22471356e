//! The plan that a rollout is started with: by its name, or from a file.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use dlc_reload::{
    Loader, Reloadable,
    cli::shared::failure::{Failure, Fault},
    fleet::{PLANS, Plan, Restart, Stage},
};
use serde::{Deserialize, Serialize};

/// A plan as it is asked for.
#[derive(Clone, Debug)]
pub(super) enum PlanName {
    Known(Plan),
    File(PathBuf),
}

/// The file of a plan, which is read as any configuration is.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct PlanFile {
    /// The name by which people call it.
    #[reload(hot, live)]
    name: String,
    /// The stages, in order.
    #[reload(hot, live)]
    stages: Vec<Stage>,
    /// The number of nodes that may refuse the version before the rollout halts.
    #[serde(default)]
    #[reload(hot, live)]
    max_rejected: u64,
    /// The number of nodes that may vanish before the rollout halts.
    #[serde(default)]
    #[reload(hot, live)]
    max_lost: Option<u64>,
    /// The share of the nodes that must be in sight.
    #[serde(default = "min_alive")]
    #[reload(hot, live)]
    min_alive: f64,
    /// What a value that waits for a restart means for a stage.
    #[serde(default)]
    #[reload(hot, live)]
    restart: Restart,
}

fn min_alive() -> f64 {
    Plan::careful().min_alive
}

impl FromStr for PlanName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::File(text.into()), Self::Known))
    }
}

impl PlanName {
    /// Returns the plan.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no plan.
    pub(super) fn read(self) -> Result<Plan, Failure> {
        let path = match self {
            Self::Known(plan) => return Ok(plan),
            Self::File(path) => path,
        };
        if path.extension().is_none() && !path.exists() {
            let (name, known) = (path.display(), PLANS.join(", "));
            return Err(Failure::usage(format!(
                "no plan is called `{name}`: it is one of {known}, or a file that ends in .yaml, .toml or .json"
            )));
        }
        let loaded = Loader::<PlanFile>::new().file(&path).load().map_err(|error| Failure {
            problems: error.problems().to_vec(),
            ..Failure::new(Fault::Usage, format!("`{}` is no plan", path.display()))
        })?;
        let PlanFile { name, stages, max_rejected, max_lost, min_alive, restart } =
            (*loaded).clone();
        let mut plan = Plan::new(name, stages);
        (plan.max_rejected, plan.max_lost) = (max_rejected, max_lost);
        (plan.min_alive, plan.restart) = (min_alive, restart);
        Ok(plan)
    }
}
