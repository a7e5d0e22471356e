//! The plan of a rollout.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Period;

/// A plan of a rollout: its stages, and what halts it.
///
/// ```
/// use dlc_reload::fleet::Plan;
///
/// let plan: Plan = "careful".parse()?;
/// assert_eq!(plan.stages.len(), 5);
/// assert!("reckless".parse::<Plan>().unwrap_err().contains("careful, quick or at-once"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Plan {
    /// The name by which people call it.
    pub name: String,
    /// The stages, in order. The last one reaches every node.
    pub stages: Vec<Stage>,
    /// The number of nodes that may refuse the candidate, or fail their trial of it, before the rollout halts.
    #[serde(default)]
    pub max_rejected: u64,
    /// The number of nodes that may vanish while they are on the candidate before the rollout halts. Where it is not
    /// said, none up to 20 nodes, then one in a hundred of those that are reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lost: Option<u64>,
    /// The share of the nodes of the last promotion that must be in sight, from 0.0 to 1.0; otherwise the rollout
    /// waits.
    #[serde(default = "min_alive")]
    pub min_alive: f64,
    /// The meaning of a value that waits for a restart, for a stage.
    #[serde(default)]
    pub restart: Restart,
}

/// A stage of a rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Stage {
    /// The nodes that it reaches, those of the stages before included.
    pub reach: Reach,
    /// The labels that a node must have to be reached. A node that an earlier stage reached stays.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The time for which all nodes that are reached must be well before the next stage begins.
    pub bake: Period,
    /// The time within which all nodes that are reached must have taken the candidate.
    pub deadline: Period,
}

/// The nodes that a stage reaches: at least one, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reach {
    /// So many nodes.
    Count(u64),
    /// This share of the nodes, from 0.0 to 1.0, rounded up.
    Share(f64),
}

/// Shows it as people say it: `1 node`, `10 %`.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(1) => f.write_str("1 node"),
            Self::Count(nodes) => write!(f, "{nodes} nodes"),
            // Four digits: in binary, 7 % is not 0.07 times 100.
            Self::Share(share) => write!(f, "{} %", (share * 1e6).round() / 1e4),
        }
    }
}

/// The meaning of a value that waits for a restart, for a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Restart {
    /// The node has accepted the candidate.
    #[default]
    Accept,
    /// The stage waits until the node was restarted. Any key that waits on it counts, also one of its own sources and
    /// one that waited before. No deadline ends that wait: a restart does, or somebody who aborts or promotes.
    Hold,
}

/// The names of the plans that are known by name.
pub const PLANS: [&str; 3] = ["careful", "quick", "at-once"];

const fn min_alive() -> f64 {
    0.8
}

impl Plan {
    /// Makes a plan of these stages, which halts with the first node that refuses.
    pub fn new(name: impl Into<String>, stages: Vec<Stage>) -> Self {
        let name = name.into();
        let (max_lost, min_alive) = (None, min_alive());
        Self { name, stages, max_rejected: 0, max_lost, min_alive, restart: Restart::Accept }
    }

    /// One node, then 1, 10, 50 and 100 percent, each well for a minute.
    pub fn careful() -> Self {
        let (bake, deadline) = (Duration::from_secs(60), Duration::from_secs(300));
        let reaches = [0.01, 0.1, 0.5, 1.0].map(Reach::Share);
        let reaches = [Reach::Count(1)].into_iter().chain(reaches);
        Self::new("careful", reaches.map(|reach| Stage::new(reach, bake, deadline)).collect())
    }

    /// One node, then half of them, then all, each well for five seconds.
    pub fn quick() -> Self {
        let (bake, deadline) = (Duration::from_secs(5), Duration::from_secs(60));
        let reaches = [Reach::Count(1), Reach::Share(0.5), Reach::Share(1.0)];
        Self::new("quick", reaches.map(|reach| Stage::new(reach, bake, deadline)).to_vec())
    }

    /// All nodes at once: for what has to be everywhere now, and was tried elsewhere.
    pub fn at_once() -> Self {
        let (bake, deadline) = (Duration::ZERO, Duration::from_secs(300));
        Self::new("at-once", vec![Stage::new(Reach::Share(1.0), bake, deadline)])
    }
}

impl Stage {
    /// Makes a stage for nodes with any labels.
    pub const fn new(reach: Reach, bake: Duration, deadline: Duration) -> Self {
        let (bake, deadline) = (Period::new(bake), Period::new(deadline));
        Self { reach, labels: BTreeMap::new(), bake, deadline }
    }

    /// Returns true if a node with these labels may be reached.
    pub(crate) fn takes(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(name, value)| labels.get(name) == Some(value))
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "careful" => Ok(Self::careful()),
            "quick" => Ok(Self::quick()),
            "at-once" => Ok(Self::at_once()),
            _ => Err(format!("no plan is called `{name}`, it is careful, quick or at-once")),
        }
    }
}
