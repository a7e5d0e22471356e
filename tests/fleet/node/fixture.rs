//! Services as nodes of a fleet, in one process, with a store in memory.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    Error, Handle, Invalid, Loader, Observer, Probation, Reloadable, Reloader, Report, Trigger,
    Verdict,
    fleet::{
        Because, Desk, Document, Ending, Fleet, Goal, MemoryClient, MemoryStore, NodeState,
        Outcome, Plan, Reach, Stage, Store,
    },
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// The time within which everything has to happen.
pub const LONG: Duration = Duration::from_secs(60);

/// A rate that makes a service ill.
pub const ILL: u32 = 666;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
pub struct Config {
    #[reload(hot, live)]
    pub rate: u32,
    #[serde(default)]
    #[reload(hot, live)]
    pub motd: String,
    #[serde(default)]
    #[reload(restart)]
    pub port: u16,
}

fn check(config: &Config) -> Result<(), Invalid> {
    match config.rate {
        0 => Err(Invalid::new().at("rate", "must not be 0")),
        _ => Ok(()),
    }
}

/// A fleet with a desk, and a folder for the files of its nodes.
pub struct World {
    pub engine: MemoryStore,
    pub desk: Desk,
    pub folder: TempDir,
}

/// A service that is a node.
pub struct Node {
    pub client: MemoryClient,
    pub reloader: Reloader<Config>,
    pub config: Handle<Config>,
    pub rates: Arc<Rates>,
}

/// The rates that a service has run with, in order.
#[derive(Default)]
pub struct Rates {
    config: OnceLock<Handle<Config>>,
    pub seen: Mutex<Vec<u32>>,
}

impl Observer for Rates {
    fn reported(&self, _: &Report) {
        let Some(config) = self.config.get() else { return };
        let (rate, mut seen) = (config.load().rate, self.seen.lock().unwrap());
        if seen.last() != Some(&rate) {
            seen.push(rate);
        }
    }
}

