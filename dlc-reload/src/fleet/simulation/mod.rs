//! A simulation of a fleet: the real decisions of the controller and the real agents, with a clock, a network and
//! machines that are on paper.
//!
//! Everything that happens is a function that the clock calls at its time. What must hold at every moment is checked
//! where it happens, so that a world which goes wrong ends there.

mod cases;
mod control;
mod engine;
mod machine;
mod operator;
mod random;
mod worlds;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use self::{control::Control, engine::Engine, machine::Machine, operator::Laws, random::Random};
use crate::{fleet::rollout::Nodes, time::Moment};

/// The version that runs when a world begins, unless it is the first, and the one that a rollout brings.
const STABLE: u64 = 41;
const CANDIDATE: u64 = 42;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Something that happens at its time.
type Happening = Box<dyn FnOnce(&mut World)>;

/// A fleet on paper.
struct World {
    /// The time since it began.
    now: Duration,
    origin: Instant,
    coming: BTreeMap<(Duration, u64), Happening>,
    happened: u64,
    random: Random,
    settings: Settings,
    engine: Engine,
    machines: Vec<Machine>,
    controls: Vec<Control>,
    laws: Laws,
    figures: Figures,
}

/// The things that a world begins with.
#[derive(Clone, Debug)]
struct Settings {
    /// The version that was promoted before; none in a fleet whose first version the candidate is.
    stable: Option<u64>,
    nodes: usize,
    controllers: usize,
    splay: Duration,
    /// The time for which a version is tried on a node.
    probation: Duration,
    /// The life of a node's state without its node.
    life: Duration,
    /// The share of hints that are lost, in percent.
    lost_hints: u64,
    /// True if every controller works, whoever has the seat.
    ignore_seat: bool,
    /// The fate of the candidate on each node; it is good where none is said.
    fates: Vec<Fate>,
}

/// The fate of the candidate on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    Refused,
    /// It makes the node ill after a time.
    Ill(Duration),
    /// It ends the process after a time, which is started again.
    Kills(Duration),
    /// It ends the process after a time, and nothing starts it again.
    KillsForGood(Duration),
}

/// The things that are counted.
#[derive(Clone, Debug, Default)]
struct Figures {
    /// The nodes on which the values of the candidate were in force, with the time for which they were.
    exposed: BTreeMap<usize, Duration>,
    down: usize,
    most_down: usize,
    pointers: u64,
    lost_races: u64,
    hints: u64,
    puts: u64,
    reads: BTreeMap<u64, u64>,
    longest_queue: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stable: Some(STABLE),
            nodes: 10_000,
            controllers: 1,
            splay: SECOND * 30,
            probation: SECOND * 10,
            life: SECOND * 30,
            lost_hints: 0,
            ignore_seat: false,
            fates: Vec::new(),
        }
    }
}

impl World {
    /// Makes a fleet in which every node runs the stable version, if there is one.
    fn new(seed: u64, settings: Settings) -> Self {
        let machines = (0..settings.nodes).map(|number| Machine::new(number, &settings));
        let mut world = Self {
            now: Duration::ZERO,
            origin: Instant::now(),
            coming: BTreeMap::new(),
            happened: 0,
            random: Random::new(seed),
            engine: Engine::new(settings.stable, settings.nodes as u64),
            machines: machines.collect(),
            controls: (0..settings.controllers).map(Control::new).collect(),
            laws: Laws::default(),
            figures: Figures::default(),
            settings,
        };
        for node in 0..world.machines.len() {
            world.boot(node);
        }
        for control in 0..world.controls.len() {
            world.look_in(control, MILLISECOND);
        }
        world
    }

    /// Has something happen after a time.
    fn after(&mut self, time: Duration, happening: impl FnOnce(&mut World) + 'static) {
        self.happened += 1;
        self.coming.insert((self.now + time, self.happened), Box::new(happening));
    }

    /// Lets time pass until a moment.
    fn run_until(&mut self, end: Duration) {
        self.run_while(end, |_| true);
    }

    /// Lets time pass until a moment, or until something is no longer so. Returns the time.
    fn run_while(&mut self, end: Duration, goes_on: impl Fn(&World) -> bool) -> Duration {
        while goes_on(self)
            && let Some(entry) = self.coming.first_entry()
            && entry.key().0 <= end
        {
            let ((at, _), happening) = entry.remove_entry();
            self.now = at;
            happening(self);
        }
        if goes_on(self) {
            self.now = end;
        }
        self.now
    }

    /// Returns the moment on a machine, whose clock of the day may be wrong.
    fn moment(&self, node: usize) -> Moment {
        let right = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.now;
        let skew = self.machines[node].skew;
        let length = Duration::from_secs(skew.unsigned_abs());
        let now = if skew < 0 { right - length } else { right + length };
        Moment { now, instant: self.origin + self.now }
    }

    fn nodes(&self) -> &Nodes {
        &self.engine.nodes
    }
}
