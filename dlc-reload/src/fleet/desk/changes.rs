//! The changes of the pointer, each with who and why: without a reason none is made.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use super::{Desk, DeskError, reason, refused};
use crate::{
    fleet::{
        plan::{Plan, Reach},
        rank::back_off,
        record::{ROLLOUTS, Record},
        rollout::{Memory, promoted},
        target::{Freeze, Phase, Rollout, TARGET, Target, TargetChange},
        words::check_name,
    },
    time::{Clock as _, SystemClock, rfc3339},
};

/// The races that a change loses before it gives up. Each loss means that somebody else has made a change.
const MOST_RACES: u32 = 32;

/// The greatest sizes of a plan and of what is pinned, in bytes as they stand in the pointer. The rest is for what the
/// controller notes there.
const MOST_OF_PLAN: usize = 8 << 10;
const MOST_OF_PINS: usize = 16 << 10;

/// The greatest length of a reason and of the name of a person, in bytes.
const LONGEST_WORDS: usize = 500;

impl Desk {
    /// Starts a rollout of a version, and returns the pointer. Nodes in sight take it stage by stage, under the eyes of
    /// the controller; a fleet without nodes has it promoted at once. While the fleet is frozen, it waits.
    ///
    /// # Errors
    ///
    /// Another rollout has not ended, the version does not exist, the plan does not fit, no state of a node can be
    /// read, or the reason is missing; or the store fails.
    pub fn start(&self, version: u64, plan: Plan, why: &str) -> Result<Target, DeskError> {
        check(&plan)?;
        self.version(version)?;
        // The one before has its record, whoever ended it.
        if let Some(record) = Record::of(&self.target()?.1) {
            // The controller may have written it, and who starts need not be allowed to.
            let _ = record.write(&*self.store);
        }
        let earlier = self.store.keys(ROLLOUTS)?;
        let (nodes, unreadable) = self.nodes()?;
        if let (true, Some((node, reason))) = (nodes.is_empty(), unreadable.first_key_value()) {
            return refused(format!(
                "what the nodes say cannot be read, use the command of their release: {node}: {reason}"
            ));
        }
        self.rewrite(why, |target, by| {
            if let Some(rollout) = target.rollout.as_ref().filter(|it| !it.phase.is_over()) {
                return refused(format!(
                    "rollout {} of version {} is {}: `abort` or `promote` it first",
                    rollout.id,
                    rollout.candidate,
                    rollout.phase.as_str()
                ));
            }
            let last = target.rollout.as_ref().map(|rollout| &rollout.id);
            let id = next_id(earlier.iter().chain(last))?;
            let what = format!("start {id} of version {version}, {}", plan.name);
            target.rollout = Some(Rollout {
                id,
                candidate: version,
                plan: plan.clone(),
                stage: 0,
                cuts: Vec::new(),
                counts: Vec::new(),
                phase: Phase::Running,
                halted: None,
                by: by.to_owned(),
                why: why.trim().to_owned(),
                since: SystemTime::now(),
            });
            note(target, what, by, why);
            // What has no nodes has none that could control it, or refuse.
            let in_sight = nodes.values().filter(|state| !state.leaving).count() as u64;
            let why = match target.stable {
                Some(stable) if stable == version => "it was the stable version already",
                _ if target.nodes == 0 && in_sight == 0 => "the fleet has no nodes",
                _ => return Ok(()),
            };
            *target = promoted(target, in_sight, why, SystemClock.moment(), &Memory::new(by));
            Ok(())
        })
    }

