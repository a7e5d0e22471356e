//! The memory of a controller: what it has seen of a stage.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{
    look::{Look, Standing},
    sight::{self, Nodes},
};
use crate::{
    fleet::{
        choice::reaches,
        plan::Stage,
        state::NodeState,
        store::Revision,
        target::{Counts, Rollout, Target},
    },
    time::later,
};

/// What a controller has seen of the stage that runs, by its own clock. It is lost with the controller; the next one
/// begins anew, and finds in the pointer how many nodes the stage had.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The name of the controller.
    pub(super) by: String,
    /// The reason why the stage does not go on although nothing is wrong with the candidate.
    pub(crate) waits: Option<String>,
    /// The course of the stage at the last look.
    pub(crate) counts: Option<Counts>,
    revision: Revision,
    stage: Option<Entered>,
}

/// A stage that was entered.
#[derive(Debug)]
struct Entered {
    rollout: String,
    stage: usize,
    deadline: Duration,
    /// The moment since which this controller has had it in sight.
    since: Instant,
    has_lost_sight: bool,
    /// The moment since which all nodes have been well.
    well_since: Option<Instant>,
    /// The moment of the next bake or deadline.
    due: Option<Instant>,
    /// The nodes that were seen below the cut.
    seen: BTreeMap<String, Seen>,
    /// Those that count no longer: they ended in an orderly way, or are pinned.
    excused: BTreeSet<String>,
}

/// A node that was seen below the cut in this stage.
#[derive(Debug)]
struct Seen {
    process: String,
    /// The times its process was another one than before, without a word.
    restarts: u32,
    since: Instant,
    /// The moment since which no process of it is in sight.
    gone_since: Option<Instant>,
    /// True if it came while the others baked already, and was not well yet: they need not wait for it.
    is_late_comer: bool,
}

/// The restarts without a word after which a node counts as lost.
const RESTARTS: u32 = 2;

/// The time that a node has to come back before it counts as lost. A process that follows one which was killed cannot
/// tell anything while the state of that one lasts, and tries each second.
const RETURN: Duration = Duration::from_secs(3);

impl Memory {
    /// Makes the empty memory of a controller of this name.
    pub(crate) fn new(by: impl Into<String>) -> Self {
        Self { by: by.into(), waits: None, counts: None, revision: Revision::ABSENT, stage: None }
    }

