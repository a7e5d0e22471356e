//! What the library has for operators, mounted in the service.

use std::io::BufRead as _;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{CONFIG, Coach, SECRETS, edited};

#[test]
fn the_admin_api_takes_the_login_of_the_service() {
    let coach = Coach::start(CONFIG);
    assert_eq!(coach.get("/admin/config/ready").status, 200, "no token for a probe");
    let refused = coach.get("/admin/config/status");
    assert_eq!((refused.status, &refused.body["status"]), (401, &json!(401)), "{refused:?}");
    assert_eq!(coach.get_as("nonsense", "/admin/config/status").status, 401);

    let token = coach.log_in();
    let status = coach.get_as(&token, "/admin/config/status");
    assert_eq!((status.status, &status.body["generation"]), (200, &json!(1)), "{status:?}");

    coach.write(&edited("level: info", "level: debug"));
    let config = coach.get_as(&token, "/admin/config/config").body;
    let mut fields = config["fields"].as_array().unwrap().iter();
    let level = fields.find(|field| field["key"] == "logging.level").unwrap();
    let words = level["words"].as_array().unwrap().iter().map(|word| word["value"].clone());
    assert_eq!(words.collect::<Vec<_>>(), ["trace", "debug", "info", "warn", "error"]);
    assert_eq!(level["words"][4]["description"], "Failures.");
    let report = coach.post_as(&token, "/admin/config/reload", &json!({ "why": "a test" }));
    assert_eq!((report.status, &report.body["verdict"]), (200, &json!("applied")), "{report:?}");
    assert_eq!(report.body["trigger"]["actor"], "admin");

    coach.write(&edited("level: info", "level: inof"));
    let report = coach.post_as(&token, "/admin/config/reload", &json!({}));
    assert_eq!((report.status, &report.body["verdict"]), (422, &json!("rejected")), "{report:?}");
    assert_eq!(report.body["problems"][0]["line"], 5);
}

#[test]
fn the_page_is_there_with_a_slash_and_without() {
    let coach = Coach::start(CONFIG);
    for path in ["/admin/config", "/admin/config/"] {
        assert!(coach.text(path).starts_with("<!doctype html>"), "{path}");
    }
}

#[test]
fn a_scrape_has_the_metrics_of_reloads() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("level: info", "level: debug"));
    assert_eq!(coach.reload().status, 200);
    let text = coach.text("/metrics");
    let has = |line: &str| assert!(text.lines().any(|each| each == line), "{line} in\n{text}");
    has(r#"config_reloads_total{verdict="applied",trigger="start"} 1"#);
    has(r#"config_reloads_total{verdict="applied",trigger="admin"} 1"#);
    has("# TYPE config_hook_duration_seconds summary");
    has("config_next_boot_ok 1");
}

#[test]
fn no_answer_to_an_operator_has_a_secret() {
    let coach = Coach::start(CONFIG);
    let token = coach.log_in();
    coach.write(&edited("the-database-password", "another-password"));
    coach.post_as(&token, "/admin/config/reload", &json!({}));
    let paths = ["status", "config", "config/auth", "schema", "history", "openapi.json"];
    for path in paths {
        let answer = coach.get_as(&token, &format!("/admin/config/{path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let text = answer.body.to_string();
        for secret in SECRETS.iter().chain(&["another-password"]) {
            assert!(!text.contains(secret), "{path} has {secret}");
        }
    }
}

#[test]
fn a_follower_of_events_does_not_hold_up_the_end() {
    let mut coach = Coach::start(CONFIG);
    let token = coach.log_in();
    let mut events = coach.stream_as(&token, "/admin/config/events");
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "the stream has begun");

    coach.send(Signal::TERM);
    assert!(coach.ended().success());
    assert!(!coach.output().contains("still under way"), "{}", coach.output());
    while events.read_line(&mut line).is_ok_and(|read| read > 0) {}
}
