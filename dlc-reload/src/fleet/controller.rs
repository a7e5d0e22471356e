//! The controller of a fleet: the thread that takes rollouts from stage to stage.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::BuildHasher,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    meter::{FleetVitals, Meter},
    rank::{back_off, rank, spread},
    record::Record,
    rollout::{self, Memory, Nodes},
    state::NODES,
    store::{Entry, Revision, Store, StoreError},
    target::{Phase, TARGET, Target},
};
use crate::{
    error::{Error, LOG},
    source::Guard,
    sync::{join, lock},
    time::{Clock, SystemClock},
};

/// The key of the seat: who has it controls the fleet.
pub(crate) const SEAT: &str = "controller";

/// The time for which the seat of a controller that is not heard of stays taken.
const LIFE: Duration = Duration::from_secs(10);

/// The time over which those who wait for the seat look at it once it is free, so that they do not come all at once.
const SPREAD: Duration = Duration::from_secs(3);

/// The times after which the controller looks without a hint: while a rollout runs, and while none does.
const WATCHFUL: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);

/// The rest after a look, in times of what it took, and its bounds: hints of ten thousand nodes are not ten thousand
/// looks.
const REST: u32 = 10;
const RESTS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// The controller of a fleet: a thread that takes rollouts from stage to stage, until it is dropped.
///
/// Any number of processes may have one. One of them has the seat and works; the others wait for it. That only saves
/// reads: two that work at a time are as safe, since the pointer is changed by compare-and-swap alone.
pub struct Controller {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The things that the hints, the thread and its guard share.
#[derive(Default)]
struct Shared {
    wake: Mutex<Wake>,
    woken: Condvar,
}

#[derive(Default)]
struct Wake {
    changed: bool,
    stopped: bool,
}

impl Controller {
    /// Starts the controller. `name` is that of the node that it runs on; changes of the pointer bear it.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub fn start(store: Arc<dyn Store>, name: &str) -> Result<Self, Error> {
        Self::measured(store, name, None)
    }

    /// Starts the controller of a node, with what measures that.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub(super) fn measured(
        store: Arc<dyn Store>,
        name: &str,
        meter: Option<Arc<dyn Meter>>,
    ) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        let bench = Bench::new(store, name, Arc::clone(&shared), meter);
        let thread = thread::Builder::new()
            .name("dlc-reload-controller".to_owned())
            .spawn(move || bench.run())
            .map_err(|error| {
                let message = format!("cannot start the thread of the fleet's controller: {error}");
                Error::runtime(message, error)
            })?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.shared.wake(|wake| wake.stopped = true);
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}

impl fmt::Debug for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller").finish_non_exhaustive()
    }
}

impl Shared {
    fn wake(&self, change: impl FnOnce(&mut Wake)) {
        change(&mut lock(&self.wake));
        self.woken.notify_all();
    }

    /// Waits for so long, or until `is_over`. Returns true if the thread is to end.
    fn wait(&self, time: Duration, is_over: impl Fn(&Wake) -> bool) -> bool {
        let wake = lock(&self.wake);
        let goes_on = |wake: &mut Wake| !wake.stopped && !is_over(wake);
        let waited = self.woken.wait_timeout_while(wake, time, goes_on);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }
}

/// The place where the thread works.
struct Bench {
    store: Arc<dyn Store>,
    shared: Arc<Shared>,
    name: String,
    /// The value of the seat where this controller has it, and no other one.
    seat: Vec<u8>,
    has_seat: bool,
    memory: Memory,
    /// The rollout whose record is written.
    recorded: Option<String>,
    /// The line that was logged last of what holds the rollout up.
    said: Option<String>,
    watching: Vec<Guard>,
    meter: Option<Arc<dyn Meter>>,
}

impl Bench {
    fn new(
        store: Arc<dyn Store>,
        name: &str,
        shared: Arc<Shared>,
        meter: Option<Arc<dyn Meter>>,
    ) -> Self {
        let process = RandomState::new().hash_one(name);
        let seat = format!("{name} {process:016x}").into_bytes();
        let memory = Memory::new(format!("controller on {name}"));
        let (name, watching) = (name.to_owned(), Vec::new());
        let (recorded, said, has_seat) = (None, None, false);
        Self { store, shared, name, seat, has_seat, memory, recorded, said, watching, meter }
    }

