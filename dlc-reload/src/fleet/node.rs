//! The thread of a node: it drives the agent, and does what that asks for.

mod guard;
mod input;
mod service;
mod telling;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::{Instant, SystemTime},
};

use self::{
    guard::Leaving,
    input::Input,
    service::{Service, Told, event},
    telling::Telling,
};
use super::{
    agent::{Action, Agent, Event, Fetched, Identity, Outcome},
    controller::Controller,
    digest::sha256,
    disk::Disk,
    first::Memory,
    member::Fleet,
    meter::{Meter, Metered, NodeVitals, Trouble},
    settings::Settings,
    source::{Documents, names},
    start::{Beginning, Opened, opened, pointer, stored},
    state::{NodeProblem, SCHEMAS},
    store::{Revision, Store},
    target::TARGET,
};
use crate::{
    error::{Error, LOG, Problem},
    hook::caught,
    reloader::Reloader,
    report::{Observer, Report},
    schema::file_schema,
    section::Reloadable,
    sync::lock,
    time::{Clock, SystemClock},
    trigger::{Trigger, TriggerKind},
};

/// A node before the service has started.
pub(crate) struct Node {
    fleet: Fleet,
    inbox: mpsc::Sender<Input>,
    inputs: Mutex<Option<mpsc::Receiver<Input>>>,
    service: Arc<OnceLock<Box<dyn Service>>>,
}

impl Node {
    pub(crate) fn new(fleet: Fleet) -> Self {
        let (inbox, inputs) = mpsc::channel();
        Self { fleet, inbox, inputs: Mutex::new(Some(inputs)), service: Arc::default() }
    }

    /// Returns the observer of the service's reloads, which only takes note of them.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Told { inbox: self.inbox.clone(), service: Arc::clone(&self.service) })
    }

    /// Starts the thread of the node, beside the reloader of its service.
    ///
    /// # Errors
    ///
    /// The fleet's documents are no source of the service, or a thread cannot be started.
    pub(crate) fn started<C: Reloadable>(
        &self,
        reloader: &mut Reloader<C>,
        meter: Option<Arc<dyn Meter>>,
    ) -> Result<(), Error> {
        let (Some(beginning), Some(inputs)) =
            (self.fleet.take_beginning(), lock(&self.inputs).take())
        else {
            let message = "the documents of the fleet are no source of this configuration: give the same one to `Loader::fleet`";
            return Err(Error::invalid(vec![Problem::error(message)]));
        };
        let controls = reloader.controls();
        let status = controls.status();
        let service: Box<dyn Service> = Box::new(controls.clone());
        let service = self.service.get_or_init(|| service);
        let schema = || file_schema::<C>().as_value().to_string();
        let Fleet { settings, documents, .. } = &self.fleet;
        let mut beginning = beginning;
        beginning.start.generation = status.generation;
        beginning.start.on_trial = service.is_on_probation();
        if controls.runs_last_known_good() {
            (beginning.start.running, beginning.start.marked) = (None, false);
        }
        let documents = Arc::clone(documents);
        let store = Metered::store(&settings.store, meter.as_ref());
        let settings = Arc::new(Settings { store, ..Settings::clone(settings) });
        let Settings { store, name, controls, .. } = Settings::clone(&settings);
        let (service, inbox) = (Arc::clone(&self.service), self.inbox.clone());
        let (measured, ill) = (meter.clone(), Arc::clone(&documents));
        let run = move || {
            let watched = inbox.clone();
            // Nobody is left to be told where it fails.
            let hint = Box::new(move |hint| _ = watched.send(Input::Hint(hint)));
            let _watch = settings.store.watch(TARGET, hint);
            drop(inbox);
            // It is made of the author's types; what a panic says is in the error output of the process.
            let schema = caught(schema).ok();
            Running::new(settings, documents, service, beginning, schema, measured).run(&inputs);
        };
        let (ended, ends) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("dlc-reload-fleet".to_owned()).spawn(move || {
            let _ended = ended;
            // The store may be the author's code.
            caught(run).unwrap_or_else(|panic| follows_no_more(&ill, &panic));
        });
        let thread = thread.map_err(|error| {
            Error::runtime(format!("cannot start the thread of the fleet: {error}"), error)
        })?;
        if controls {
            let controller = Controller::measured(Arc::clone(&store), &name, meter)?;
            reloader.attach(Box::new(controller));
        }
        #[cfg(feature = "admin")]
        reloader.join(Arc::new(super::joined::Joined::new(name, store)));
        reloader.attach(Box::new(Leaving::new(self.inbox.clone(), ends, thread)));
        Ok(())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.fleet).finish()
    }
}

