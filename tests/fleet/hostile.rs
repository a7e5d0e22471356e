//! A store with what nobody should have written, and people who ask for what cannot be.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    time::{Duration, SystemTime},
};

use dlc_reload::fleet::{
    Controller, DeskError, Goal, MemoryClient, MemoryStore, Outcome, Phase, Plan, Reach, Revision,
    Stage, Store, Target,
};
use serde_json::{Value, json};

use crate::{
    desk::{LIFE, desk, documents, fleet, state},
    told::Told,
};

const LONG: Duration = Duration::from_secs(60);

/// Makes a client that tells when the pointer is read.
fn telling(client: MemoryClient) -> (Arc<impl Store>, Receiver<()>) {
    let (read, reads) = channel();
    let tell = move |key: &str| {
        if key == "target" {
            // The test may have seen enough.
            let _ = read.send(());
        }
    };
    (Arc::new(Told(client, tell)), reads)
}

/// Writes a pointer, whatever it is.
fn point(store: &impl Store, value: &[u8]) {
    let seen = store.get("target").unwrap().map(|entry| entry.revision).unwrap_or_default();
    store.swap("target", seen, value).unwrap().unwrap();
}

/// A rollout that has reached its one node, which runs the candidate.
fn pointer() -> Value {
    let mut target = serde_json::to_value(Target::default()).unwrap();
    target["stable"] = json!(1);
    target["nodes"] = json!(1);
    target["rollout"] = json!({
        "id": "r1", "candidate": 2, "stage": 0, "cuts": [1_u64 << 52], "phase": "running",
        "counts": [{ "reached": 1 }], "by": "mallory", "why": "", "since": "2026-11-27T12:00:00Z",
        "plan": { "name": "p", "stages": [
            { "reach": { "share": 1.0 }, "bake": "1h", "deadline": "1h" },
        ]},
    });
    target
}

