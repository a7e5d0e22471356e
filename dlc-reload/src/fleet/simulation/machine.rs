//! A machine on paper: a process with the real agent, a reloader that does what the fate of a version is, and a disk
//! that outlives the process.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{CANDIDATE, Fate, MILLISECOND, SECOND, Settings, World, engine::Ask};
use crate::fleet::{
    agent::{Action, Agent, Event, Fetched, Identity, Outcome, Start},
    first::Memory,
    state::{Because, NodeProblem, NodeState, Refused, Stale, Trial},
    store::{Hint, Revision},
    target::Target,
};

/// The time that a reload takes, and that a process takes to start again.
const RELOAD: Duration = Duration::from_millis(50);
const RESTART: Duration = Duration::from_secs(2);

/// The build of the program.
const BUILD: &str = "1.0";

pub(super) struct Machine {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    splay: Duration,
    /// The seconds by which its clock of the day is wrong.
    pub(super) skew: i64,
    pub(super) is_up: bool,
    /// True if the candidate has ended it for good.
    pub(super) is_dead: bool,
    pub(super) is_cut_off: bool,
    /// The times it was cut off.
    pub(super) cuts: u32,
    /// The number of the process.
    pub(super) epoch: u32,
    pub(super) agent: Option<Agent>,
    /// The time for which the agent has asked.
    wake: Option<Instant>,
    /// The versions whose documents the process has.
    documents: BTreeSet<u64>,
    /// The version whose values are in force, what was before it and is gone back to where it makes ill, and since
    /// when.
    pub(super) running: Option<u64>,
    previous: Option<Option<u64>>,
    generation: u64,
    since: Duration,
    disk: Disk,
    /// The state that is not yet in the store, and the one that is.
    pub(super) told: Option<NodeState>,
    pub(super) written: Option<NodeState>,
    pub(super) is_putting: bool,
}

/// The files of a node.
#[derive(Default)]
struct Disk {
    target: Option<(Target, Revision)>,
    memory: Memory,
    versions: BTreeSet<u64>,
}

impl Machine {
    pub(super) fn new(number: usize, settings: &Settings) -> Self {
        let region = if number.is_multiple_of(2) { "eu" } else { "us" };
        Self {
            name: format!("n{number}"),
            labels: [("region".to_owned(), region.to_owned())].into(),
            splay: settings.splay,
            skew: 0,
            is_up: false,
            is_dead: false,
            is_cut_off: false,
            cuts: 0,
            epoch: 0,
            agent: None,
            wake: None,
            documents: BTreeSet::new(),
            running: None,
            previous: None,
            generation: 0,
            since: Duration::ZERO,
            disk: Disk {
                memory: Memory { running: settings.stable, ..Memory::default() },
                versions: settings.stable.into_iter().collect(),
                ..Disk::default()
            },
            told: None,
            written: None,
            is_putting: false,
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            labels: self.labels.clone(),
            process: self.epoch.to_string(),
            build: BUILD.to_owned(),
            schema: String::new(),
            splay: self.splay,
        }
    }
}

impl Machine {
    /// A rollout that is held up goes to no other node.
    fn check_offer(&self, version: u64) {
        let target = self.agent.as_ref().and_then(Agent::target);
        let spreads = target.is_some_and(|target| {
            let is_free = target.stable != Some(version) && !target.pins.contains_key(&self.name);
            is_free && target.held_up() == Some(version)
        });
        assert!(!spreads, "{} takes {version}, whose rollout is held up", self.name);
    }
}

fn problems() -> Vec<NodeProblem> {
    let (key, place) = (Some("rate".to_owned()), Some("base.yaml@42:1:7".to_owned()));
    vec![NodeProblem { key, place, message: "expected a number".to_owned() }]
}

impl World {
    fn fate(&self, node: usize, version: Option<u64>) -> Fate {
        match version {
            Some(CANDIDATE) => self.settings.fates.get(node).copied().unwrap_or(Fate::Good),
            _ => Fate::Good,
        }
    }

