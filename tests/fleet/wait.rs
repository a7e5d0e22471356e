//! The wait for the end of a rollout.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    fleet::{
        Desk, Entry, Goal, Hint, Hints, Lost, MemoryClient, MemoryStore, Outcome, Plan, Revision,
        Store, StoreError,
    },
    source::Guard,
};

use crate::desk::{LIFE, desk, fleet, state};

const LONG: Duration = Duration::from_secs(60);

fn started() -> (MemoryStore, Desk) {
    let (engine, alice) = fleet();
    let node = Arc::new(engine.client());
    node.keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    // The node outlives this function.
    std::mem::forget(node);
    alice.start(2, Plan::careful(), "a test").unwrap();
    (engine, alice)
}

/// A client that tells of each read of the pointer whether it succeeded.
struct Telling(MemoryClient, Sender<bool>);

impl Store for Telling {
    fn fleet(&self) -> &str {
        self.0.fleet()
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let read = self.0.get(key);
        if key == "target" {
            // The test may have seen enough.
            let _ = self.1.send(read.is_ok());
        }
        read
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.0.list(prefix)
    }

    fn swap(&self, key: &str, seen: Revision, value: &[u8]) -> Swapped {
        self.0.swap(key, seen, value)
    }

    fn keep(&self, key: &str, value: &[u8], life: Duration) -> Kept {
        self.0.keep(key, value, life)
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.0.release(key)
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        self.0.watch(prefix, hint)
    }
}

type Swapped = Result<Result<Revision, Lost>, StoreError>;
type Kept = Result<Result<(), Lost>, StoreError>;

/// Waits while somebody at another desk does something. It is done once the wait has read the pointer; each read after
/// that is told of.
fn meanwhile(
    engine: &MemoryStore,
    goal: Goal,
    act: impl FnOnce(&Desk, &Receiver<bool>),
) -> Outcome {
    thread::scope(|scope| {
        let (looked, looks) = channel();
        let waiting = Desk::new(Arc::new(Telling(engine.client(), looked)), "waiting");
        let waiting = scope.spawn(move || waiting.wait(goal, LONG).unwrap().outcome);
        assert!(looks.recv_timeout(LONG).unwrap());
        act(&desk(engine, "acting"), &looks);
        waiting.join().unwrap()
    })
}

#[test]
fn a_wait_ends_with_the_rollout_also_if_hints_are_lost() {
    for hints in [Hints::Delivered, Hints::Doubled, Hints::Lost] {
        let (engine, _) = started();
        engine.hints(hints);
        let ended = meanwhile(&engine, Goal::Promoted, |desk, _| _ = desk.promote("now").unwrap());
        assert_eq!(ended, Outcome::Reached);
    }
    let (engine, alice) = started();
    assert_eq!(
        meanwhile(&engine, Goal::Promoted, |desk, _| _ = desk.abort("no").unwrap()),
        Outcome::Aborted
    );
    let ending = alice.wait(Goal::Promoted, LONG).unwrap();
    assert_eq!((ending.rollout.as_str(), ending.version), ("r2", 2));
    assert_eq!(ending.reason, "abort r2 by acting: no");
}

#[test]
fn a_wait_goes_on_while_the_store_is_away_and_ends_when_another_rollout_takes_over() {
    let (engine, _) = started();
    let ended = meanwhile(&engine, Goal::Promoted, |desk, looks| {
        // The first look must succeed, so it is the second one or a later one that fails.
        assert!(looks.recv_timeout(LONG).unwrap());
        engine.cut_off("no cable");
        while looks.recv_timeout(LONG).unwrap() {}
        engine.mend();
        desk.abort("another").unwrap();
        desk.start(3, Plan::quick(), "a test").unwrap();
    });
    // It saw the end, or the next rollout in its place.
    assert_eq!(ended, Outcome::Aborted);

    let (engine, _) = started();
    engine.hints(Hints::Lost);
    let ended = meanwhile(&engine, Goal::Promoted, |desk, _| {
        desk.promote("now").unwrap();
        desk.start(3, Plan::quick(), "a test").unwrap();
    });
    assert_eq!(ended, Outcome::Reached);
}

#[test]
fn a_wait_for_convergence_waits_for_the_nodes() {
    let (engine, alice) = started();
    alice.promote("now").unwrap();
    let over = alice.wait(Goal::Converged, Duration::ZERO).unwrap();
    assert_eq!(over.outcome, Outcome::TimeOver);
    assert_eq!(over.reason, "n1 does not run what it is to run");
    let ended = meanwhile(&engine, Goal::Converged, |_, _| {
        engine.remove("nodes/n1");
        engine
            .client()
            .swap("nodes/n1", Default::default(), state(2, "").as_bytes())
            .unwrap()
            .unwrap();
    });
    assert_eq!(ended, Outcome::Reached);
}

#[test]
fn a_halted_rollout_ends_the_wait_with_the_first_problems() {
    let (engine, alice) = started();
    let problem = r#"{"key":"rate","place":"base.yaml@2:1:7","message":"expected a number"}"#;
    let refused =
        format!(r#","refused":{{"version":2,"because":"rejected","problems":[{problem}]}}"#);
    let other = engine.client();
    other.keep("nodes/n2", state(1, &refused).as_bytes(), LIFE).unwrap().unwrap();
    let over = alice.wait(Goal::Promoted, Duration::ZERO).unwrap();
    assert_eq!(
        (over.outcome, over.reason.as_str()),
        (Outcome::TimeOver, "rollout r2 is in stage 1 of 5")
    );

    let (revision, mut target) = alice.target().unwrap();
    let rollout = target.rollout.as_mut().unwrap();
    rollout.phase = dlc_reload::fleet::Phase::Halted;
    rollout.halted = Some("n2 refused version 2".into());
    let target = serde_json::to_vec(&target).unwrap();
    other.swap("target", revision, &target).unwrap().unwrap();
    let begun = Instant::now();
    let ending = alice.wait(Goal::Promoted, LONG).unwrap();
    assert!(begun.elapsed() < LONG);
    assert_eq!((ending.outcome, ending.reason.as_str()), (Outcome::Halted, "n2 refused version 2"));
    let complaint = &ending.problems[0];
    assert_eq!(complaint.node, "n2");
    assert_eq!(complaint.problem.to_string(), "base.yaml@2:1:7: rate: expected a number");
    assert_eq!(serde_json::to_value(&ending).unwrap()["outcome"], "halted");
}

#[test]
fn there_is_nothing_to_wait_for_without_a_rollout() {
    let engine = MemoryStore::new("coach/test");
    let said = desk(&engine, "alice").wait(Goal::Promoted, LONG).unwrap_err().to_string();
    assert_eq!(said, "there is nothing to wait for: no rollout was started");
}
