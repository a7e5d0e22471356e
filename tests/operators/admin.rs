//! The routes of the admin API.

use serde_json::json;

use crate::{config::text, harness::Service};

#[test]
fn an_operator_looks_plans_and_reloads() {
    let service = Service::start();
    let status = service.get("/status");
    assert_eq!((status.status, status.header("etag")), (200, Some("\"1\"")), "{status:?}");
    assert_eq!(status.json()["generation"], 1);
    for path in [
        "/health",
        "/ready",
        "/config",
        "/config/rate",
        "/config/logging",
        "/config/upstreams%5B%22b.c%2Fd%22%5D.weight",
        "/schema",
        "/openapi.json",
        "/history",
        "/history/1",
        "/history/1/diff/1",
        "/overrides",
        "/config/",
        "",
        "/",
        "/nope",
        "/history/x",
        "/config/nope",
        "/config/limits.%22eu.west%22",
    ] {
        let a = service.get(path);
        println!("{path} {} {:?}\n{}\n", a.status, a.headers, a.text);
    }
    service.write(&text(8));
    let plan = service.ask("POST", "/plan", "");
    println!("{plan:?}");
    let mut events = service.follow(crate::config::READ, None);
    let report = service.ask("POST", "/reload", r#"{"why": "a test"}"#);
    println!("{report:?}");
    println!("{:?}", events.next());
    for (m, p, b) in [
        ("PUT", "/overrides/rate", r#"{"value": 5, "for": "15m", "why": "x"}"#),
        ("DELETE", "/overrides/rate?why=abc", ""),
        ("POST", "/rollback", r#"{"generation": 1}"#),
        ("POST", "/rollback", r#"{"generation": 100}"#),
        ("PUT", "/overrides/rate", "{}"),
        ("PUT", "/status", "{}"),
        ("PUT", "/overrides/nope", r#"{"value":1}"#),
    ] {
        let a = service.ask(m, p, b);
        println!("{m} {p} {} {:?}\n{}\n", a.status, a.headers, a.text);
    }
    let _ = json!({});
}
