use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    time::SystemTime,
};

use super::*;
use crate::fleet::{
    Hint, Hints, Lost, MemoryClient, MemoryStore, NodeState, Phase, Plan, Reach, Rollout, Stage,
    Trial, choice::reaches,
};

const NODES_OF_TESTS: [&str; 3] = ["n1", "n2", "n3"];

/// A fleet in memory, whose nodes do what they are told as long as the test says so.
struct World {
    engine: MemoryStore,
    client: MemoryClient,
}

impl World {
    fn new() -> Self {
        let engine = MemoryStore::new("coach/test");
        let world = Self { client: engine.client(), engine };
        NODES_OF_TESTS.iter().for_each(|name| world.tell(name, 41));
        world
    }

    fn tell(&self, name: &str, running: u64) {
        let state = NodeState {
            running: Some(running),
            refused: None,
            trial: Trial::Proved,
            pending: Vec::new(),
            drift: Vec::new(),
            generation: 1,
            seen: 1,
            since: SystemTime::now(),
            build: "1.0".to_owned(),
            process: "p1".to_owned(),
            schema: String::new(),
            labels: BTreeMap::new(),
            consistent: true,
            stale: None,
            trouble: None,
            leaving: false,
        };
        let value = serde_json::to_vec(&state).unwrap();
        self.client.keep(&format!("{NODES}{name}"), &value, LIFE).unwrap().unwrap();
    }

    fn start(&self, id: &str, candidate: u64) {
        let moment = Duration::ZERO;
        let deadline = Duration::from_secs(600);
        let reaches = [Reach::Count(1), Reach::Share(1.0)];
        let plan = Plan::new("p", reaches.map(|it| Stage::new(it, moment, deadline)).to_vec());
        let rollout = Some(Rollout {
            id: id.to_owned(),
            candidate,
            plan,
            stage: 0,
            cuts: Vec::new(),
            counts: Vec::new(),
            phase: Phase::Running,
            halted: None,
            by: "alice".to_owned(),
            why: "a test".to_owned(),
            since: SystemTime::now(),
        });
        let entry = self.client.get(TARGET).unwrap();
        let seen = entry.map_or(Revision::ABSENT, |entry| entry.revision);
        let target = Target { stable: Some(41), nodes: 3, rollout, ..Target::default() };
        self.client.swap(TARGET, seen, &serde_json::to_vec(&target).unwrap()).unwrap().unwrap();
    }

    fn target(&self) -> Target {
        serde_json::from_slice(&self.client.get(TARGET).unwrap().unwrap().value).unwrap()
    }

    /// Waits until the fleet is as it should be.
    #[track_caller]
    fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let (hints, heard) = channel();
        let _guard = self.client.watch(
            "",
            Box::new(move |_| {
                let _ = hints.send(());
            }),
        );
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_so(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(heard.recv_timeout(left).is_ok(), "not within a minute");
        }
    }

    /// Nodes do as they are told until the rollout is over.
    #[track_caller]
    fn until_promoted(&self) {
        self.until(|world| {
            let target = world.target();
            let rollout = target.rollout.as_ref().unwrap();
            let told =
                NODES_OF_TESTS.iter().filter(|name| reaches(rollout, name, &BTreeMap::new()));
            told.for_each(|name| world.tell(name, rollout.candidate));
            rollout.phase == Phase::Promoted
        });
    }

    fn seat(&self) -> Option<String> {
        let entry = self.client.get(SEAT).unwrap()?;
        Some(String::from_utf8(entry.value).unwrap().split(' ').next().unwrap().to_owned())
    }

    fn controller(&self, name: &str) -> (Controller, MemoryClient) {
        let client = self.engine.client();
        (Controller::start(Arc::new(client.clone()), name).unwrap(), client)
    }
}

#[test]
fn a_rollout_is_taken_through_its_stages_and_recorded() {
    let world = World::new();
    world.start("r1", 42);
    let _controller = world.controller("n1");
    world.until_promoted();
    assert_eq!((world.target().stable, world.target().nodes), (Some(42), 3));
    world.until(|world| world.client.get("rollouts/r1").unwrap().is_some());
    let entry = world.client.get("rollouts/r1").unwrap().unwrap();
    let record: Record = serde_json::from_slice(&entry.value).unwrap();
    let reached: Vec<_> = record.rollout.counts.iter().map(|it| it.reached).collect();
    assert_eq!((reached, record.rollout.phase), (vec![1, 3], Phase::Promoted));
    assert!(record.changes.iter().all(|change| change.by == "controller on n1"));
    assert_eq!(record.changes.len(), 3);
}

#[test]
fn another_one_takes_the_seat_over() {
    let world = World::new();
    let (first, killed) = world.controller("n1");
    world.until(|world| world.seat().as_deref() == Some("n1"));
    let (second, second_client) = world.controller("n2");
    // One that ends gives the seat back, one that is killed loses it after its life.
    drop(first);
    world.until(|world| world.seat().as_deref() == Some("n2"));
    let (_third, _client) = world.controller("n3");
    world.start("r1", 42);
    world.until_promoted();
    killed.kill();
    second_client.kill();
    world.engine.advance(LIFE * 2);
    world.until(|world| world.seat().as_deref() == Some("n3"));
    world.start("r2", 43);
    world.until_promoted();
    assert_eq!(world.target().changes[0].by, "controller on n3");
    drop(second);
}

#[test]
fn it_goes_on_once_the_store_is_back_and_ends_while_it_is_away() {
    let world = World::new();
    let (controller, client) = world.controller("n1");
    world.until(|world| world.seat().is_some());
    client.cut_off("the cable was pulled");
    world.start("r1", 42);
    client.mend();
    world.until_promoted();
    client.cut_off("the cable was pulled");
    let begun = Instant::now();
    drop(controller);
    assert!(begun.elapsed() < IDLE / 2, "{:?}", begun.elapsed());
}

/// A store that counts what is asked of it.
struct Counted(MemoryClient, Arc<AtomicUsize>);

impl Store for Counted {
    fn fleet(&self) -> &str {
        self.0.fleet()
    }
    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.get(key)
    }
    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.list(prefix)
    }
    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.swap(key, seen, value)
    }
    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.keep(key, value, life)
    }
    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.0.release(key)
    }
    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        self.0.watch(prefix, hint)
    }
}

#[test]
fn a_storm_of_hints_is_no_storm_of_reads() {
    let world = World::new();
    world.engine.hints(Hints::Doubled);
    world.start("r1", 42);
    let calls = Arc::new(AtomicUsize::new(0));
    let store = Counted(world.engine.client(), Arc::clone(&calls));
    let begun = Instant::now();
    let controller = Controller::start(Arc::new(store), "n1").unwrap();
    world.until(|world| !world.target().rollout.unwrap().cuts.is_empty());
    for _ in 0..3000 {
        world.tell("n1", 41);
    }
    drop(controller);
    // Each look asks for the seat, the pointer and the nodes, and the first ones wrote twice.
    let looks = begun.elapsed().div_duration_f64(RESTS.0).ceil() as usize + 2;
    let calls = calls.load(Ordering::SeqCst);
    assert!(calls <= 3 * looks + 5, "{calls} calls in {looks} looks");
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let world = World::new();
    world.client.swap(TARGET, Revision::ABSENT, b"{\"stable\": \"new\"}").unwrap().unwrap();
    let (controller, client) = world.controller("n1");
    world.until(|world| world.seat().is_some());
    drop(controller);
    assert_eq!(client.get(TARGET).unwrap().unwrap().value, b"{\"stable\": \"new\"}");
}