    /// Starts the process of a machine.
    pub(super) fn boot(&mut self, node: usize) {
        if self.machines[node].is_up {
            return;
        }
        let now = self.moment(node);
        let machine = &mut self.machines[node];
        (machine.is_up, machine.is_dead) = (true, false);
        machine.epoch += 1;
        let is_connected = self.is_connected(node);
        let read = || Some((self.engine.target.clone(), self.engine.revision));
        let target = if is_connected { read() } else { self.machines[node].disk.target.clone() };
        let reason = "nobody answers".to_owned();
        let stale = (!is_connected).then_some(Stale { since: now.now, reason });
        let retries = target.as_ref().map_or(0, |(target, _)| target.retries);
        let Machine { disk: Disk { memory, .. }, name, labels, .. } = &mut self.machines[node];
        memory.count(BUILD, retries);
        let mut refused: Vec<_> = memory.note.iter().map(|it| it.refused.clone()).collect();
        let noted = !refused.is_empty();
        let pointer = target.as_ref().map(|(target, _)| target);
        let mut options = memory.options(name, labels, pointer, is_connected, &refused);
        let mut is_short = false;
        let version = loop {
            let Some(version) = options.pop_front() else {
                self.machines[node].is_up = false;
                return self.after(SECOND * 5, move |world| world.boot(node));
            };
            let Disk { memory, versions, .. } = &mut self.machines[node].disk;
            let is_there = |it| is_connected && self.engine.versions.contains(&it);
            if version.map_or(is_short, |it| !is_there(it) && !versions.contains(&it)) {
                is_short |= !is_connected;
                continue;
            }
            memory.begin(version, BUILD, &refused, |it| versions.contains(it));
            let Some(rejected) = version.filter(|_| self.fate(node, version) == Fate::Refused)
            else {
                break version;
            };
            if options.is_empty() {
                break version;
            }
            let (because, problems) = (Because::Rejected, problems());
            refused.push(Refused { version: rejected, because, retries, problems });
            self.machines[node].disk.memory.mark = None;
        };
        let machine = &mut self.machines[node];
        let Memory { before, ref mark, .. } = machine.disk.memory;
        let marked = mark.is_some();
        machine.documents = before.into_iter().chain(version).collect();
        machine.disk.versions.clone_from(&machine.documents);
        (machine.told, machine.written, machine.is_putting) = (None, None, false);
        (machine.running, machine.generation, machine.wake) = (None, 0, None);
        let start = Start {
            target,
            running: version,
            before,
            generation: 1,
            refused,
            marked,
            noted,
            stale,
            ..Start::default()
        };
        self.run(node, version, None);
        let machine = &mut self.machines[node];
        machine.agent = Some(Agent::new(machine.identity(), start, now));
        let epoch = machine.epoch;
        self.feed(node, epoch, Event::Time);
        let wait = MILLISECOND * 500;
        if !is_connected {
            self.hint(node, wait, Hint::CutOff("nobody answers".to_owned()));
        }
    }

    /// Gives an event to the agent of a process, unless that is gone.
    pub(super) fn feed(&mut self, node: usize, epoch: u32, event: Event) {
        let now = self.moment(node);
        let machine = &mut self.machines[node];
        if machine.epoch != epoch || !machine.is_up {
            return;
        }
        if let Event::Version(version, Fetched::There) = event {
            machine.documents.insert(version);
        }
        if let Event::Pointer(read) = &event {
            machine.disk.target.clone_from(read);
        }
        let Some(agent) = &mut machine.agent else { return };
        let actions = agent.handle(event, now);
        for action in actions {
            self.act(node, action);
        }
        let machine = &mut self.machines[node];
        let Some(agent) = &machine.agent else { return };
        machine.documents.retain(|version| agent.needs(*version));
        let due = agent.due();
        if due != machine.wake {
            machine.wake = due;
            if let Some(due) = due {
                let wait = due.saturating_duration_since(now.instant);
                self.after(wait, move |world| {
                    if world.machines[node].wake == Some(due) {
                        world.machines[node].wake = None;
                        world.feed(node, epoch, Event::Time);
                    }
                });
            }
        }
    }

    fn act(&mut self, node: usize, action: Action) {
        let machine = &mut self.machines[node];
        match action {
            Action::ReadPointer => self.ask(node, Ask::Pointer),
            Action::ReadVersion(version) => self.ask(node, Ask::Version(version)),
            Action::Mark(mark) => machine.disk.memory.mark = Some(mark),
            Action::Unmark => machine.disk.memory.mark = None,
            Action::Note(note) => machine.disk.memory.note = Some(note),
            Action::Forget => machine.disk.memory.note = None,
            Action::Offer { version, .. } => {
                // No node mixes two versions: what it offers, it has as a whole.
                let has = version.is_none_or(|version| machine.documents.contains(&version));
                assert!(has, "{} has not {version:?}", machine.name);
                version.into_iter().for_each(|version| machine.check_offer(version));
                let epoch = machine.epoch;
                self.after(RELOAD, move |world| world.reload(node, epoch, version));
            }
            Action::Withdraw(version) => {
                let has = version.is_none_or(|version| machine.documents.contains(&version));
                assert!(has, "{} hands over {version:?}, which it has not", machine.name);
            }
            Action::Keep(versions) => {
                let running = machine.agent.as_ref().and_then(|it| it.state().running);
                let Disk { memory, versions: kept, .. } = &mut machine.disk;
                memory.before = versions.iter().find(|it| Some(**it) != running).copied();
                (memory.running, *kept) = (running, versions);
            }
            Action::Tell(state) => {
                assert_eq!(state.running, machine.running, "{} tells what is not so", machine.name);
                machine.told = Some(*state);
                self.put(node);
            }
        }
    }

