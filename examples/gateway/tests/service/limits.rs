//! The rate, the pool and the timeout.

use std::time::Instant;

use serde_json::json;

use crate::{
    client::Connection,
    harness::{Gateway, TOKEN, config, refused},
    server::Server,
};

fn limited(server: &Server, rest: &str) -> String {
    config(&format!("upstreams: {{a: {{address: '{}'}}}}\n{rest}", server.address))
}

#[test]
fn both_keys_of_the_rate_change_in_one_call() {
    let server = Server::start("a");
    let rate = |requests: u32, per: &str| {
        limited(&server, &format!("rate: {{requests: {requests}, per: {per}}}"))
    };
    let begun = Instant::now();
    let gateway = Gateway::start(&rate(1, "1h"));
    assert_eq!(gateway.get("/u/a/x").status, 200);
    let refused = gateway.get("/u/a/x");
    assert_eq!(refused.status, 429);
    let wait = refused.headers.lines().find_map(|line| line.strip_prefix("retry-after: "));
    // The hour has begun with the gateway.
    let left = 3600 - begun.elapsed().as_secs()..=3600;
    assert!(left.contains(&wait.unwrap().parse::<u64>().unwrap()), "{left:?}: {refused:?}");

    let report = gateway.apply(&rate(2, "90m"));

    assert_eq!(report["changes"].as_array().unwrap().len(), 2);
    assert_eq!(report["changes"][1]["new"], "90m");
    assert_eq!([(); 3].map(|()| gateway.get("/u/a/x").status), [200, 200, 429]);
    gateway.logged("rate replaced", 2);
    let calls = gateway.output().matches("rate replaced").count();
    assert_eq!(calls, 2, "one at the start, one for the edit");
}

#[test]
fn a_rate_that_refuses_everything_is_itself_refused() {
    let gateway = Gateway::start(&config(""));

    let (status, report) = gateway.reload(&config("rate: {requests: 0, per: 0s}"));

    assert_eq!(status, 422);
    let keys = [0, 1].map(|n| report["problems"][n]["key"].clone());
    assert_eq!(keys, ["rate.requests", "rate.per"], "both at once");
}

#[test]
fn the_pool_and_its_timeout_change_live() {
    let server = Server::start("a");
    let pool = |size: u32, timeout: &str| {
        limited(&server, &format!("pool: {{size: {size}, timeout: {timeout}}}"))
    };
    let gateway = Gateway::start(&pool(1, "1h"));
    let mut held = Connection::open(gateway.address).unwrap();
    held.send("GET", "/u/a/hold", TOKEN).unwrap();
    server.heard("get /hold");

    gateway.apply(&pool(1, "50ms"));
    let answer = gateway.get("/u/a/x");
    assert_eq!((answer.status, answer.body.as_str()), (504, "no answer for 50ms"));

    // The slots of before are finished with; one that is held is none of the new ones.
    gateway.apply(&pool(2, "1h"));
    assert_eq!(gateway.get("/u/a/x").status, 200);
    server.release();
    assert_eq!(held.answer().unwrap().status, 200);
}

#[test]
fn a_pool_that_cannot_be_is_refused_at_the_start() {
    let output = refused(&config("pool: {size: 5000}"), &[]);
    assert!(output.contains("pool.size: 5000 slots are not possible"), "{output}");
    assert!(output.contains("config.yaml:3:14"), "{output}");
}

#[test]
fn the_durations_are_shown_as_people_write_them() {
    let gateway = Gateway::start(&config("pool: {timeout: 1m 30s}"));
    assert_eq!(gateway.effective("pool.timeout"), json!("1m 30s"));
    assert_eq!(gateway.effective("rate.per"), json!("1s"));
}