    /// Returns the moment at which `next` is to be asked again although nothing has changed.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.stage.as_ref()?.due
    }

    /// Forgets the stage: none runs, or another controller sees to it.
    pub(crate) fn forget(&mut self) {
        (self.waits, self.counts, self.stage) = (None, None, None);
    }

    /// Takes note that the nodes were out of sight: what was not seen has shown nothing, but who has left is known.
    pub(crate) fn lose_sight(&mut self) {
        (self.waits, self.counts) = (None, None);
        if let Some(stage) = &mut self.stage {
            stage.has_lost_sight = true;
        }
    }

    /// Begins with a stage, unless it is the one that is known. One of a store that has gone back is another one.
    pub(super) fn enter(
        &mut self,
        rollout: &Rollout,
        stage: &Stage,
        revision: Revision,
        now: Instant,
    ) {
        let known = self.stage.as_ref();
        let known = known.is_some_and(|it| it.rollout == rollout.id && it.stage == rollout.stage);
        if !known || revision < self.revision {
            self.stage = Some(Entered::new(rollout, stage, now));
        } else if let Some(stage) = self.stage.as_mut().filter(|it| it.has_lost_sight) {
            stage.look_anew(now);
        }
        self.revision = revision;
    }

    /// Looks at the nodes, and remembers what was seen.
    pub(super) fn look<'n>(
        &mut self,
        target: &Target,
        rollout: &Rollout,
        nodes: &'n Nodes,
        now: Instant,
    ) -> Look<'n> {
        let mut look = Look::default();
        let Some(entered) = &mut self.stage else { return look };
        let deadline = entered.deadline;
        let mut moments = Vec::new();
        entered.seen.retain(|name, _| !target.pins.contains_key(name));
        let reached = nodes.iter().filter(|(name, state)| reaches(rollout, name, &state.labels));
        let reached: BTreeMap<_, _> = reached.collect();
        for (name, state) in &reached {
            if state.leaving || target.pins.contains_key(*name) {
                entered.excuse(name);
                continue;
            }
            let standing = Standing::of(state, rollout, target.retries);
            let seen = entered.meet(name, state, standing, now);
            let late_at = later(seen.since, deadline);
            if seen.restarts >= RESTARTS {
                look.lost.push((*name).clone());
            } else {
                look.take(name, state, standing, now >= late_at, seen.is_late_comer);
            }
            moments.push(late_at);
        }
        let gone = entered.seen.iter_mut().filter(|(name, _)| !reached.contains_key(name));
        for (name, seen) in gone {
            let lost_at = later(*seen.gone_since.get_or_insert(now), RETURN);
            look.miss(name, now >= lost_at);
            moments.push(lost_at);
        }
        let unseen = entered.unseen(rollout);
        if unseen > 0 {
            let lost_at = later(entered.since, RETURN);
            look.miss_unseen(unseen, now >= lost_at);
            moments.push(lost_at);
        }
        if look.in_sight() == 0 {
            let late_at = later(entered.since, deadline);
            look.is_empty_for_long = now >= late_at;
            moments.push(late_at);
        }
        entered.due = moments.into_iter().filter(|at| *at > now).min();
        look
    }

    /// Takes note of whether the stage is well, and returns true if it has been for as long as the stage bakes.
    pub(super) fn is_baked(&mut self, is_well: bool, stage: &Stage, now: Instant) -> bool {
        let Some(entered) = &mut self.stage else { return false };
        entered.well_since = is_well.then(|| entered.well_since.unwrap_or(now));
        let Some(since) = entered.well_since else { return false };
        let baked_at = later(since, *stage.bake);
        entered.due = Some(baked_at);
        now >= baked_at
    }
}

impl Entered {
    fn new(rollout: &Rollout, stage: &Stage, now: Instant) -> Self {
        Self {
            rollout: rollout.id.clone(),
            stage: rollout.stage,
            deadline: *stage.deadline,
            since: now,
            has_lost_sight: false,
            well_since: None,
            due: None,
            seen: BTreeMap::new(),
            excused: BTreeSet::new(),
        }
    }

    /// Begins every wait anew, with the nodes that are known.
    fn look_anew(&mut self, now: Instant) {
        (self.since, self.has_lost_sight, self.well_since, self.due) = (now, false, None, None);
        for seen in self.seen.values_mut() {
            (seen.since, seen.gone_since) = (now, None);
        }
    }

    /// Takes note of a node that counts no longer.
    fn excuse(&mut self, node: &str) {
        self.seen.remove(node);
        self.excused.insert(node.to_owned());
    }

    /// Takes note of a node in sight.
    fn meet(&mut self, node: &str, state: &NodeState, standing: Standing, now: Instant) -> &Seen {
        self.excused.remove(node);
        let is_late_comer = self.well_since.is_some();
        let seen = self.seen.entry(node.to_owned()).or_insert_with(|| Seen {
            process: state.process.clone(),
            restarts: 0,
            since: now,
            gone_since: None,
            is_late_comer,
        });
        seen.gone_since = None;
        if seen.process != state.process {
            seen.process.clone_from(&state.process);
            seen.restarts = seen.restarts.saturating_add(1);
            // The bake is to see that nodes stay alive.
            self.well_since = None;
        }
        seen.is_late_comer &= standing != Standing::Proved;
        seen
    }

    /// Returns the number of nodes that the stage had when it began, and that were gone before this controller came.
    fn unseen(&self, rollout: &Rollout) -> u64 {
        let counts = rollout.counts.get(self.stage).copied().unwrap_or_default();
        // What was lost before the rollout was resumed, somebody has looked at.
        let expected = counts.reached.saturating_sub(counts.lost);
        expected.saturating_sub(sight::count(self.seen.keys().chain(&self.excused)))
    }
}
