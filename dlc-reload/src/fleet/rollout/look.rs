//! One look at the nodes that a stage has reached.

use super::sight::{count, required};
use crate::fleet::{
    plan::{Restart, Stage},
    state::{Because, NodeState, Refused, Trial},
    target::{Counts, Rollout, Target},
};

/// One look at the nodes that a stage has reached.
#[derive(Debug, Default)]
pub(super) struct Look<'n> {
    proved: u64,
    rejected: Vec<(&'n str, &'n NodeState)>,
    /// Those that have the candidate and are not done with it, or have not got it yet.
    open: Vec<(&'n str, &'n NodeState)>,
    /// Those of the open ones that need not be waited for.
    late_comers: u64,
    /// The first that has not got the candidate in time.
    late: Option<(&'n str, &'n NodeState)>,
    /// Those that were seen and did not come back.
    pub(super) lost: Vec<String>,
    /// The number of those that are out of sight and may come back, and the first that is known by name.
    missed: u64,
    first_missed: Option<String>,
    /// The number of those that were gone before the controller came.
    unseen: u64,
    /// True if the stage has had no node in sight until its deadline.
    pub(super) is_empty_for_long: bool,
}

/// The standing of a node to the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It runs it, and its trial is over.
    Proved,
    /// It refused it, took it back, or is half way between two versions.
    Rejected,
    /// It runs it, and its trial is not over, or a restart is waited for.
    Open,
    /// It does not run it.
    Behind,
}

impl Standing {
    pub(super) fn of(state: &NodeState, rollout: &Rollout, retries: u64) -> Self {
        let waits = rollout.plan.restart == Restart::Hold && !state.pending.is_empty();
        if refusal(state, rollout, retries).is_some() || !state.consistent {
            Self::Rejected
        } else if state.running != Some(rollout.candidate) {
            Self::Behind
        } else if state.trial == Trial::Applied || waits {
            Self::Open
        } else {
            Self::Proved
        }
    }
}

/// Returns the refusal of the candidate by a node, unless it is of before the last request to try again.
fn refusal<'n>(state: &'n NodeState, rollout: &Rollout, retries: u64) -> Option<&'n Refused> {
    let refused = state.refused.as_ref();
    refused.filter(|it| it.version == rollout.candidate && it.retries >= retries)
}

impl<'n> Look<'n> {
    /// Takes in a node.
    pub(super) fn take(
        &mut self,
        node: &'n str,
        state: &'n NodeState,
        standing: Standing,
        is_late: bool,
        is_late_comer: bool,
    ) {
        match standing {
            Standing::Proved => self.proved += 1,
            Standing::Rejected => self.rejected.push((node, state)),
            Standing::Open | Standing::Behind => {
                self.open.push((node, state));
                self.late_comers += u64::from(is_late_comer);
            }
        }
        if is_late && standing == Standing::Behind {
            self.late.get_or_insert((node, state));
        }
    }

    /// Takes in a node that is out of sight.
    pub(super) fn miss(&mut self, node: &str, is_lost: bool) {
        if is_lost {
            self.lost.push(node.to_owned());
        } else {
            self.missed += 1;
            self.first_missed.get_or_insert_with(|| node.to_owned());
        }
    }

    /// Takes in the nodes that were out of sight before the controller came.
    pub(super) fn miss_unseen(&mut self, nodes: u64, are_lost: bool) {
        *if are_lost { &mut self.unseen } else { &mut self.missed } += nodes;
    }

    /// Returns the number of nodes in sight.
    pub(super) fn in_sight(&self) -> u64 {
        self.proved + count(self.rejected.iter().chain(&self.open))
    }

    fn lost(&self) -> u64 {
        self.unseen.saturating_add(count(self.lost.iter()))
    }

    /// Returns how the stage goes, in numbers.
    pub(super) fn counts(&self) -> Counts {
        let (rejected, lost) = (count(self.rejected.iter()), self.lost());
        Counts {
            reached: self.in_sight().saturating_add(lost).saturating_add(self.missed),
            proved: self.proved,
            rejected,
            lost,
        }
    }