    /// Pauses the rollout: nodes that have the candidate keep it, and no stage begins.
    ///
    /// # Errors
    ///
    /// No rollout runs, or the reason is missing; or the store fails.
    pub fn pause(&self, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| {
            let rollout = under_way(target, &[Phase::Running], "pause")?;
            rollout.phase = Phase::Paused;
            Ok(format!("pause {}", rollout.id))
        })
    }

    /// Lets a rollout go on that was paused or has halted.
    ///
    /// # Errors
    ///
    /// There is none, or the reason is missing; or the store fails.
    pub fn resume(&self, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| {
            let rollout = under_way(target, &[Phase::Paused, Phase::Halted], "resume")?;
            (rollout.phase, rollout.halted) = (Phase::Running, None);
            Ok(format!("resume {}", rollout.id))
        })
    }

    /// Takes the rollout back: nodes that have the candidate return to the stable version.
    ///
    /// # Errors
    ///
    /// There is none that has not ended, or the reason is missing; or the store fails.
    pub fn abort(&self, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| {
            let rollout = under_way(target, &ALIVE, "abort")?;
            rollout.phase = Phase::Aborted;
            rollout.cuts.clear();
            Ok(format!("abort {}", rollout.id))
        })
    }

    /// Ends the rollout by giving the candidate to all nodes now, whatever they say of it.
    ///
    /// # Errors
    ///
    /// There is none that has not ended, or the reason is missing; or the store fails.
    pub fn promote(&self, why: &str) -> Result<Target, DeskError> {
        let nodes = self.nodes()?.0;
        let nodes = nodes.values().filter(|state| !state.leaving).count() as u64;
        self.change(why, |target| {
            let rollout = under_way(target, &ALIVE, "promote")?;
            rollout.phase = Phase::Promoted;
            let (candidate, what) = (rollout.candidate, format!("promote {}", rollout.id));
            (target.stable, target.nodes) = (Some(candidate), nodes);
            Ok(what)
        })
    }

    /// Has a node run this version, whatever rollouts say, until it is [unpinned](Self::unpin). It need not be in
    /// sight.
    ///
    /// # Errors
    ///
    /// The version does not exist, or the reason is missing; or the store fails.
    pub fn pin(&self, node: &str, version: u64, why: &str) -> Result<Target, DeskError> {
        check_name(node).map_err(DeskError::Refused)?;
        self.version(version)?;
        self.change(why, |target| {
            target.pins.insert(node.to_owned(), version);
            takes(&target.pins, MOST_OF_PINS, "what is pinned", "unpin some nodes")?;
            Ok(format!("pin {node} to version {version}"))
        })
    }

    /// Ends what [`pin`](Self::pin) has begun.
    ///
    /// # Errors
    ///
    /// The node is not pinned, or the reason is missing; or the store fails.
    pub fn unpin(&self, node: &str, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| match target.pins.remove(node) {
            Some(version) => Ok(format!("unpin {node} from version {version}")),
            None if target.pins.is_empty() => refused("no node is pinned"),
            None => {
                let pinned = target.pins.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                refused(format!("`{node}` is not pinned, these are: {pinned}"))
            }
        })
    }

    /// Freezes the fleet until a time: no node takes another version, also not over a restart, and rollouts wait.
    ///
    /// # Errors
    ///
    /// The time is not ahead or not before the year 9999, or the reason is missing; or the store fails.
    pub fn freeze(&self, until: SystemTime, why: &str) -> Result<Target, DeskError> {
        if until <= SystemTime::now() {
            let until = rfc3339::displayed(until);
            return refused(format!(
                "{until} is over by the clock of this machine: give a time that is ahead"
            ));
        }
        if jiff::Timestamp::try_from(until).is_err() {
            return refused("a freeze ends before the year 9999: give an earlier time");
        }
        self.change(why, |target| {
            target.frozen = Some(Freeze { by: self.who()?, why: why.trim().to_owned(), until });
            Ok(format!("freeze until {}", rfc3339::displayed(until)))
        })
    }

    /// Ends a freeze before its time.
    ///
    /// # Errors
    ///
    /// The fleet is not frozen, or the reason is missing; or the store fails.
    pub fn unfreeze(&self, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| match target.frozen.take() {
            Some(_) => Ok("unfreeze".to_owned()),
            None => refused("the fleet is not frozen"),
        })
    }

    /// Has nodes try again what they refused.
    ///
    /// # Errors
    ///
    /// The reason is missing; or the store fails.
    pub fn retry(&self, why: &str) -> Result<Target, DeskError> {
        self.change(why, |target| {
            target.retries = target.retries.saturating_add(1);
            Ok("retry what nodes refused".to_owned())
        })
    }

    /// Changes the pointer, notes the change, and returns the pointer. `change` says what it did.
    fn change(
        &self,
        why: &str,
        change: impl Fn(&mut Target) -> Result<String, DeskError>,
    ) -> Result<Target, DeskError> {
        self.rewrite(why, |target, by| {
            let what = change(target)?;
            note(target, what, by, why);
            Ok(())
        })
    }

    /// Writes the record of a rollout that is over now.
    fn recorded(&self, target: Target) -> Target {
        if let Some(record) = Record::of(&target) {
            // The change is made. The controller writes it as well, and so does the next start.
            let _ = record.write(&*self.store);
        }
        target
    }

    /// Changes the pointer, and returns it. `change` checks and changes what it is given; it is asked again when
    /// somebody else was faster.
    fn rewrite(
        &self,
        why: &str,
        change: impl Fn(&mut Target, &str) -> Result<(), DeskError>,
    ) -> Result<Target, DeskError> {
        let (by, why) = (self.who()?, reason(why)?);
        if by.len().max(why.len()) > LONGEST_WORDS {
            return refused(format!(
                "who and why have at most {LONGEST_WORDS} bytes each: shorten them"
            ));
        }
        for lost in 0..MOST_RACES {
            thread::sleep(standing_back(&by, lost));
            let (seen, mut target) = self.target()?;
            change(&mut target, &by)?;
            let value = target.written().map_err(DeskError::Refused)?;
            match self.store.swap(TARGET, seen, &value) {
                Ok(Ok(_)) => return Ok(self.recorded(target)),
                Ok(Err(_)) => {}
                // The answer may have been lost behind a write that was made.
                Err(error) => match self.store.get(TARGET)? {
                    Some(entry) if entry.value == value => return Ok(self.recorded(target)),
                    _ => return Err(error.into()),
                },
            }
        }
        refused("others change the pointer all the time: try again")
    }
}