/// The node while it runs.
struct Running {
    settings: Arc<Settings>,
    documents: Arc<Documents>,
    service: Arc<OnceLock<Box<dyn Service>>>,
    agent: Agent,
    versions: BTreeMap<u64, Opened>,
    disk: Disk,
    memory: Memory,
    /// The version, or none, of which an outcome is awaited.
    offered: Option<Option<u64>>,
    telling: Telling,
    /// The schema of the program, until the store has it.
    schema: Option<(String, String)>,
    /// The reason why a file could not be written.
    unwritten: Option<String>,
    meter: Option<Arc<dyn Meter>>,
}

impl Running {
    fn new(
        settings: Arc<Settings>,
        documents: Arc<Documents>,
        service: Arc<OnceLock<Box<dyn Service>>>,
        beginning: Beginning,
        schema: Option<String>,
        meter: Option<Arc<dyn Meter>>,
    ) -> Self {
        let Beginning { start, versions, memory, trouble, .. } = beginning;
        let digest = schema.as_ref().map(sha256).unwrap_or_default();
        let identity = Identity {
            name: settings.name.clone(),
            labels: settings.labels.clone(),
            process: process(),
            build: settings.build.clone(),
            schema: digest.clone(),
            splay: settings.splay,
        };
        let disk = settings.disk();
        let agent = Agent::new(identity, start, SystemClock.moment());
        let telling = Telling::new(&settings.name);
        let schema = schema.map(|schema| (format!("{SCHEMAS}{digest}"), schema));
        let unwritten = trouble;
        let offered = None;
        Self {
            settings,
            documents,
            service,
            agent,
            versions,
            disk,
            memory,
            offered,
            telling,
            schema,
            unwritten,
            meter,
        }
    }

