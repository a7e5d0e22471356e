//! The route that shows the fleet of a node.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use dlc_reload::fleet::{Desk, Document, Fleet, MemoryClient, MemoryStore, Plan};
use serde_json::Value;

use crate::{
    admin::conforms,
    config::text,
    harness::{PATIENCE, Service},
};

/// A fleet with a version that every node runs.
fn fleet() -> (MemoryStore, Desk) {
    let engine = MemoryStore::new("coach/test");
    let desk = Desk::new(Arc::new(engine.client()), "olga");
    let document = Document { name: "fleet.yaml".into(), text: "rate: 9\n".into() };
    let version = desk.publish(vec![document], "a rate for all").unwrap();
    desk.start(version, Plan::quick(), "a rate for all").unwrap();
    (engine, desk)
}

fn node(client: &MemoryClient) -> Service {
    let fleet = Fleet::new(client.clone(), "n1").label("region", "eu").build("1.4.0");
    Service::start_in(Some(fleet), |admin| admin)
}

/// Asks until the answer is as it is to be.
#[track_caller]
fn until(service: &Service, is_so: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = service.get("/fleet");
        let found = answer.json();
        if answer.status == 200 && is_so(&found) {
            return found;
        }
        assert!(Instant::now() < end, "{answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_service_in_no_fleet_says_so() {
    let service = Service::start();
    assert_eq!(service.get("/fleet").refused(404), "no-fleet");
}

#[test]
fn a_node_shows_its_fleet() {
    let (engine, desk) = fleet();
    let service = node(&engine.client());
    let found = until(&service, |found| found["nodes"]["n1"]["running"] == 1);
    assert_eq!((&found["node"], &found["fleet"]), (&"n1".into(), &"coach/test".into()));
    assert_eq!((&found["target"]["stable"], &found["versions"]["1"]), (&1.into(), &1.into()));
    assert_eq!(found["nodes"]["n1"]["labels"]["region"], "eu");
    conforms(&service.get("/openapi.json").json(), "Fleet", &found);
    let answer = service.get("/fleet");
    let tag = format!("\"{}\"", found["revision"]);
    assert_eq!(answer.header("etag"), Some(&*tag));
    assert_eq!(service.get("/config/rate").json()["fields"][0]["effective"], 9);

    desk.freeze(std::time::SystemTime::now() + Duration::from_secs(60), "a holiday").unwrap();
    let frozen = until(&service, |found| found["target"].get("frozen").is_some());
    assert!(frozen["revision"].as_u64() > found["revision"].as_u64(), "{frozen}");
}

#[test]
fn a_store_that_is_away_is_said_with_the_fleet_of_before() {
    let (engine, _) = fleet();
    let service = node(&engine.client());
    until(&service, |found| found["nodes"]["n1"]["running"] == 1);
    engine.cut_off("the cable was pulled");
    let lost = until(&service, |found| found.get("out_of_reach").is_some());
    assert_eq!(lost["out_of_reach"]["reason"], "the cable was pulled");
    assert_eq!(lost["nodes"]["n1"]["running"], 1);
    conforms(&service.get("/openapi.json").json(), "Fleet", &lost);
    engine.mend();
    until(&service, |found| found.get("out_of_reach").is_none());
}

#[test]
fn a_store_that_was_never_there_is_a_refusal() {
    let (engine, _) = fleet();
    let client = engine.client();
    let service = node(&client);
    // Nobody has asked yet.
    client.cut_off("the cable was pulled");
    let answer = service.get("/fleet");
    assert_eq!(answer.refused(503), "fleet-out-of-reach");
    assert!(answer.text.contains("the cable was pulled"), "{answer:?}");
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn the_answer_does_not_wait_for_a_reload() {
    let (engine, _) = fleet();
    let service = node(&engine.client());
    until(&service, |found| found["nodes"]["n1"]["running"] == 1);
    let (end, waits_for) = mpsc::channel();
    *service.hooks.waits_for.lock().unwrap() = Some(waits_for);
    service.write(&text(7).replace("name: a, weight: 1", "name: a, weight: 3"));
    let reload = service.reloader().reload(dlc_reload::Trigger::api("a test"));
    service.asks_a_hook();
    assert_eq!(service.get("/fleet").status, 200);
    end.send(()).unwrap();
    reload.wait().unwrap();
}
