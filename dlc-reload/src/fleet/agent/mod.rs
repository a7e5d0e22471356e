//! The agent of a node: what it does when, without threads, clocks and stores. A thread drives it on a node, and the
//! simulation drives ten thousand of them.

mod decide;
mod event;
mod reading;
#[cfg(test)]
mod tests;
mod trouble;
mod waits;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

pub(crate) use self::event::{Action, Event, Fetched, Identity, Mark, Note, Outcome, Start};
use self::{reading::Reading, trouble::Troubles, waits::Waits};
use super::{
    meter::Trouble,
    state::{Because, NodeProblem, NodeState, Refused, Stale, Trial},
    store::{Hint, Revision},
    target::Target,
};
use crate::time::Moment;

/// The time without contact after which a node says that it is stale.
const STALE: Duration = Duration::from_secs(30);

/// The time for which a version must be in force before an end of the process no longer counts against it, where its
/// trial is not longer.
const SETTLING: Duration = Duration::from_secs(10);

/// The agent of a node.
pub(crate) struct Agent {
    name: String,
    waits: Waits,
    state: NodeState,
    /// The state that was told last, so that each is told once.
    told: Option<NodeState>,
    target: Option<Target>,
    /// The version that the pointer asks for, and the one whose rollout is held up.
    asked: [Option<u64>; 2],
    /// The versions that are not tried again, until another one or a retry is asked for.
    refusals: BTreeMap<u64, Refused>,
    retries: u64,
    /// The version that was proven before the running one.
    before: Option<u64>,
    /// The version that is being read, the one that was, and the one that the reloader has, which may be none.
    fetching: Option<u64>,
    fetched: Option<u64>,
    offered: Option<Option<u64>>,
    /// True if the mark of a trial is on the disk.
    marked: bool,
    /// True if the note of a refusal is on the disk.
    noted: bool,
    /// The moment from which the end of the process no longer counts against the running version.
    settled: Option<Instant>,
    reading: Reading,
    /// The reads of the version that failed, and the moment of the next one.
    missed: (u32, Option<Instant>),
    /// Since when the store is not reached, and why.
    lost: Option<(Moment, String)>,
    trouble: Troubles,
}

impl Agent {
    /// Makes the agent of a node that has started.
    pub(crate) fn new(identity: Identity, start: Start, now: Moment) -> Self {
        let Identity { name, labels, process, build, schema, splay } = identity;
        let Start { target, running, before, generation, pending, on_trial, .. } = start;
        let Start { marked, noted, refused, stale, .. } = start;
        let (target, revision) =
            target.map_or((None, Revision::ABSENT), |(target, at)| (Some(target), at));
        let retries = target.as_ref().map_or(0, |target| target.retries);
        let refusals = refused.into_iter().map(|refused| (refused.version, refused)).collect();
        let lost = stale.as_ref().map(|stale| (now, stale.reason.clone()));
        let state = NodeState {
            running,
            refused: None,
            trial: trial(on_trial),
            pending,
            drift: Vec::new(),
            generation,
            seen: revision.0,
            since: now.now,
            build,
            process,
            schema,
            labels,
            consistent: true,
            stale,
            trouble: None,
            leaving: false,
        };
        Self {
            waits: Waits::new(&name, splay),
            name,
            state,
            told: None,
            target,
            asked: [None; 2],
            refusals,
            retries,
            before,
            fetching: None,
            fetched: None,
            offered: None,
            marked,
            noted,
            settled: marked.then(|| now.instant + SETTLING),
            reading: Reading::new(now.instant),
            missed: (0, None),
            lost,
            trouble: Troubles::default(),
        }
    }

    /// Takes in what happened, and returns what is to be done, in order.
    pub(crate) fn handle(&mut self, event: Event, now: Moment) -> Vec<Action> {
        let (held, mut actions) = (self.kept(), Vec::new());
        match event {
            Event::Pointer(read) => self.pointer(read, now),
            Event::PointerFailed(reason) => self.pointer_failed(reason, now),
            Event::Version(version, fetched) => self.version(version, fetched, now),
            Event::Hint(hint) => self.hint(hint, now),
            Event::Outcome(outcome) => self.outcome(outcome, now, &mut actions),
            Event::Proved(generation) if generation >= self.state.generation => {
                self.state.trial = Trial::Proved;
            }
            Event::Drift(keys) => self.state.drift = keys,
            Event::Trouble(trouble) => self.trouble.local = trouble,
            Event::Leave => self.state.leaving = true,
            Event::Proved(_) | Event::Time => {}
        }
        self.decide(now, &mut actions);
        self.pass(now, &mut actions);
        if self.kept() != held {
            actions.push(Action::Keep(self.kept()));
        }
        self.tell(&mut actions);
        actions
    }