/// Returns the name of a rollout after those that were.
fn next_id<'a>(earlier: impl Iterator<Item = &'a String>) -> Result<String, DeskError> {
    let numbers = earlier.filter_map(|id| id.strip_prefix('r')?.parse::<u64>().ok());
    match numbers.max().unwrap_or(0).checked_add(1) {
        Some(number) => Ok(format!("r{number}")),
        None => refused(format!(
            "a record in `{ROLLOUTS}` has the last number that there is: remove it"
        )),
    }
}

/// Notes a change that a person makes.
fn note(target: &mut Target, what: String, by: &str, why: &str) {
    let (by, why) = (by.to_owned(), why.trim().to_owned());
    target.note(TargetChange { what, by, why, at: SystemTime::now() });
}

/// The phases of a rollout that has not ended.
const ALIVE: [Phase; 3] = [Phase::Running, Phase::Paused, Phase::Halted];

/// Returns the rollout if it is in one of these phases.
fn under_way<'a>(
    target: &'a mut Target,
    phases: &[Phase],
    to: &str,
) -> Result<&'a mut Rollout, DeskError> {
    match target.rollout.as_mut() {
        Some(rollout) if phases.contains(&rollout.phase) => Ok(rollout),
        Some(rollout) => {
            let (id, phase) = (&rollout.id, rollout.phase.as_str());
            refused(format!("there is nothing to {to}: rollout {id} is {phase}"))
        }
        None => refused(format!("there is nothing to {to}: no rollout was started")),
    }
}

/// Returns true if a stage of a plan reaches every node.
fn reaches_all(plan: &Plan, stage: usize) -> bool {
    plan.stages.get(stage).is_some_and(|stage| {
        stage.labels.is_empty() && matches!(stage.reach, Reach::Share(share) if share >= 1.0)
    })
}

/// Refuses what would leave too little room in the pointer.
fn takes(part: &impl Serialize, most: usize, what: &str, remedy: &str) -> Result<(), DeskError> {
    match serde_json::to_string(part).map_or(usize::MAX, |text| text.len()) {
        size if size > most => refused(format!(
            "{what} takes {size} bytes of the pointer, at most {most} are allowed: {remedy}"
        )),
        _ => Ok(()),
    }
}

/// Checks that a plan can be carried out.
fn check(plan: &Plan) -> Result<(), DeskError> {
    let name = &plan.name;
    let is_share = |share: f64| (0.0..=1.0).contains(&share);
    for (number, stage) in (1..).zip(&plan.stages) {
        match stage.reach {
            Reach::Share(share) if !is_share(share) => {
                return refused(format!(
                    "stage {number} of the plan `{name}` reaches a share of {share}, write 0.0 to 1.0"
                ));
            }
            Reach::Count(0) => {
                return refused(format!(
                    "stage {number} of the plan `{name}` reaches no node, write 1 or more"
                ));
            }
            _ => {}
        }
        if stage.deadline.is_zero() {
            return refused(format!(
                "stage {number} of the plan `{name}` has a deadline of 0s, in which no node can take the version: write 1s or more"
            ));
        }
    }
    takes(plan, MOST_OF_PLAN, &format!("the plan `{name}`"), "shorten it")?;
    if !is_share(plan.min_alive) {
        return refused(format!(
            "`min_alive` of the plan `{name}` is {}, write 0.0 to 1.0",
            plan.min_alive
        ));
    }
    if !plan.stages.len().checked_sub(1).is_some_and(|last| reaches_all(plan, last)) {
        return refused(format!(
            "the last stage of the plan `{name}` does not reach all nodes: give it a share of 1.0 and no labels"
        ));
    }
    Ok(())
}

/// Returns the pause before a change, of which so many were lost to others: some milliseconds, up to a tenth of a
/// second. Without it, the slower of two who change the pointer all the time would lose each race.
fn standing_back(by: &str, lost: u32) -> Duration {
    lost.checked_sub(1).map_or(Duration::ZERO, |more| back_off(by, more) / 512)
}