impl World {
    pub fn new() -> Self {
        let engine = MemoryStore::new("coach/test");
        let desk = Desk::new(Arc::new(engine.client()), "alice");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("coach.yaml"), "{rate: 7, motd: own}").unwrap();
        Self { engine, desk, folder }
    }

    /// The folder with the files of a node.
    pub fn cache(&self, name: &str) -> PathBuf {
        self.folder.path().join("fleet").join(name)
    }

    /// Makes the membership of a node, with a client of its own.
    pub fn member(&self, name: &str) -> (Fleet, MemoryClient) {
        let client = self.engine.client();
        (self.member_by(name, client.clone()), client)
    }

    pub fn member_by(&self, name: &str, store: impl Store) -> Fleet {
        let fleet = Fleet::new(store, name).cache(self.folder.path().join("fleet")).build("1.0.0");
        fleet.splay(Duration::from_millis(20))
    }

    pub fn loader(&self, fleet: &Fleet) -> Loader<Config> {
        Loader::new().file(self.folder.path().join("coach.yaml")).fleet(fleet)
    }

    pub fn start(&self, name: &str) -> Node {
        let (fleet, client) = self.member(name);
        let loader = self.loader(&fleet);
        let node = self.start_with(fleet, client, loader).unwrap();
        self.wait(name, "in sight", |state| !state.leaving);
        node
    }

    /// Ends a process in an orderly way, and starts the next one of the node once its name is free.
    pub fn restart(&self, name: &str, node: Node) -> Node {
        drop(node);
        self.free(name);
        self.start(name)
    }

    /// Waits until the state of a process that has ended is gone, by a clock that runs faster.
    #[track_caller]
    pub fn free(&self, name: &str) {
        let (client, deadline) = (self.engine.client(), Instant::now() + LONG);
        loop {
            self.engine.advance(Duration::from_secs(60));
            if client.get(&format!("nodes/{name}")).unwrap().is_none() {
                return;
            }
            // The end of a reloader waits two seconds for that of its node, whose disk may be slow.
            assert!(Instant::now() < deadline, "{name} has not ended");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn start_with(
        &self,
        fleet: Fleet,
        client: MemoryClient,
        loader: Loader<Config>,
    ) -> Result<Node, Error> {
        let boot = loader.load()?;
        let (config, rates) = (boot.handle(), Arc::new(Rates::default()));
        let _ = rates.config.set(config.clone());
        let checked = config.clone();
        let probation = Probation::new(move || match checked.load().rate {
            ILL => Err("requests fail".into()),
            _ => Ok(()),
        });
        let probation =
            probation.lasting(Duration::from_millis(60)).every(Duration::from_millis(10));
        let builder = boot.reloader().observer(rates.clone()).probation(probation).fleet(fleet);
        Ok(Node { client, reloader: builder.start()?, config, rates })
    }

    /// Publishes a version of one document.
    pub fn publish(&self, text: &str) -> u64 {
        let document = Document { name: "base.yaml".to_owned(), text: text.to_owned() };
        self.desk.publish(vec![document], "a test").unwrap()
    }

    /// Takes a version to all nodes, stage by stage.
    pub fn roll_out(&self, text: &str) -> Ending {
        let version = self.publish(text);
        self.desk.start(version, plan(), "a test").unwrap();
        self.desk.wait(Goal::Promoted, LONG).unwrap()
    }

    /// The same, where it has to go well.
    pub fn promote(&self, text: &str) -> u64 {
        let ending = self.roll_out(text);
        assert_eq!(ending.outcome, Outcome::Reached, "{ending:?}");
        ending.version
    }

    /// Waits until a node is in a state.
    #[track_caller]
    pub fn wait(&self, name: &str, what: &str, is_so: impl Fn(&NodeState) -> bool) -> NodeState {
        let client = self.engine.client();
        let (sender, hints) = mpsc::channel();
        let _watch = client.watch("nodes/", Box::new(move |_| _ = sender.send(())));
        let deadline = Instant::now() + LONG;
        loop {
            let entry = client.get(&format!("nodes/{name}")).ok().flatten();
            let state: Option<NodeState> =
                entry.map(|entry| serde_json::from_slice(&entry.value).unwrap());
            match state {
                Some(state) if is_so(&state) => return state,
                state => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    assert!(!left.is_zero(), "{name} is not {what}: {state:?}");
                    // A hint may be lost where the store is away.
                    let _ = hints.recv_timeout(left.min(Duration::from_secs(1)));
                }
            }
        }
    }

    /// Changes the own file of a node, and returns what a reload makes of it.
    #[track_caller]
    pub fn edit(&self, name: &str, node: &Node, text: &str) -> Verdict {
        let running = self.wait(name, "in sight", |_| true).running;
        let running = running.map(|version| version.to_string());
        let deadline = Instant::now() + LONG;
        // A node that takes a version back looks at its sources by itself, and would find the edit first.
        loop {
            let status = node.reloader.status();
            let source = status.sources.iter().find(|source| &*source.name == "fleet").unwrap();
            if source.version.as_deref() == running.as_deref() {
                break;
            }
            assert!(Instant::now() < deadline, "{name} still reads {source:?}");
            thread::sleep(Duration::from_millis(10));
        }
        std::fs::write(self.folder.path().join("coach.yaml"), text).unwrap();
        node.reloader.reload(Trigger::api("a test")).wait().unwrap().verdict()
    }

    /// Waits until a node runs a version, and has proven it.
    #[track_caller]
    pub fn runs(&self, name: &str, version: u64) -> NodeState {
        let proved = dlc_reload::fleet::Trial::Proved;
        let is_so = |state: &NodeState| state.running == Some(version) && state.trial == proved;
        self.wait(name, &format!("on version {version}"), is_so)
    }

    /// Waits until a node is in sight that has nothing of the fleet.
    #[track_caller]
    pub fn runs_nothing(&self, name: &str) -> NodeState {
        self.wait(name, "in sight", |state| !state.leaving && state.running.is_none())
    }

    /// Waits until a node has refused a version.
    #[track_caller]
    pub fn refuses(&self, name: &str, version: u64, because: Because) -> NodeState {
        let is_so = |state: &NodeState| {
            let refused = state.refused.as_ref();
            refused.is_some_and(|it| it.version == version && it.because == because)
        };
        self.wait(name, &format!("refusing version {version}"), is_so)
    }
}

/// One node, then half of them, then all.
pub fn plan() -> Plan {
    let bake = Duration::from_millis(10);
    let reaches = [Reach::Count(1), Reach::Share(0.5), Reach::Share(1.0)];
    Plan::new("a test", reaches.map(|reach| Stage::new(reach, bake, LONG)).to_vec())
}
