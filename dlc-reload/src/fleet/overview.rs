//! A fleet as it is, in one view.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    choice::{choose, reaches},
    plan::Stage,
    state::{NodeState, Refused, Trial},
    store::Revision,
    target::{Counts, Rollout, Target},
};
use crate::time::rfc3339::displayed;

/// A fleet as it is: the pointer, the rollout stage by stage, and every node in sight. It displays as plain lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Overview {
    /// The name of the fleet.
    pub fleet: String,
    /// The revision of the pointer; 0 if there is none yet.
    pub revision: u64,
    /// The pointer.
    pub target: Target,
    /// The stages of the rollout in the pointer, as they stand now.
    #[serde(default)]
    pub stages: Vec<StageView>,
    /// The number of nodes in sight by the version that they run. More than one version means that the fleet is
    /// divided.
    #[serde(default)]
    pub versions: BTreeMap<u64, u64>,
    /// The nodes in sight, by their names.
    #[serde(default)]
    pub nodes: BTreeMap<String, NodeView>,
    /// The nodes whose states cannot be read, with the reasons.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreadable: BTreeMap<String, String>,
}

/// A node of a fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NodeView {
    /// The version that it is to run by the pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
    /// The name of another process that has the name of this node, and is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namesake: Option<String>,
    /// What it says of itself.
    #[serde(flatten)]
    pub state: NodeState,
}

/// A stage of a rollout, in numbers of nodes in sight. Each counts the nodes of the stages before, too; nodes that are
/// pinned count in none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StageView {
    /// What it is to reach, and for how long.
    pub stage: Stage,
    /// False if the rollout has not come to it.
    pub has_begun: bool,
    /// The nodes that it reaches.
    pub reached: u64,
    /// Those of them that run the candidate.
    pub running: u64,
    /// Those that run it and whose trial is over.
    pub proved: u64,
    /// Those that run it while values wait for a restart.
    pub pending: u64,
    /// Those that refused it or took it back.
    pub refused: u64,
    /// The numbers that the controller has noted of it; they have the nodes that vanished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<Counts>,
}

impl Overview {
    /// Puts together what was read of a fleet.
    pub(crate) fn new(
        fleet: String,
        revision: Revision,
        target: Target,
        nodes: BTreeMap<String, NodeState>,
        mut namesakes: BTreeMap<String, NodeState>,
        unreadable: BTreeMap<String, String>,
    ) -> Self {
        let stages = target.rollout.as_ref().map(|rollout| stages(rollout, &target, &nodes));
        let mut versions = BTreeMap::new();
        for running in nodes.values().filter_map(|state| state.running) {
            *versions.entry(running).or_default() += 1;
        }
        let view = |(name, state): (String, NodeState)| {
            let wanted = choose(&target, &name, &state.labels, state.running);
            let namesake = namesakes.remove(&name).map(|state| state.process);
            (name, NodeView { wanted, namesake, state })
        };
        let nodes = nodes.into_iter().map(view).collect();
        let (stages, revision) = (stages.unwrap_or_default(), revision.0);
        Self { fleet, revision, target, stages, versions, nodes, unreadable }
    }

    /// Returns the nodes that refuse the version that they are to run, or the one whose rollout is held up, with the
    /// reasons.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Refused)> {
        self.nodes.iter().filter_map(|(name, node)| {
            let refused = node.state.refused.as_ref()?;
            let wanted = [node.wanted, self.target.held_up()];
            wanted.contains(&Some(refused.version)).then_some((name.as_str(), refused))
        })
    }

    /// Returns the nodes that have not reached the store, or have started without it.
    pub fn stale(&self) -> impl Iterator<Item = (&str, &NodeView)> {
        let stale = self.nodes.iter().filter(|(_, node)| node.state.stale.is_some());
        stale.map(|(name, node)| (name.as_str(), node))
    }

    /// Returns true if every node in sight runs what it is to run, and has proven it.
    pub fn has_converged(&self) -> bool {
        self.nodes.values().all(NodeView::has_converged)
    }
}

impl NodeView {
    /// Returns true if the node runs what it is to run, and has proven it, or if it is about to end.
    pub fn has_converged(&self) -> bool {
        let NodeState { running, trial, leaving, .. } = &self.state;
        *leaving || *running == self.wanted && *trial == Trial::Proved
    }
}

