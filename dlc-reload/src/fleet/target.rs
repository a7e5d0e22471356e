//! The pointer: the one key that says which version each node is to run.

use std::{collections::BTreeMap, fmt, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{plan::Plan, words::shortened};
use crate::time::{Timestamp, rfc3339};

/// The key of the pointer.
pub(crate) const TARGET: &str = "target";

/// The greatest size of a pointer, in bytes.
pub(crate) const MOST_BYTES: usize = 64 << 10;

/// The changes that a pointer remembers.
pub(crate) const MOST_CHANGES: usize = 16;

/// The pointer of a fleet: which version each node is to run. It is changed by compare-and-swap alone, so that two who
/// change it never undo each other's work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Target {
    /// The version that was promoted last; `None` before the first promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<u64>,
    /// The number of nodes at the last promotion.
    #[serde(default)]
    pub nodes: u64,
    /// The rollout that runs, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// The freeze, during which no node takes another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Freeze>,
    /// The nodes that run a version of their own, whatever the rollout says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<String, u64>,
    /// A number that grows when somebody asks that nodes try again what they refused.
    #[serde(default)]
    pub retries: u64,
    /// The last changes, the latest at the end.
    #[serde(default)]
    pub changes: Vec<TargetChange>,
}

/// A rollout: a candidate on its way to all nodes, stage by stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Rollout {
    /// The name, which also decides the order of the nodes: `r1`, `r2`, …
    pub id: String,
    /// The version that is tried.
    pub candidate: u64,
    /// The plan.
    pub plan: Plan,
    /// The number of the stage that runs, from 0.
    pub stage: usize,
    /// The cuts of the stages that were reached: nodes with a rank up to the cut take the candidate. Empty before the
    /// controller has begun the first stage, and once it was aborted.
    pub cuts: Vec<u64>,
    /// The course of each stage that was reached, in numbers: as it ended, or as it began if it still runs.
    #[serde(default)]
    pub counts: Vec<Counts>,
    /// The phase.
    pub phase: Phase,
    /// The reason why it halted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted: Option<String>,
    /// The person who started it.
    pub by: String,
    /// The reason for it.
    pub why: String,
    /// The time at which it was started, by the clock of who started it.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
}

/// The course of a stage, in numbers of nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Counts {
    /// Those that it reached.
    pub reached: u64,
    /// Those that have proven the candidate.
    #[serde(default)]
    pub proved: u64,
    /// Those that refused it or took it back.
    #[serde(default)]
    pub rejected: u64,
    /// Those that vanished meanwhile.
    #[serde(default)]
    pub lost: u64,
}

/// The phase of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Stages go on by themselves.
    Running,
    /// An operator has stopped it for now: nodes that have the candidate keep it.
    Paused,
    /// It stopped by itself: nodes that have the candidate keep it, until it is resumed or aborted.
    Halted,
    /// It was taken back: nodes return to the stable version.
    Aborted,
    /// Every node has the candidate, which is the stable version now.
    Promoted,
}

impl Phase {
    /// Returns true if the rollout has ended.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Aborted | Self::Promoted)
    }

    /// Returns true if the rollout waits for somebody: it goes to no other node.
    pub(crate) const fn is_held_up(self) -> bool {
        matches!(self, Self::Paused | Self::Halted)
    }

    /// Returns the word used in JSON and on screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Halted => "halted",
            Self::Aborted => "aborted",
            Self::Promoted => "promoted",
        }
    }
}

/// A freeze, during which no node takes another version, also not over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Freeze {
    /// The person who asked for it.
    pub by: String,
    /// The reason for it.
    pub why: String,
    /// The time at which it ends; it is ended by whoever controls the fleet, by his clock.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub until: SystemTime,
}

/// A change of the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct TargetChange {
    /// The change, in a few words: `start r7 of version 42`.
    pub what: String,
    /// The person or controller who made it.
    pub by: String,
    /// The reason for it.
    pub why: String,
    /// The time, by the clock of who changed it.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub at: SystemTime,
}

impl Target {
    /// Reads a pointer as it is in a store.
    ///
    /// # Errors
    ///
    /// The reason why it is none that this program can follow.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST_BYTES {
            let size = bytes.len();
            return Err(format!(
                "the pointer takes {size} bytes, at most {MOST_BYTES} are read: it was not written by this program"
            ));
        }
        let unreadable = |error: &dyn fmt::Display| {
            format!("the pointer cannot be read, was it written by a newer program? {error}")
        };
        let target: Self = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
        match &target.rollout {
            Some(Rollout { stage, plan, .. }) if *stage > plan.stages.len() => {
                let stages = plan.stages.len();
                Err(unreadable(&format!("it is in stage {stage} of {stages}, counted from 0")))
            }
            _ => Ok(target),
        }
    }

    /// Returns the pointer as it is to be in a store.
    ///
    /// # Errors
    ///
    /// It would be one that nobody reads, with what to do.
    pub(crate) fn written(&self) -> Result<Vec<u8>, String> {
        let bytes = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        match bytes.len() {
            ..=MOST_BYTES => Ok(bytes),
            size => Err(format!(
                "the pointer would take {size} bytes, at most {MOST_BYTES} are read: unpin nodes, or shorten the plan"
            )),
        }
    }

    /// Returns the candidate of a rollout that is paused or halted.
    pub(crate) fn held_up(&self) -> Option<u64> {
        self.candidate(Phase::is_held_up)
    }

    /// Returns the candidate of a rollout that was aborted: nodes go back to what they had before it.
    pub(crate) fn aborted(&self) -> Option<u64> {
        self.candidate(|phase| phase == Phase::Aborted)
    }

    fn candidate(&self, is_in: impl FnOnce(Phase) -> bool) -> Option<u64> {
        let rollout = self.rollout.as_ref().filter(|rollout| is_in(rollout.phase));
        rollout.map(|rollout| rollout.candidate)
    }

    /// Notes a change, and forgets the oldest where there are too many.
    pub(crate) fn note(&mut self, TargetChange { what, by, why, at }: TargetChange) {
        let [what, by, why] = [&what, &by, &why].map(|words| shortened(words));
        self.changes.push(TargetChange { what, by, why, at });
        let surplus = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..surplus);
    }
}
