//! The decision about what comes next in a rollout: a pure function of the pointer and of the nodes in sight.

mod look;
mod memory;
mod sight;
#[cfg(test)]
mod tests;

use self::sight::count;
pub(crate) use self::{memory::Memory, sight::Nodes};
use super::{
    plan::{Reach, Stage},
    rank::{EVERY, rank},
    state::NodeState,
    store::Revision,
    target::{Counts, Phase, Rollout, Target, TargetChange},
    words::shortened,
};
use crate::time::{Moment, rfc3339::displayed};

/// Returns the pointer that is to replace this one, if it is time for another.
///
/// Whoever controls the fleet calls it whenever something may have changed and when [`Memory::due`] says so, and writes
/// what it returns by a swap that names `revision`: of two who decide at a time, one loses and reads anew. Bakes and
/// deadlines go by the clock that does not jump; only the end of a freeze and the times that are shown go by the time
/// of day.
pub(crate) fn next(
    target: &Target,
    revision: Revision,
    nodes: &Nodes,
    now: Moment,
    memory: &mut Memory,
) -> Option<Target> {
    if let Some(freeze) = &target.frozen {
        memory.forget();
        let why = format!("it was to end at {}", displayed(freeze.until));
        let thawed = Target { frozen: None, ..target.clone() };
        return (freeze.until <= now.now)
            .then(|| noted(thawed, "end the freeze", &why, now, memory));
    }
    let Some(rollout) = target.rollout.as_ref().filter(|it| it.phase == Phase::Running) else {
        memory.forget();
        return None;
    };
    let in_sight = count(nodes.values().filter(|state| !state.leaving));
    if target.stable == Some(rollout.candidate) {
        return Some(promoted(target, in_sight, "it was the stable version already", now, memory));
    }
    let Some(stage) = rollout.plan.stages.get(rollout.stage) else {
        let why = format!("the plan has no stage {}", rollout.stage + 1);
        return Some(halted(target, Counts::default(), &why, now, memory));
    };
    if rollout.cuts.len() <= rollout.stage {
        // The stage may have begun before, in a store that has gone back since.
        memory.forget();
        memory.waits = (in_sight == 0).then(|| "no node is in sight".to_owned());
        return (in_sight > 0).then(|| begun(target, rollout.stage, nodes, now, memory));
    }
    memory.enter(rollout, stage, revision, now.instant);
    let look = memory.look(target, rollout, nodes, now.instant);
    if let Some(why) = look.problem(target, rollout, stage, in_sight) {
        return Some(halted(target, look.counts(), &why, now, memory));
    }
    (memory.waits, memory.counts) = (look.waits(target, rollout, in_sight), Some(look.counts()));
    if !memory.is_baked(memory.waits.is_none(), stage, now.instant) {
        return None;
    }
    let mut target = target.clone();
    let rollout = target.rollout.as_mut()?;
    note_counts(rollout, look.counts());
    let next = rollout.stage + 1;
    Some(if next < rollout.plan.stages.len() {
        begun(&target, next, nodes, now, memory)
    } else {
        promoted(&target, in_sight, "every stage was well", now, memory)
    })
}

/// Begins a stage: it reaches the nodes up to a cut of its own.
fn begun(target: &Target, stage: usize, nodes: &Nodes, now: Moment, memory: &Memory) -> Target {
    let mut target = target.clone();
    let pins = std::mem::take(&mut target.pins);
    let mut what = String::new();
    if let Some(rollout) = &mut target.rollout {
        let counted = |(name, state): &(&String, &NodeState)| {
            !state.leaving && !pins.contains_key(name.as_str())
        };
        rollout.stage = stage;
        // An earlier cut was lost only where the pointer was written by hand.
        rollout.cuts.resize(stage, 0);
        let cut = cut(rollout, &rollout.plan.stages[stage], nodes.iter().filter(counted));
        rollout.cuts.push(cut);
        rollout.counts.resize(stage, Counts::default());
        let reached = nodes.iter().filter(counted);
        let reached =
            reached.filter(|(name, state)| super::choice::reaches(rollout, name, &state.labels));
        rollout.counts.push(Counts { reached: count(reached), ..Counts::default() });
        what = format!("begin stage {} of {}", stage + 1, rollout.id);
    }
    target.pins = pins;
    let why = if stage == 0 { "it was started" } else { "the stage before was well" };
    noted(target, &what, why, now, memory)
}

/// Returns the rank of the last node that a stage reaches of those that it takes; 0 if it takes none of them.
fn cut<'n>(
    rollout: &Rollout,
    stage: &Stage,
    nodes: impl Iterator<Item = (&'n String, &'n NodeState)>,
) -> u64 {
    let taken = nodes.filter(|(_, state)| stage.takes(&state.labels));
    let mut ranks: Vec<_> = taken.map(|(name, _)| rank(&rollout.id, name)).collect();
    ranks.sort_unstable();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of what is in memory; what is no number is zero"
    )]
    let reached = match stage.reach {
        Reach::Share(share) if share >= 1.0 => return EVERY,
        Reach::Share(share) => (ranks.len() as f64 * share).ceil() as usize,
        Reach::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
    };
    let reached = reached.max(1).min(ranks.len());
    reached.checked_sub(1).map_or(0, |last| ranks[last])
}

/// Ends a rollout well: its candidate is the stable version from here on.
pub(crate) fn promoted(
    target: &Target,
    nodes: u64,
    why: &str,
    now: Moment,
    memory: &Memory,
) -> Target {
    let mut target = target.clone();
    let mut what = String::new();
    if let Some(rollout) = &mut target.rollout {
        rollout.phase = Phase::Promoted;
        target.stable = Some(rollout.candidate);
        what = format!("promote version {}", rollout.candidate);
    }
    target.nodes = nodes;
    noted(target, &what, why, now, memory)
}

/// Halts a rollout: what has the candidate keeps it, and nothing goes on until somebody decides.
fn halted(target: &Target, counts: Counts, why: &str, now: Moment, memory: &Memory) -> Target {
    let mut target = target.clone();
    let mut what = String::new();
    if let Some(rollout) = &mut target.rollout {
        rollout.phase = Phase::Halted;
        rollout.halted = Some(shortened(why));
        what = format!("halt {}", rollout.id);
        note_counts(rollout, counts);
    }
    noted(target, &what, why, now, memory)
}

/// Notes how the stage that runs went.
fn note_counts(rollout: &mut Rollout, counts: Counts) {
    if let Some(last) = rollout.counts.last_mut() {
        *last = counts;
    }
}

/// Notes a change, which the controller makes.
fn noted(mut target: Target, what: &str, why: &str, now: Moment, memory: &Memory) -> Target {
    let (what, by, why) = (what.to_owned(), memory.by.clone(), why.to_owned());
    target.note(TargetChange { what, by, why, at: now.now });
    target
}