    /// Returns the moment at which [`Event::Time`] is wanted, whatever else happens.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.state.leaving {
            return None;
        }
        let stale = self.lost.as_ref().filter(|_| self.state.stale.is_none());
        let stale = stale.map(|(since, _)| since.instant + STALE);
        let settled = self.settled.filter(|_| self.state.trial == Trial::Proved);
        self.reading.due().chain(self.missed.1).chain(stale).chain(settled).min()
    }

    /// Returns the state as it is told.
    pub(crate) const fn state(&self) -> &NodeState {
        &self.state
    }

    /// Returns the version that the pointer asks for.
    pub(crate) const fn asked(&self) -> Option<u64> {
        self.asked[0]
    }

    /// Returns the number of changes of the pointer that caused no event and were found by reading it.
    pub(crate) const fn missed(&self) -> u64 {
        self.reading.missed()
    }

    /// Returns the kinds of trouble that refuse nothing.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = Trouble> {
        self.trouble.kinds()
    }

    /// Returns true if the documents of a version may still be asked for.
    pub(crate) fn needs(&self, version: u64) -> bool {
        self.kept().contains(&version)
            || [self.fetched, self.offered.flatten()].contains(&Some(version))
    }

    /// The versions that are needed after a restart: the running one, and the one that was proven before.
    pub(crate) fn kept(&self) -> BTreeSet<u64> {
        self.state.running.into_iter().chain(self.before).collect()
    }

    fn pointer(&mut self, read: Option<(Target, Revision)>, now: Moment) {
        self.contact();
        let seen = self.state.seen();
        let revision = read.as_ref().map_or(Revision::ABSENT, |(_, revision)| *revision);
        match revision.cmp(&seen) {
            std::cmp::Ordering::Less => self.trouble.went_back = Some((seen, revision)),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => self.trouble.went_back = None,
        }
        self.state.seen = revision.0;
        self.target = read.map(|(target, _)| target);
        let retries = self.target.as_ref().map_or(self.retries, |target| target.retries);
        let before = self.refusals.len();
        self.refusals.retain(|_, refused| refused.retries >= retries);
        if self.refusals.len() < before {
            self.missed = (0, None);
        }
        self.trouble.bound.take_if(|_| retries > self.retries);
        self.retries = retries;
        let again = self.reading.ended(revision != seen, now.instant);
        let wait = if again { self.after_hint() } else { self.waits.idle() };
        self.reading.next = now.instant + wait;
    }

    fn pointer_failed(&mut self, reason: String, now: Moment) {
        self.cut_off(reason, now);
        self.reading.next = now.instant + self.waits.back_off(self.reading.failed());
    }

    fn version(&mut self, version: u64, fetched: Fetched, now: Moment) {
        if self.fetching.take_if(|fetching| *fetching == version).is_none() {
            return;
        }
        match fetched {
            Fetched::There => {
                self.contact();
                self.fetched = Some(version);
                self.missed = (0, None);
                self.trouble.missing = None;
                return;
            }
            Fetched::Untrusted(message) => {
                self.contact();
                let problems = vec![NodeProblem { key: None, place: None, message }];
                return self.refuse(version, Because::Untrusted, problems);
            }
            Fetched::Missing => {
                self.contact();
                self.trouble.missing = Some(version);
            }
            Fetched::Unreachable(reason) => self.cut_off(reason, now),
        }
        let (failures, _) = self.missed;
        let next = now.instant + self.waits.back_off(failures);
        self.missed = (failures.saturating_add(1), Some(next));
    }

    fn hint(&mut self, hint: Hint, now: Moment) {
        let runs = self.reading.hinted();
        let wait = match hint {
            Hint::Changed if runs => return,
            Hint::Changed | Hint::Back => self.after_hint(),
            Hint::CutOff(reason) => {
                self.cut_off(reason, now);
                self.waits.back_off(0)
            }
        };
        self.reading.next = self.reading.next.min(now.instant + wait);
    }

    /// Returns the time between a hint and the read: those that run what is being tried wait less, since it may be
    /// taken back.
    fn after_hint(&self) -> Duration {
        let stable = self.target.as_ref().and_then(|target| target.stable);
        self.waits.after_hint(self.state.running != stable)
    }

    fn contact(&mut self) {
        self.lost = None;
        self.state.stale = None;
    }

    fn cut_off(&mut self, reason: String, now: Moment) {
        let (_, latest) = self.lost.get_or_insert_with(|| (now, String::new()));
        *latest = reason;
    }

    fn outcome(&mut self, outcome: Outcome, now: Moment, actions: &mut Vec<Action>) {
        match outcome {
            Outcome::Accepted { generation, pending, on_trial } => {
                (self.state.generation, self.state.pending) = (generation, pending);
                let Some(version) = self.offered.take() else {
                    if !on_trial {
                        // Something else has taken its place on this machine, such as a rollback.
                        self.state.trial = Trial::Proved;
                    }
                    return;
                };
                if version.is_none() || self.before == version {
                    self.before = None;
                } else if self.state.trial == Trial::Proved && self.state.running != version {
                    self.before = self.state.running;
                }
                self.state.running = version;
                self.state.trial = trial(on_trial);
                self.state.since = now.now;
                self.settled = Some(now.instant + SETTLING);
                (self.fetched, self.trouble.bound) = (None, None);
            }
            Outcome::Refused { problems } => {
                let Some(version) = self.offered.take() else { return };
                match version {
                    Some(version) => self.refuse(version, Because::Rejected, problems),
                    None => self.trouble.bind(self.state.running, &problems),
                }
                self.fetched = None;
                actions.push(Action::Withdraw(self.state.running));
                self.unmark(actions);
            }
            Outcome::Ill { generation, problems, in_force } => {
                self.state.generation = generation;
                self.ill(problems, in_force, actions);
            }
            Outcome::Inconsistent { generation, problems } => {
                self.state.generation = generation;
                self.state.consistent = false;
                if let Some(version) = self.offered.take().unwrap_or(self.state.running) {
                    self.refuse(version, Because::Ill, problems);
                }
            }
        }
    }

    /// Takes note that what is on trial has failed, and that the reloader went back where it could.
    fn ill(
        &mut self,
        problems: Vec<NodeProblem>,
        in_force: Option<u64>,
        actions: &mut Vec<Action>,
    ) {
        if self.state.trial == Trial::Proved {
            return;
        }
        (self.state.trial, self.settled) = (Trial::Proved, None);
        if let Some(version) = self.state.running {
            self.refuse(version, Because::Ill, problems.clone());
            let refused = self.refusals.get(&version).cloned();
            self.noted = refused.is_some();
            actions.extend(refused.map(|refused| Action::Note(self.note(refused))));
        }
        self.unmark(actions);
        // Where there is nothing to go back to, it stays in force.
        if in_force != self.state.running {
            let ill = self.state.running;
            self.state.running = self.before.take().or(in_force);
            if ill.is_none() {
                self.trouble.bind(self.state.running, &problems);
            }
            actions.push(Action::Withdraw(self.state.running));
        }
    }

    fn refuse(&mut self, version: u64, because: Because, problems: Vec<NodeProblem>) {
        let retries = self.retries;
        self.refusals.insert(version, Refused { version, because, retries, problems });
    }

    fn note(&self, refused: Refused) -> Note {
        Note { refused, build: self.state.build.clone() }
    }

    fn unmark(&mut self, actions: &mut Vec<Action>) {
        if std::mem::take(&mut self.marked) {
            actions.push(Action::Unmark);
        }
    }

    /// Does what is due by time.
    fn pass(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let is_settled = self.settled.is_some_and(|settled| now.instant >= settled);
        if self.state.leaving || (is_settled && self.state.trial == Trial::Proved) {
            self.settled = None;
            self.unmark(actions);
        }
        if self.state.leaving {
            return;
        }
        if let Some((since, reason)) = &self.lost
            && self.state.stale.is_none()
            && now.instant >= since.instant + STALE
        {
            self.state.stale = Some(Stale { since: since.now, reason: reason.clone() });
        }
        if self.reading.begins(now.instant) {
            actions.push(Action::ReadPointer);
        }
    }

    fn tell(&mut self, actions: &mut Vec<Action>) {
        self.state.trouble = self.trouble.text();
        // Another revision alone is not worth a write of each node.
        let seen = self.told.as_ref().map_or(self.state.seen, |told| told.seen);
        let state = NodeState { seen, ..self.state.clone() };
        if self.told.as_ref() != Some(&state) {
            self.told = Some(self.state.clone());
            actions.push(Action::Tell(Box::new(self.state.clone())));
        }
    }
}

const fn trial(is_on: bool) -> Trial {
    if is_on { Trial::Applied } else { Trial::Proved }
}