fn stages(
    rollout: &Rollout,
    target: &Target,
    nodes: &BTreeMap<String, NodeState>,
) -> Vec<StageView> {
    let view = |(number, stage): (usize, &Stage)| {
        let mut view = StageView {
            stage: stage.clone(),
            has_begun: number < rollout.cuts.len(),
            reached: 0,
            running: 0,
            proved: 0,
            pending: 0,
            refused: 0,
            noted: rollout.counts.get(number).copied(),
        };
        if !view.has_begun {
            return view;
        }
        let mut until = rollout.clone();
        until.cuts.truncate(number + 1);
        let mut counted = nodes.iter().filter(|(name, _)| !target.pins.contains_key(*name));
        let reached = |(name, state): &(&String, &NodeState)| reaches(&until, name, &state.labels);
        for (_, state) in counted.by_ref().filter(reached) {
            let runs = state.running == Some(rollout.candidate);
            let refused = state.refused.as_ref().map(|refused| refused.version);
            view.reached += 1;
            view.running += u64::from(runs);
            view.proved += u64::from(runs && state.trial == Trial::Proved);
            view.pending += u64::from(runs && !state.pending.is_empty());
            view.refused += u64::from(refused == Some(rollout.candidate));
        }
        view
    };
    rollout.plan.stages.iter().enumerate().map(view).collect()
}

impl fmt::Display for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { stable, rollout, frozen, pins, .. } = &self.target;
        match stable {
            Some(stable) => writeln!(f, "{}: stable version {stable}", self.fleet)?,
            None => writeln!(f, "{}: no version was promoted yet", self.fleet)?,
        }
        if let Some(freeze) = frozen {
            let (until, by, why) = (displayed(freeze.until), &freeze.by, &freeze.why);
            writeln!(f, "frozen until {until} by {by}: {why}")?;
        }
        if let Some(rollout) = rollout {
            write_rollout(f, rollout, &self.stages)?;
        }
        for (node, version) in pins {
            writeln!(f, "{node} is pinned to version {version}")?;
        }
        let versions =
            self.versions.iter().map(|(version, nodes)| format!("{nodes} run version {version}"));
        let versions = versions.collect::<Vec<_>>().join(", ");
        writeln!(
            f,
            "{} nodes in sight{}{versions}",
            self.nodes.len(),
            if versions.is_empty() { "" } else { ": " }
        )?;
        for (node, refused) in self.refused() {
            writeln!(
                f,
                "{node} refuses version {}: {}",
                refused.version,
                refused.because.as_str()
            )?;
            for problem in &refused.problems {
                writeln!(f, "  {problem}")?;
            }
        }
        for (node, view) in &self.nodes {
            if let Some(process) = &view.namesake {
                writeln!(
                    f,
                    "another process, {process}, is {node} too, and not seen: give each its own name"
                )?;
            }
            if !view.state.consistent {
                writeln!(f, "{node} is half way between two versions: restart it")?;
            }
            if let Some(stale) = &view.state.stale {
                writeln!(f, "{node} is stale since {}: {}", displayed(stale.since), stale.reason)?;
            }
            if let Some(trouble) = &view.state.trouble {
                writeln!(f, "{node}: {trouble}")?;
            }
        }
        for (node, reason) in &self.unreadable {
            writeln!(f, "what {node} says cannot be read: {reason}")?;
        }
        Ok(())
    }
}

fn write_rollout(
    f: &mut fmt::Formatter<'_>,
    rollout: &Rollout,
    stages: &[StageView],
) -> fmt::Result {
    let Rollout { id, candidate, plan, phase, by, .. } = rollout;
    let (plan, phase) = (&plan.name, phase.as_str());
    write!(f, "rollout {id} of version {candidate} ({plan}) by {by}")?;
    if !rollout.why.is_empty() {
        write!(f, ", {}", rollout.why)?;
    }
    writeln!(f, ": {phase}")?;
    if let Some(reason) = &rollout.halted {
        writeln!(f, "  {reason}")?;
    }
    for (number, view) in (1..).zip(stages) {
        let StageView { stage, reached, running, proved, refused, .. } = view;
        let reach = stage.reach;
        match view.has_begun {
            true => writeln!(
                f,
                "  stage {number}, {reach}: {reached} reached, {running} running, {proved} proved, {refused} refused"
            )?,
            false => writeln!(f, "  stage {number}, {reach}: not begun")?,
        }
    }
    Ok(())
}
