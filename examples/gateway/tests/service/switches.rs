//! What is switched on and off: flags, and a section that comes and goes.

use std::fs;

use serde_json::json;

use crate::{
    harness::{Gateway, config, request},
    server::Server,
};

#[test]
fn flags_are_read_at_every_request() {
    let server = Server::start("a");
    let flags = |flags: &str| {
        config(&format!("upstreams: {{a: {{address: '{}'}}}}\nflags: {flags}", server.address))
    };
    let gateway = Gateway::start(&flags("{}"));
    let via = || gateway.get("/u/a/x").headers.contains("via: 1.1 gateway");
    assert!(!via());

    gateway.apply(&flags("{via: true}"));
    assert!(via());

    gateway.apply(&flags("{via: false}"));
    assert!(!via());
}

#[test]
fn the_access_log_appears_changes_and_vanishes() {
    let server = Server::start("a");
    let upstreams = format!("upstreams: {{a: {{address: '{}'}}}}", server.address);
    let gateway = Gateway::start(&config(&upstreams));
    let path = gateway.folder.path().join("access.log");
    let log = |path: &str, one_in: u32| {
        config(&format!("{upstreams}\naccess_log: {{path: {path:?}, one_in: {one_in}}}"))
    };
    let lines = || fs::read_to_string(&path).unwrap().lines().count();
    gateway.get("/u/a/before");

    let report = gateway.apply(&log(path.to_str().unwrap(), 1));
    assert_eq!(report["changes"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["changes"][0]["key"], "access_log");
    gateway.get("/u/a/x");
    assert_eq!(fs::read_to_string(&path).unwrap(), "GET /u/a/x 200\n");

    let report = gateway.apply(&log(path.to_str().unwrap(), 2));
    assert_eq!(report["changes"][0]["key"], "access_log.one_in");
    (0..4).for_each(|_| _ = gateway.get("/u/a/x"));
    assert_eq!(lines(), 3);

    gateway.apply(&config(&upstreams));
    (0..4).for_each(|_| _ = gateway.get("/u/a/x"));
    assert_eq!(lines(), 3);

    let (status, report) = gateway.reload(&log("/nowhere/access.log", 1));
    assert_eq!((status, &report["problems"][0]["key"]), (422, &json!("access_log")));
}

#[test]
fn nobody_but_the_admin_sees_or_reloads() {
    let gateway = Gateway::start(&config(""));
    for (method, path) in [("GET", "/status"), ("POST", "/reload")] {
        assert_eq!(request(gateway.address, method, path, "guess").status, 401);
    }
    assert_eq!(gateway.get("/status").status, 200);
    assert!(!gateway.get("/status").body.contains("the-admin-token"));
}
