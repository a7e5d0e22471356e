//! The store on paper: it takes so many writes a second, and a state goes with its node once its life is over.

use std::{collections::BTreeSet, time::Duration};

use super::{CANDIDATE, MILLISECOND, SECOND, World};
use crate::fleet::{
    agent::{Event, Fetched},
    rollout::Nodes,
    state::NodeState,
    store::{Hint, Revision},
    target::Target,
};

/// The time that one write of a node's state takes: 1 500 a second.
const PUT: Duration = Duration::from_micros(667);

/// The time from one watcher to the next until all have a hint: 64 ms for 3 000.
const FAN_OUT: Duration = Duration::from_micros(21);

/// The time after which a call fails where nobody answers.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Engine {
    pub(super) target: Target,
    pub(super) revision: Revision,
    /// The revision of the whole store.
    pub(super) last: u64,
    pub(super) versions: BTreeSet<u64>,
    pub(super) nodes: Nodes,
    /// The controller that has the seat, and the process that it belongs to.
    pub(super) seat: Option<(usize, u32)>,
    pub(super) is_down: bool,
    /// The times it was restored.
    pub(super) era: u32,
    /// The moment at which all writes of node states are done.
    free_at: Duration,
}

impl Engine {
    /// Makes the store of a fleet that has promoted a version to all its nodes, or none yet.
    pub(super) fn new(stable: Option<u64>, nodes: u64) -> Self {
        let nodes = stable.map_or(0, |_| nodes);
        Self {
            target: Target { stable, nodes, ..Target::default() },
            revision: Revision(1),
            last: 1,
            versions: stable.into_iter().chain([CANDIDATE]).collect(),
            nodes: Nodes::new(),
            seat: None,
            is_down: false,
            era: 0,
            free_at: Duration::ZERO,
        }
    }
}

impl World {
    /// Returns true if a machine reaches the store.
    pub(super) fn is_connected(&self, node: usize) -> bool {
        let machine = &self.machines[node];
        machine.is_up && !machine.is_cut_off && !self.engine.is_down
    }

    /// Asks the store for something on behalf of the process of a node, and gives it the answer, which may be outdated
    /// when it arrives.
    pub(super) fn ask(&mut self, node: usize, ask: Ask) {
        let epoch = self.machines[node].epoch;
        if !self.is_connected(node) {
            let reason = "nobody answers".to_owned();
            return self.after(PATIENCE, move |world| world.feed(node, epoch, ask.fails(reason)));
        }
        let second = self.now.as_secs();
        *self.figures.reads.entry(second).or_default() += 1;
        let (there, back) = (self.way(), self.way());
        self.after(there, move |world| {
            let answer = match (ask, world.is_connected(node)) {
                (Ask::Pointer, true) => {
                    Event::Pointer(Some((world.engine.target.clone(), world.engine.revision)))
                }
                (Ask::Version(version), true) if world.engine.versions.contains(&version) => {
                    Event::Version(version, Fetched::There)
                }
                (Ask::Version(version), true) => Event::Version(version, Fetched::Missing),
                (ask, false) => ask.fails("the connection was lost".to_owned()),
            };
            world.after(back, move |world| world.feed(node, epoch, answer));
        });
    }

    fn way(&mut self) -> Duration {
        Duration::from_micros(self.random.number(200..3000))
    }

    /// Writes the state that a node has told last, when its turn has come.
    pub(super) fn put(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        if machine.is_putting || machine.told.is_none() {
            return;
        }
        machine.is_putting = true;
        let epoch = machine.epoch;
        let done = self.engine.free_at.max(self.now) + PUT;
        self.engine.free_at = done;
        self.figures.longest_queue = self.figures.longest_queue.max(done - self.now);
        self.after(done - self.now, move |world| world.write(node, epoch));
    }