    fn run(mut self) {
        self.watch(SEAT);
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            lock(&self.shared.wake).changed = false;
            let looked = self.look();
            let rest = (begun.elapsed() * REST).clamp(RESTS.0, RESTS.1);
            let until_changed = |wait| self.shared.wait(wait, |wake| wake.changed);
            let is_over = match &looked {
                Ok(wait) if self.has_seat => {
                    self.shared.wait(rest, |_| false) || until_changed(*wait)
                }
                Ok(wait) => until_changed(*wait) || self.shared.wait(self.turn(), |_| false),
                // A hint says nothing about whether the store answers.
                Err(_) => self.shared.wait(back_off(&self.name, failures), |_| false),
            };
            if is_over {
                return;
            }
            failures = if looked.is_ok() { 0 } else { failures + 1 };
        }
    }

    /// Returns the time to wait with a look at a seat that may be free.
    fn turn(&self) -> Duration {
        spread(SPREAD, rank(SEAT, &self.name))
    }

    fn watch(&mut self, prefix: &str) {
        let shared = Arc::clone(&self.shared);
        let hint = move |_| shared.wake(|wake| wake.changed = true);
        self.watching.push(self.store.watch(prefix, Box::new(hint)));
    }

    /// Looks once and does what there is to do. Returns the time after which to look again without a hint.
    fn look(&mut self) -> Result<Duration, StoreError> {
        self.work().inspect_err(|error| {
            self.memory.lose_sight();
            self.measure(None);
            self.complain(format!("the controller of the fleet cannot work: {error}"));
        })
    }

    fn work(&mut self) -> Result<Duration, StoreError> {
        if !self.take_seat()? {
            self.memory.forget();
            self.measure(None);
            return Ok(IDLE);
        }
        loop {
            let Some((target, revision)) = self.read()? else {
                self.measure(Some(&Target::default()));
                return Ok(IDLE);
            };
            self.record(&target)?;
            let runs = target.rollout.as_ref().is_some_and(|it| it.phase == Phase::Running);
            let nodes = if runs && target.frozen.is_none() { self.nodes()? } else { Nodes::new() };
            let now = SystemClock.moment();
            let next = rollout::next(&target, revision, &nodes, now, &mut self.memory);
            self.measure(Some(&target));
            let Some(next) = next else {
                self.say(self.memory.waits.clone());
                let due = self.memory.due().map(|due| due.saturating_duration_since(now.instant));
                let thaw = target.frozen.map(|it| it.until.duration_since(now.now));
                let thaw = thaw.map(Result::unwrap_or_default);
                let most = if runs { WATCHFUL } else { IDLE };
                return Ok(due.into_iter().chain(thaw).fold(most, Duration::min));
            };
            self.write(&next, revision)?;
        }
    }

    /// Tells the meter what this controller sees; `None` where it does not control the fleet.
    fn measure(&self, target: Option<&Target>) {
        let Some(meter) = &self.meter else { return };
        let fleet = target.map(|target| {
            let noted = target.rollout.as_ref().and_then(|rollout| rollout.counts.last().copied());
            let counts = self.memory.counts.or(noted).unwrap_or_default();
            FleetVitals { target, counts, waits: self.memory.waits.is_some() }
        });
        meter.decided(fleet.as_ref());
    }

    /// Returns true if this controller has the seat, which it takes if it is free.
    fn take_seat(&mut self) -> Result<bool, StoreError> {
        let had = self.has_seat;
        self.has_seat = false;
        self.has_seat = match self.store.get(SEAT)? {
            Some(Entry { value, .. }) => value == self.seat,
            None => self.store.keep(SEAT, &self.seat, LIFE)?.is_ok(),
        };
        if self.has_seat && !had {
            tracing::info!(target: LOG, node = self.name, "controls the fleet");
            self.watch(TARGET);
            self.watch(NODES);
        } else if had && !self.has_seat {
            self.watching.truncate(1);
        }
        Ok(self.has_seat)
    }

    fn read(&mut self) -> Result<Option<(Target, Revision)>, StoreError> {
        let Some(Entry { value, revision }) = self.store.get(TARGET)? else { return Ok(None) };
        match Target::read(&value) {
            Ok(target) => Ok(Some((target, revision))),
            Err(reason) => {
                self.memory.forget();
                self.complain(format!("the controller of the fleet cannot work: {reason}"));
                Ok(None)
            }
        }
    }

    /// Returns the states of the nodes. One that cannot be read is that of a newer program, and is out of sight; but a
    /// fleet of such nodes alone is no fleet without nodes.
    fn nodes(&self) -> Result<Nodes, StoreError> {
        let listed = self.store.list(NODES)?;
        let read = |(name, entry): (&String, &Entry)| {
            Some((name.clone(), serde_json::from_slice(&entry.value).ok()?))
        };
        let nodes: Nodes = listed.iter().filter_map(read).collect();
        match listed.keys().next() {
            Some(name) if nodes.is_empty() => Err(StoreError::refused(format!(
                "what the nodes say cannot be read, {name} is one of them: was it written by a newer program?"
            ))),
            _ => Ok(nodes),
        }
    }

    fn write(&mut self, next: &Target, revision: Revision) -> Result<(), StoreError> {
        let value = next.written().map_err(StoreError::refused)?;
        let change = next.changes.last();
        let (what, why) = change.map_or(("", ""), |change| (&change.what, &change.why));
        if self.store.swap(TARGET, revision, &value)?.is_ok() {
            match next.rollout.as_ref().map(|rollout| rollout.phase) {
                Some(Phase::Halted) => tracing::warn!(target: LOG, why, "{what}"),
                _ => tracing::info!(target: LOG, why, "{what}"),
            }
        }
        Ok(())
    }

    /// Writes the record of a rollout that is over, whoever has ended it.
    fn record(&mut self, target: &Target) -> Result<(), StoreError> {
        let Some(record) = Record::of(target) else { return Ok(()) };
        if self.recorded.as_ref() != Some(&record.rollout.id) {
            record.write(&*self.store)?;
            self.recorded = Some(record.rollout.id);
        }
        Ok(())
    }

    /// Logs what holds the rollout up, once while it does.
    fn say(&mut self, line: Option<String>) {
        if let Some(line) = line.as_ref().filter(|line| self.said.as_ref() != Some(line)) {
            tracing::info!(target: LOG, node = self.name, "{line}");
        }
        self.said = line;
    }

    /// Logs what keeps the controller from its work, once while it does.
    fn complain(&mut self, line: String) {
        if self.said.as_ref() != Some(&line) {
            tracing::warn!(target: LOG, node = self.name, "{line}");
        }
        self.said = Some(line);
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.watching.clear();
        if self.has_seat {
            // A seat that cannot be given back falls free by itself.
            let _ = self.store.release(SEAT);
        }
    }
}

#[cfg(test)]
mod tests;