#[test]
fn no_pointer_that_can_be_written_ends_the_controller() {
    let most = u64::MAX;
    let for_ever = format!("{most}s");
    for (place, value) in [
        ("/rollout/plan/stages/0/bake", json!(for_ever)),
        ("/rollout/plan/stages/0/deadline", json!(for_ever)),
        ("/rollout/plan/stages/0/reach", json!({ "share": -1e300 })),
        ("/rollout/plan/min_alive", json!(1e308)),
        ("/rollout/plan/stages", json!([])),
        ("/rollout/counts", json!([{ "reached": most }])),
        ("/rollout/counts", json!([{ "reached": most, "lost": 1 }, {}, {}])),
        ("/rollout/cuts", json!([])),
        ("/rollout/cuts", json!([0, most, 1, 2, 3])),
        ("/rollout/stage", json!(most)),
        ("/rollout/stage", json!(1)),
        ("/rollout/since", json!("9999-12-31T23:59:59Z")),
        ("/nodes", json!(most)),
        ("/retries", json!(most)),
        ("/stable", json!(most)),
    ] {
        let engine = MemoryStore::new("coach/test");
        let node = engine.client();
        let mut target = pointer();
        match target.pointer_mut(place) {
            Some(found) => *found = value.clone(),
            None => target["rollout"]["plan"]["min_alive"] = value.clone(),
        }
        point(&node, &serde_json::to_vec(&target).unwrap());
        node.keep("nodes/n1", state(2, "").as_bytes(), LIFE).unwrap().unwrap();
        let (store, reads) = telling(engine.client());
        let controller = Controller::start(store, "n1").unwrap();
        // The look that saw it has ended when the next one begins.
        reads.recv_timeout(LONG).unwrap();
        node.keep("nodes/n1", state(2, r#","leaving":true"#).as_bytes(), LIFE).unwrap().unwrap();
        let next = reads.recv_timeout(LONG);
        assert!(next.is_ok(), "{place}: {value}");
        drop(controller);
    }
}

#[test]
fn nothing_that_a_node_says_makes_the_pointer_unreadable() {
    let (engine, alice) = fleet();
    let node = engine.client();
    let says = "far too much ".repeat(20_000);
    let refused = json!({ "version": 2, "because": "rejected", "problems": [{ "message": says }] });
    let more = format!(r#","refused":{refused}"#);
    node.keep("nodes/n1", state(1, &more).as_bytes(), LIFE).unwrap().unwrap();
    let _controller = Controller::start(Arc::new(engine.client()), "n1").unwrap();
    let all = Stage::new(Reach::Share(1.0), Duration::ZERO, LONG);
    for _ in 0..20 {
        alice.start(2, Plan::new("all", vec![all.clone()]), "a test").unwrap();
        let ending = alice.wait(Goal::Promoted, LONG).unwrap();
        assert_eq!(ending.outcome, Outcome::Halted);
        assert!(ending.reason.starts_with("n1 refused version 2: far too much"));
        alice.abort("a test").unwrap();
    }
    let pointer = engine.client().get("target").unwrap().unwrap();
    assert!(pointer.value.len() < 32 << 10, "{}", pointer.value.len());
}

#[test]
fn no_number_that_somebody_says_uses_the_numbers_up() {
    let (engine, alice) = fleet();
    let node = engine.client();
    node.keep("nodes/n1", state(u64::MAX, "").as_bytes(), LIFE).unwrap().unwrap();
    assert_eq!(alice.publish(documents("rate: 4"), "a test").unwrap(), 4);
    node.keep("nodes/n1", state(1000, "").as_bytes(), LIFE).unwrap().unwrap();
    assert_eq!(alice.publish(documents("rate: 5"), "a test").unwrap(), 1001, "it may have been");

    // Who can write these keys can do worse. He is found out, and nothing is overwritten.
    for (key, ask) in
        [("versions/18446744073709551615", "publish"), ("rollouts/r18446744073709551615", "start")]
    {
        node.swap(key, Revision::ABSENT, b"{}").unwrap().unwrap();
        let said = match ask {
            "publish" => alice.publish(documents("rate: 6"), "a test").unwrap_err(),
            _ => alice.start(2, Plan::careful(), "a test").unwrap_err(),
        };
        assert!(said.to_string().contains("the last number that there is: remove it"), "{said}");
        engine.remove(key);
    }
    assert_eq!(alice.publish(documents("rate: 6"), "a test").unwrap(), 1002);
    alice.start(2, Plan::careful(), "a test").unwrap();
}

#[test]
fn pins_leave_room_for_what_the_controller_notes() {
    let (engine, alice) = fleet();
    let name = "a-long-name-of-a-node".repeat(5);
    let refused = (0..1000).find_map(|number| {
        let pinned = alice.pin(&format!("{name}-{number}"), 2, "a test");
        pinned.err()
    });
    let said = refused.unwrap();
    assert!(matches!(said, DeskError::Refused(_)));
    assert!(said.to_string().contains("unpin some nodes"), "{said}");
    engine.client().keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    let target = alice.start(2, Plan::careful(), &"why ".repeat(125)).unwrap();
    assert_eq!(target.rollout.unwrap().phase, Phase::Running);
    let unpinned = alice.unpin(&format!("{name}-1"), "a test").unwrap();
    assert!(unpinned.pins.len() > 50);
}

#[test]
fn a_pointer_that_is_none_is_refused_with_the_reason() {
    let (engine, alice) = fleet();
    let mut later = pointer();
    later["rollout"]["stage"] = json!(2);
    for (value, reason) in [
        (Vec::new(), "cannot be read"),
        (b"null".to_vec(), "cannot be read"),
        (vec![0xff; 10], "cannot be read"),
        (b"{\"stable\": -1}".to_vec(), "cannot be read"),
        (b"{\"stable\": 1, \"stable\": 2}".to_vec(), "cannot be read"),
        (serde_json::to_vec(&later).unwrap(), "in stage 2 of 1"),
        (b" ".repeat((64 << 10) + 1), "65537 bytes, at most 65536"),
        (b"[".repeat(60_000), "cannot be read"),
    ] {
        point(&engine.client(), &value);
        let said = alice.retry("a test").unwrap_err().to_string();
        assert!(said.contains(reason), "{said}");
        assert_eq!(desk(&engine, "bob").overview().unwrap_err().to_string(), said);
        assert_eq!(engine.client().get("target").unwrap().unwrap().value, value);
    }
}

#[test]
fn a_fleet_of_nodes_that_cannot_be_read_is_no_fleet_without_nodes() {
    let engine = MemoryStore::new("coach/test");
    let alice = desk(&engine, "alice");
    alice.publish(documents("rate: 1"), "a test").unwrap();
    let node = engine.client();
    node.keep("nodes/n1", br#"{"newer": true}"#, LIFE).unwrap().unwrap();
    let said = alice.start(1, Plan::careful(), "a test").unwrap_err().to_string();
    assert!(said.contains("cannot be read, use the command of their release: n1"), "{said}");
    let builds = alice.builds().unwrap();
    assert!(builds[0].nodes.contains("n1") && builds[0].schema.is_none(), "{builds:?}");

    // The same to a controller.
    let mut target = pointer();
    (target["stable"], target["nodes"]) = (Value::Null, json!(0));
    point(&node, &serde_json::to_vec(&target).unwrap());
    let (store, reads) = telling(engine.client());
    let controller = Controller::start(store, "n1").unwrap();
    // It stands back after the first look.
    (0..2).for_each(|_| reads.recv_timeout(LONG).unwrap());
    drop(controller);
    assert_eq!(alice.target().unwrap().1.rollout.unwrap().phase, Phase::Running);
    // Nor is one whose nodes are gone.
    engine.remove("nodes/n1");
    let _controller = Controller::start(Arc::new(engine.client()), "n1").unwrap();
    let ending = alice.wait(Goal::Promoted, LONG).unwrap();
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    assert!(ending.reason.contains("vanished"), "{ending:?}");
}

#[test]
fn a_wait_may_be_as_long_as_anybody_likes() {
    let (engine, alice) = fleet();
    engine.client().keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    assert_eq!(alice.wait(Goal::Promoted, Duration::MAX).unwrap().outcome, Outcome::Reached);
}

#[test]
fn a_freeze_may_be_as_long_as_a_time_can_be_written() {
    let (_engine, alice) = fleet();
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let said = alice.freeze(far, "a test").unwrap_err().to_string();
    assert!(said.contains("9999"), "{said}");
    assert_eq!(alice.target().unwrap().1.frozen, None);
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_000_000_000);
    alice.freeze(last, "a test").unwrap();
    assert_eq!(alice.target().unwrap().1.frozen.unwrap().until, last);
}

#[test]
fn shares_are_shown_as_they_were_written() {
    for (share, shown) in
        [(0.07, "7 %"), (0.29, "29 %"), (0.001, "0.1 %"), (1.0, "100 %"), (1e-9, "0 %")]
    {
        assert_eq!(Reach::Share(share).to_string(), shown);
    }
}