    fn write(&mut self, node: usize, epoch: u32) {
        if self.machines[node].epoch != epoch || !self.machines[node].is_up {
            return;
        }
        let state = self.machines[node].told.clone();
        let name = &self.machines[node].name;
        let is_taken = |state: &NodeState| {
            self.nodes().get(name).is_some_and(|other| other.process != state.process)
        };
        match state {
            Some(state) if self.is_connected(node) && !is_taken(&state) => {
                self.machines[node].is_putting = false;
                self.machines[node].told = None;
                self.figures.puts += 1;
                self.engine.last += 1;
                self.engine.nodes.insert(self.machines[node].name.clone(), state.clone());
                self.machines[node].written = Some(state);
                self.changed();
            }
            _ => self.after(MILLISECOND * 1000, move |world| world.write(node, epoch)),
        }
    }

    /// Begins the end of what a node keeps in the store: it goes after its life, unless the same process is heard of
    /// again.
    pub(super) fn fade(&mut self, node: usize) {
        let (epoch, cuts) = (self.machines[node].epoch, self.machines[node].cuts);
        self.after(self.settings.life, move |world| world.vanish(node, epoch, cuts));
    }

    fn vanish(&mut self, node: usize, epoch: u32, cuts: u32) {
        if self.engine.is_down {
            // A store that was away lets everyone live anew.
            return self.after(self.settings.life, move |world| world.vanish(node, epoch, cuts));
        }
        let machine = &self.machines[node];
        let is_back = machine.epoch == epoch && (machine.cuts != cuts || self.is_connected(node));
        let is_its = |state: &NodeState| state.process == epoch.to_string();
        if !is_back && self.nodes().get(&machine.name).is_some_and(is_its) {
            let name = machine.name.clone();
            if machine.is_dead {
                self.laws.vanished.insert(node);
            }
            self.engine.nodes.remove(&name);
            self.changed();
        }
        let controls = &self.controls;
        let is_its = |seat: &mut (usize, u32)| (controls[seat.0].node, seat.1) == (node, epoch);
        if !is_back {
            self.engine.seat.take_if(is_its);
        }
    }

    /// Writes the pointer and tells those who watch.
    pub(super) fn point(&mut self, target: Target) {
        self.engine.last += 1;
        (self.engine.target, self.engine.revision) = (target, Revision(self.engine.last));
        self.figures.pointers += 1;
        self.spread();
    }

    /// Takes the store away, or brings it back.
    pub(super) fn down(&mut self, is_down: bool) {
        self.engine.is_down = is_down;
        for node in 0..self.machines.len() {
            if !self.machines[node].is_cut_off {
                let hint = if is_down { Hint::CutOff("it is down".to_owned()) } else { Hint::Back };
                self.hint(node, SECOND, hint);
            }
            if self.is_connected(node) {
                // It may have been restored meanwhile.
                self.keep_again(node);
            }
        }
    }

    /// Brings back a pointer of before, as a backup does. Nodes write again what they keep.
    pub(super) fn restore(&mut self, (target, revision, last): (Target, Revision, u64)) {
        self.engine.era += 1;
        (self.engine.target, self.engine.revision, self.engine.last) = (target, revision, last);
        self.engine.nodes.clear();
        self.engine.seat = None;
        self.laws.restored();
        for node in 0..self.machines.len() {
            if self.is_connected(node) {
                self.hint(node, MILLISECOND * 200, Hint::Back);
                self.keep_again(node);
            }
        }
        self.changed();
    }

    /// Tells those who watch the pointer that it may have changed.
    pub(super) fn spread(&mut self) {
        let mut wait = MILLISECOND;
        for node in 0..self.machines.len() {
            if self.is_connected(node) && !self.random.is(self.settings.lost_hints) {
                self.figures.hints += 1;
                wait += FAN_OUT;
                self.hint(node, wait, Hint::Changed);
            }
        }
        self.changed();
    }

    pub(super) fn hint(&mut self, node: usize, wait: Duration, hint: Hint) {
        let epoch = self.machines[node].epoch;
        self.after(wait, move |world| world.feed(node, epoch, Event::Hint(hint)));
    }
}

/// A question to the store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    Pointer,
    Version(u64),
}

impl Ask {
    fn fails(self, reason: String) -> Event {
        match self {
            Self::Pointer => Event::PointerFailed(reason),
            Self::Version(version) => Event::Version(version, Fetched::Unreachable(reason)),
        }
    }
}