    /// Reloads with the documents of a version, as its fate is.
    fn reload(&mut self, node: usize, epoch: u32, version: Option<u64>) {
        let machine = &self.machines[node];
        if machine.epoch != epoch || !machine.is_up {
            return;
        }
        if self.fate(node, version) == Fate::Refused {
            let outcome = Outcome::Refused { problems: problems() };
            return self.feed(node, epoch, Event::Outcome(outcome));
        }
        self.run(node, version, Some(machine.running));
        let (generation, pending) = (self.machines[node].generation, Vec::new());
        let outcome = Outcome::Accepted { generation, pending, on_trial: true };
        self.feed(node, epoch, Event::Outcome(outcome));
    }

    /// Puts the values of a version in force, and has happen what its fate is.
    fn run(&mut self, node: usize, version: Option<u64>, previous: Option<Option<u64>>) {
        self.expose(node);
        let machine = &mut self.machines[node];
        (machine.running, machine.previous) = (version, previous);
        machine.generation += 1;
        let (epoch, generation) = (machine.epoch, machine.generation);
        let is_current =
            move |it: &Machine| it.is_up && (it.epoch, it.generation) == (epoch, generation);
        let (fate, probation) = (self.fate(node, version), self.settings.probation);
        let (Fate::Ill(wait) | Fate::Kills(wait) | Fate::KillsForGood(wait)) = fate else {
            return self.after(probation, move |world| {
                if is_current(&world.machines[node]) {
                    world.feed(node, epoch, Event::Proved(generation));
                }
            });
        };
        self.after(wait, move |world| {
            if !is_current(&world.machines[node]) {
                return;
            }
            match fate {
                Fate::Ill(_) => world.fall_ill(node, epoch),
                Fate::Kills(_) => world.crash(node, Some(RESTART)),
                _ => {
                    world.machines[node].is_dead = true;
                    world.crash(node, None);
                }
            }
        });
    }

    fn fall_ill(&mut self, node: usize, epoch: u32) {
        let agent = self.machines[node].agent.as_ref();
        if agent.is_none_or(|agent| agent.state().trial == Trial::Proved) {
            // An orderly restart has ended its trial early, and a start has none: nobody looks.
            self.laws.is_untried = true;
            return;
        }
        if let Some(previous) = self.machines[node].previous {
            self.run(node, previous, None);
        }
        let Machine { generation, running: in_force, .. } = self.machines[node];
        let outcome = Outcome::Ill { generation, problems: problems(), in_force };
        self.feed(node, epoch, Event::Outcome(outcome));
    }

    /// Counts the time for which the candidate was in force.
    pub(super) fn expose(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        let time = self.now - machine.since;
        machine.since = self.now;
        if machine.running == Some(CANDIDATE) {
            *self.figures.exposed.entry(node).or_default() += time;
        }
    }

    /// Ends the process of a machine as `kill -9` does. It starts again after a time, if one is given.
    pub(super) fn crash(&mut self, node: usize, restart: Option<Duration>) {
        if !self.machines[node].is_up {
            return;
        }
        self.expose(node);
        self.fade(node);
        let machine = &mut self.machines[node];
        (machine.is_up, machine.agent, machine.running) = (false, None, None);
        self.figures.down += 1;
        self.figures.most_down = self.figures.most_down.max(self.figures.down);
        if let Some(restart) = restart {
            self.after(restart, move |world| {
                world.figures.down -= 1;
                world.boot(node);
            });
        }
    }

    /// Ends the process of a machine in an orderly way.
    pub(super) fn leave(&mut self, node: usize, restart: Duration) {
        let epoch = self.machines[node].epoch;
        self.feed(node, epoch, Event::Leave);
        self.after(MILLISECOND * 100, move |world| {
            if world.machines[node].epoch == epoch {
                world.crash(node, Some(restart));
            }
        });
    }

    /// Cuts a machine off from the store, or mends that.
    pub(super) fn cut_off(&mut self, node: usize, is_cut_off: bool) {
        let machine = &mut self.machines[node];
        if machine.is_cut_off == is_cut_off {
            return;
        }
        machine.is_cut_off = is_cut_off;
        if is_cut_off {
            machine.cuts += 1;
            self.fade(node);
            self.hint(node, SECOND, Hint::CutOff("the network is away".to_owned()));
        } else {
            self.hint(node, MILLISECOND * 500, Hint::Back);
            self.keep_again(node);
        }
    }

    /// Writes the state of a node again, as a store's client does that was away.
    pub(super) fn keep_again(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        if machine.is_up && machine.told.is_none() {
            machine.told = machine.written.clone();
            self.put(node);
        }
    }
}