    /// Returns the reason to halt, if there is one.
    pub(super) fn problem(
        &self,
        target: &Target,
        rollout: &Rollout,
        stage: &Stage,
        in_sight: u64,
    ) -> Option<String> {
        let Counts { reached, rejected, lost, .. } = self.counts();
        let (plan, version) = (&rollout.plan, rollout.candidate);
        if let Some((node, state)) = self.rejected.first()
            && rejected > plan.max_rejected
        {
            let first = rejection(node, state, rollout, target.retries);
            return Some(among("turned down", version, rejected, plan.max_rejected, &first));
        }
        if self.is_cut_off(target, rollout, in_sight) {
            return None;
        }
        let may_be_lost = plan.max_lost.unwrap_or(if reached > 20 { reached / 100 } else { 0 });
        if lost > may_be_lost {
            let first = match self.lost.first() {
                Some(node) => format!("{node} vanished while it was to run version {version}"),
                None => format!(
                    "a node that was to run version {version} vanished while no controller was there to see which"
                ),
            };
            return Some(among("vanished with", version, lost, may_be_lost, &first));
        }
        if let Some((node, state)) = self.late {
            let runs = state.running.map_or("no version".to_owned(), |it| format!("version {it}"));
            let trouble = state.trouble.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
            let deadline = stage.deadline;
            return Some(format!(
                "{node} has not taken version {version} within {deadline}, it runs {runs}{trouble}"
            ));
        }
        let number = rollout.stage + 1;
        let deadline = stage.deadline;
        self.is_empty_for_long
            .then(|| format!("no node that stage {number} takes was in sight for {deadline}"))
    }

    /// Returns the reason why the stage is not well yet, if it is not.
    pub(super) fn waits(
        &self,
        target: &Target,
        rollout: &Rollout,
        in_sight: u64,
    ) -> Option<String> {
        if self.is_cut_off(target, rollout, in_sight) {
            let required = required(target, rollout).ceil();
            return Some(format!("{in_sight} nodes are in sight of {required} that there must be"));
        }
        let open = count(self.open.iter());
        if self.missed > 0 {
            let node = self.first_missed.as_deref().unwrap_or("a node of the stage");
            return Some(format!("{node} is out of sight, and may be about to come back"));
        }
        if let Some((node, _)) = self.open.first()
            && open > self.late_comers
        {
            return Some(match open {
                1 => format!("{node} is not done yet"),
                _ => format!("{open} nodes are not done yet, {node} is one of them"),
            });
        }
        (self.in_sight() == 0).then(|| "no node that the stage takes is in sight".to_owned())
    }

    /// Returns true if so few nodes are in sight that the store is to blame. Those that vanished with the candidate are
    /// counted as if they were there: they are the candidate's own loss, and no excuse for it.
    #[allow(clippy::cast_precision_loss, reason = "no fleet has 2^52 nodes")]
    fn is_cut_off(&self, target: &Target, rollout: &Rollout, in_sight: u64) -> bool {
        (in_sight.saturating_add(self.lost()) as f64) < required(target, rollout)
    }
}

/// Says why a node does not run the candidate, with the key and the place of the first problem.
fn rejection(node: &str, state: &NodeState, rollout: &Rollout, retries: u64) -> String {
    let version = rollout.candidate;
    let half_way = || format!("{node} is half way between two versions, restart it");
    let Some(refused) = refusal(state, rollout, retries) else { return half_way() };
    let what = match refused.because {
        _ if !state.consistent => half_way(),
        Because::Rejected => format!("{node} refused version {version}"),
        Because::Ill => format!("version {version} made {node} ill, which took it back"),
        Because::Killed => format!("version {version} ended the process of {node} twice"),
        Because::Untrusted => format!("{node} does not trust version {version}"),
    };
    let Some(problem) = refused.problems.first() else { return what };
    let place = problem.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let key = problem.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
    format!("{what}: {place}{key}{}", problem.message)
}

/// Says how many nodes a problem is about, where it is about several, and which the first is.
fn among(what: &str, version: u64, nodes: u64, allowed: u64, first: &str) -> String {
    match nodes {
        1 => first.to_owned(),
        _ => format!(
            "{nodes} nodes {what} version {version}, more than {allowed}; the first: {first}"
        ),
    }
}
