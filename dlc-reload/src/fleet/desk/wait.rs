//! The wait for the end of a rollout.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Desk, DeskError, refused};
use crate::{
    fleet::{
        overview::Overview,
        record::{ROLLOUTS, Record},
        state::{NODES, NodeProblem},
        target::{Phase, Rollout, TARGET},
    },
    time::later,
};

/// The longest time between two looks at a fleet: hints may be lost.
const LOOK: Duration = Duration::from_secs(2);

/// The shortest time between two looks: a large fleet hints all the time.
const PAUSE: Duration = Duration::from_millis(50);

/// The problems that an [`Ending`] names at most.
const MOST_PROBLEMS: usize = 10;

/// The goal of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// The candidate is the stable version.
    Promoted,
    /// It is, and every node in sight runs what it is to run, and has proven it.
    Converged,
}

/// The end of a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Ending {
    /// The end.
    pub outcome: Outcome,
    /// The rollout that was waited for.
    pub rollout: String,
    /// The version that it was about.
    pub version: u64,
    /// The problems that stand in the way, or why it ended so; empty where all is well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The first problems of nodes that refuse the version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Complaint>,
}

/// A problem that a node has with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Complaint {
    /// The node.
    pub node: String,
    /// The problem.
    #[serde(flatten)]
    pub problem: NodeProblem,
}

/// The ends of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The goal was reached.
    Reached,
    /// The rollout has halted.
    Halted,
    /// The rollout was aborted, or another one has taken its place.
    Aborted,
    /// The time was over before.
    TimeOver,
}

impl Desk {
    /// Waits until the rollout in the pointer has ended, or for this time. A store that cannot be reached meanwhile is
    /// waited for, too.
    ///
    /// # Errors
    ///
    /// No rollout was started; or the store cannot be reached at the beginning.
    pub fn wait(&self, goal: Goal, timeout: Duration) -> Result<Ending, DeskError> {
        let deadline = later(Instant::now(), timeout);
        // Before the first look, so that no change falls between.
        let (hints, hinted) = channel();
        let _guards = [TARGET, NODES].map(|prefix| {
            let hints = hints.clone();
            self.store.watch(
                prefix,
                Box::new(move |_| {
                    // The wait may have ended.
                    let _ = hints.send(());
                }),
            )
        });
        let mut overview = self.overview()?;
        let Some(rollout) = overview.target.rollout.clone() else {
            return refused("there is nothing to wait for: no rollout was started");
        };
        let mut trouble = None;
        loop {
            let state = match &overview.target.rollout {
                Some(now) if now.id == rollout.id => state(&overview, now, goal),
                _ => self.replaced(&rollout.id),
            };
            let (outcome, reason) = match state {
                Ok(outcome) => (outcome, reason(&overview, outcome)),
                Err(waits) => (Outcome::TimeOver, trouble.take().unwrap_or(waits)),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if outcome != Outcome::TimeOver || left.is_zero() {
                let problems = problems(&overview, rollout.candidate);
                let (rollout, version) = (rollout.id, rollout.candidate);
                return Ok(Ending { outcome, rollout, version, reason, problems });
            }
            std::thread::sleep(PAUSE.min(left));
            if let Err(RecvTimeoutError::Disconnected) = hinted.recv_timeout(LOOK.min(left)) {
                std::thread::sleep(LOOK.min(left));
            }
            hinted.try_iter().for_each(drop);
            match self.overview() {
                Ok(newer) => overview = newer,
                Err(error) => trouble = Some(error.to_string()),
            }
        }
    }

    /// Returns the end of a rollout that another one has replaced in the pointer, or why it is not known.
    fn replaced(&self, id: &str) -> Result<Outcome, String> {
        let entry =
            self.store.get(&format!("{ROLLOUTS}{id}")).map_err(|error| error.to_string())?;
        let record = entry.and_then(|entry| serde_json::from_slice::<Record>(&entry.value).ok());
        Ok(match record.map(|record| record.rollout.phase) {
            Some(Phase::Promoted) => Outcome::Reached,
            _ => Outcome::Aborted,
        })
    }
}

/// Returns the end of a rollout, or why it has not ended.
fn state(overview: &Overview, rollout: &Rollout, goal: Goal) -> Result<Outcome, String> {
    let id = &rollout.id;
    match rollout.phase {
        Phase::Promoted if goal == Goal::Promoted || overview.has_converged() => {
            Ok(Outcome::Reached)
        }
        Phase::Promoted => Err(behind(overview)),
        Phase::Halted => Ok(Outcome::Halted),
        Phase::Aborted => Ok(Outcome::Aborted),
        Phase::Paused => Err(format!("rollout {id} is paused, resume it")),
        Phase::Running if overview.target.frozen.is_some() => Err("the fleet is frozen".to_owned()),
        Phase::Running => {
            let (stage, stages) = (rollout.stage + 1, rollout.plan.stages.len());
            Err(format!("rollout {id} is in stage {stage} of {stages}"))
        }
    }
}

/// Names the first node that does not run what it is to run.
fn behind(overview: &Overview) -> String {
    let mut behind = overview.nodes.iter().filter(|(_, node)| !node.has_converged());
    let Some((name, _)) = behind.next() else { return String::new() };
    match behind.count() {
        0 => format!("{name} does not run what it is to run"),
        more => format!("{name} and {more} more do not run what they are to run"),
    }
}

fn reason(overview: &Overview, outcome: Outcome) -> String {
    let rollout = overview.target.rollout.as_ref();
    let change = overview.target.changes.last();
    match outcome {
        Outcome::Halted => rollout.and_then(|rollout| rollout.halted.clone()).unwrap_or_default(),
        Outcome::Aborted => {
            change.map(|it| format!("{} by {}: {}", it.what, it.by, it.why)).unwrap_or_default()
        }
        Outcome::Reached | Outcome::TimeOver => String::new(),
    }
}

fn problems(overview: &Overview, version: u64) -> Vec<Complaint> {
    let refusals = overview.nodes.iter().filter_map(|(node, view)| {
        let refused = view.state.refused.as_ref().filter(|it| it.version == version)?;
        Some((node, refused))
    });
    let all = refusals.flat_map(|(node, refused)| {
        let complaint =
            |problem: &NodeProblem| Complaint { node: node.clone(), problem: problem.clone() };
        refused.problems.iter().map(complaint)
    });
    all.take(MOST_PROBLEMS).collect()
}