    fn run(&mut self, inputs: &mpsc::Receiver<Input>) {
        let kept = self.agent.kept();
        if !kept.is_empty() {
            // The version that the store had at the start is not on the disk yet. What comes of it is told with the
            // rest.
            self.act(Action::Keep(kept));
        }
        self.handle(Event::Trouble(self.unwritten.clone()));
        self.handle_drift();
        loop {
            self.telling.tell(&*self.settings.store, &self.documents, Instant::now());
            self.measure();
            let due = self.agent.due().into_iter().chain(self.telling.due()).min();
            let input = match due {
                Some(due) => inputs.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => inputs.recv().map_err(Into::into),
            };
            match input {
                Ok(Input::Hint(hint)) => self.handle(Event::Hint(hint)),
                Ok(Input::Reported(report, on_trial)) => self.reported(&report, on_trial),
                Ok(Input::Proved(generation)) => self.handle(Event::Proved(generation)),
                Err(mpsc::RecvTimeoutError::Timeout) => self.handle(Event::Time),
                Ok(Input::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        self.handle(Event::Leave);
        self.telling.tell_now(&*self.settings.store);
    }

    fn measure(&self) {
        let Some(meter) = &self.meter else { return };
        let unseen = self.telling.is_unseen().then_some(Trouble::Unseen);
        let troubles = self.agent.troubles().chain(unseen).collect();
        let (asked, missed) = (self.agent.asked(), self.agent.missed());
        meter.measured(&NodeVitals { state: self.agent.state(), asked, missed, troubles });
    }

    /// Takes in what happened, and does what follows from it.
    fn handle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let trouble = self.agent.state().trouble.clone();
            for action in self.agent.handle(event, SystemClock.moment()) {
                events.extend(self.act(action));
            }
            let now = &self.agent.state().trouble;
            if let Some(text) = now.as_ref().filter(|_| *now != trouble) {
                tracing::warn!(target: LOG, "this node of the fleet: {text}");
            }
        }
        if self.documents.stale(self.agent.state().stale.as_ref()) {
            self.documents.changed(remote("whether the store is reached"));
        }
        let agent = &self.agent;
        self.versions.retain(|version, _| agent.needs(*version));
    }

    /// Does one thing, and returns what came of it if that is to be told.
    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::ReadPointer => return Some(self.read_pointer()),
            Action::ReadVersion(version) => {
                return Some(Event::Version(version, self.read_version(version)));
            }
            Action::Mark(mark) => self.memory.mark = Some(mark),
            Action::Unmark => self.memory.mark = None,
            Action::Note(note) => self.memory.note = Some(note),
            Action::Forget => self.memory.note = None,
            Action::Offer { version, detail, actor } => {
                return self.offer(version, detail, actor);
            }
            Action::Withdraw(version) => {
                self.withdraw(version);
                return None;
            }
            Action::Keep(versions) => {
                self.memory.running = self.agent.state().running;
                let others = versions.iter().find(|version| Some(**version) != self.memory.running);
                self.memory.before = others.copied();
                let held = self.versions.iter().filter(|(version, _)| versions.contains(*version));
                let held = held.map(|(version, opened)| (*version, &*opened.bytes)).collect();
                let kept = self.disk.keep_versions(&held);
                return self.written(kept.and_then(|()| self.disk.remember(&self.memory)));
            }
            Action::Tell(state) => {
                self.telling.put(*state);
                return None;
            }
        }
        let remembered = self.disk.remember(&self.memory);
        self.written(remembered)
    }

    /// Returns the event that a file could not be written, or can be again.
    fn written(&mut self, written: Result<(), String>) -> Option<Event> {
        let unwritten = written.err();
        let is_news = self.unwritten != unwritten;
        self.unwritten.clone_from(&unwritten);
        is_news.then_some(Event::Trouble(unwritten))
    }

    fn read_pointer(&mut self) -> Event {
        let read = pointer(&*self.settings.store);
        if let Ok(Some((target, revision))) = &read
            && revision.0 != self.agent.state().seen
            && let Err(reason) = self.disk.keep_pointer(target, *revision)
        {
            tracing::warn!(target: LOG, "the pointer of the fleet cannot be kept: {reason}");
        }
        if read.is_ok() {
            // Also where nothing was published yet: the first version is checked, too.
            self.write_schema();
        }
        read.map_or_else(Event::PointerFailed, Event::Pointer)
    }

    fn read_version(&mut self, version: u64) -> Fetched {
        let bytes = match stored(&*self.settings.store, version) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Fetched::Missing,
            Err(reason) => return Fetched::Unreachable(reason),
        };
        match opened(bytes, version, &self.settings) {
            Ok(opened) => {
                self.versions.insert(version, opened);
                Fetched::There
            }
            Err(reason) => {
                tracing::error!(target: LOG, "version {version} of the fleet is not taken: {reason}");
                Fetched::Untrusted(reason)
            }
        }
    }

    fn offer(
        &mut self,
        version: Option<u64>,
        detail: String,
        actor: Option<String>,
    ) -> Option<Event> {
        if !self.hand_over(version) {
            let message = "its documents are not at hand any more".to_owned();
            let problems = vec![NodeProblem { key: None, place: None, message }];
            return Some(Event::Outcome(Outcome::Refused { problems }));
        }
        self.offered = Some(version);
        let trigger = remote(detail);
        let trigger = actor.into_iter().fold(trigger, Trigger::actor);
        if let Some(service) = self.service.get() {
            service.reload(trigger);
        }
        None
    }

    fn withdraw(&self, version: Option<u64>) {
        // In the last known good are values of the fleet, which are better than none.
        let is_degraded = self.service.get().is_some_and(|service| service.runs_last_known_good());
        if !(version.is_none() && is_degraded) && self.hand_over(version) {
            self.documents.changed(remote("back to the version before"));
        }
    }

    /// Hands over the documents of a version, or none; returns false if they are not at hand.
    fn hand_over(&self, version: Option<u64>) -> bool {
        let opened = version.map(|version| self.versions.get(&version));
        let is_there = !matches!(opened, Some(None));
        if is_there {
            self.documents.set(opened.flatten().map(|opened| Arc::clone(&opened.version)));
        }
        is_there
    }

    fn reported(&mut self, report: &Report, on_trial: bool) {
        let documents = self.versions.values().flat_map(|opened| names(&opened.version)).collect();
        if let Some(event) = event(report, on_trial, &mut self.offered, &documents) {
            self.handle(event);
        }
        self.handle_drift();
    }

    fn handle_drift(&mut self) {
        let Some(service) = self.service.get() else { return };
        self.handle(Event::Drift(service.drift(&self.documents.names())));
    }

    /// Writes the schema of the program where the store has it not yet; tried again with the next read of the pointer.
    fn write_schema(&mut self) {
        let Some((key, schema)) = &self.schema else { return };
        let store = &self.settings.store;
        let is_there = store.get(key).map(|entry| entry.is_some());
        let written = is_there.and_then(|is_there| match is_there {
            true => Ok(()),
            // Where another node was first, it is there as well.
            false => store.swap(key, Revision::ABSENT, schema.as_bytes()).map(drop),
        });
        match written {
            Ok(()) => self.schema = None,
            Err(error) => {
                tracing::warn!(target: LOG, "the schema of this program is not in the store, so that publications are not checked against it: {error}")
            }
        }
    }
}

/// Says that the thread of the fleet has ended by a panic.
fn follows_no_more(documents: &Documents, panic: &str) {
    let text = format!(
        "this service follows its fleet no more, restart it: a panic in the thread of the fleet: {panic}"
    );
    tracing::error!(target: LOG, "{text}");
    documents.warn(Some(text));
}

fn remote(detail: impl Into<String>) -> Trigger {
    Trigger::new(TriggerKind::Remote).detail(detail)
}

/// Makes a name that no other process has.
fn process() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{:x}", std::process::id(), since.as_nanos())
}
