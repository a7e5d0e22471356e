//! Hot fields change in the running service; all others wait for a restart.

use coach::token::Claims;
use serde_json::{Value, json};

use crate::harness::{CONFIG, Coach, edited};

#[test]
fn an_edit_of_the_level_changes_the_log_at_once() {
    let coach = Coach::develop(CONFIG);
    assert_eq!(coach.get("/api/health").status, 200);
    assert_eq!(requests_logged(&coach), 0);

    coach.write(&edited("level: info", "level: debug"));

    coach.until(|coach| {
        coach.get("/api/health");
        requests_logged(coach) > 0
    });
}

#[test]
fn an_edit_counts_in_production_too_where_that_is_asked_for() {
    let coach = Coach::start_as(CONFIG, &["--watch"], &[]);
    coach.write(&edited("level: info", "level: debug"));
    coach.logged(|line| (line["verdict"] == "applied").then_some(()));
}

#[test]
fn an_edit_of_the_flag_makes_the_second_version_appear_and_disappear() {
    let coach = Coach::develop(CONFIG);
    let hidden = coach.get("/api/v2/greet/Ada");
    assert_eq!(
        (hidden.status, &hidden.body),
        (404, &json!({ "error": "no such path: /api/v2/greet/Ada" }))
    );
    assert_eq!(coach.get("/api/v1/greet/Ada").body, json!({ "message": "Hello, Ada!" }));

    coach.write(&edited("v2_enabled: false", "v2_enabled: true"));
    coach.until(|coach| coach.get("/api/v2/greet/Ada").status == 200);

    coach.replace(CONFIG);
    coach.until(|coach| coach.get("/api/v2/greet/Ada").status == 404);

    // Either way of writing it is a change of this file.
    for generation in [2, 3] {
        let trigger = coach.logged(|line| {
            let applied = line["verdict"] == "applied" && line["generation"] == generation;
            applied.then(|| line["trigger"].as_str().unwrap().to_owned())
        });
        assert!(trigger.starts_with("file ") && trigger.ends_with("/config.yaml"), "{trigger}");
    }
}

#[test]
fn an_edit_of_type_and_ratio_replaces_the_sampler_once() {
    let coach = Coach::develop(CONFIG);
    assert_eq!(coach.get("/api/health").sampled, Some(true));

    coach.write(&edited("type: always_on\n    ratio: 1.0", "type: traceidratio\n    ratio: 0.0"));
    coach.until(|coach| coach.get("/api/health").sampled == Some(false));

    // The last line of a reload: by then each hook has said what it did.
    coach.logged(|line| (line["message"] == "configuration reloaded").then_some(()));
    assert_eq!(coach.output().matches("trace sampler replaced").count(), 1);
}

#[test]
fn sampled_requests_are_exported_and_others_are_not() {
    let coach = Coach::start(&edited("type: always_on", "type: always_off"));
    assert_eq!(coach.get("/api/v1/greet/unsampled").sampled, Some(false));

    coach.write(CONFIG);
    assert_eq!(coach.reload().status, 200);
    assert_eq!(coach.get("/api/health").sampled, Some(true));

    coach.logged(|line| {
        (line["message"] == "span sampled" && line["name"] == "GET /api/health").then_some(())
    });
    assert!(!coach.output().contains("GET /api/v1/greet"));
}

#[test]
fn an_edit_of_the_ttl_holds_for_tokens_issued_from_then_on() {
    let coach = Coach::develop(CONFIG);
    let before = coach.log_in();
    assert_eq!(lifetime(&before), 24 * 60 * 60);

    coach.write(&edited("ttl: 24h", "ttl: 1h 30m"));
    coach.until(|coach| lifetime(&coach.log_in()) == 90 * 60);

    assert_eq!(
        coach.get_as(&before, "/api/v1/me").status,
        200,
        "an older token lives as long as it was promised"
    );
}

#[test]
fn a_new_port_waits_for_a_restart_and_is_reported_with_both_values() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("port: 0", "port: 9090"));

    let answer = coach.reload();

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["verdict"], "pending_restart");
    assert_eq!(answer.body["changes"], json!([]));
    let pending = only(&answer.body["pending"]);
    assert_eq!(
        (&pending["key"], &pending["old"], &pending["new"]),
        (&json!("server.port"), &json!(0), &json!(9090))
    );
    assert_eq!(pending["origin"]["line"], 3);
    assert_eq!(coach.get("/api/health").status, 200, "it still listens where it did");
}

#[test]
fn a_pending_restart_clears_when_the_old_value_returns() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("port: 0", "port: 9090"));
    assert_eq!(coach.reload().body["verdict"], "pending_restart");

    coach.write(CONFIG);
    let answer = coach.reload();

    assert_eq!(answer.body["verdict"], "unchanged");
    assert_eq!(answer.body["pending"], json!([]));
}

#[test]
fn hot_and_restart_changes_of_one_edit_go_their_own_ways() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("port: 0", "port: 9090").replace("v2_enabled: false", "v2_enabled: true"));

    let answer = coach.reload();

    assert_eq!(answer.body["verdict"], "applied");
    let change = only(&answer.body["changes"]);
    assert_eq!((&change["key"], &change["class"]), (&json!("api.v2_enabled"), &json!("hot")));
    assert_eq!((&change["old"], &change["new"]), (&json!(false), &json!(true)));
    assert_eq!(only(&answer.body["pending"])["key"], "server.port");
    assert_eq!(coach.get("/api/v2/greet/Ada").status, 200);
}

#[test]
fn an_unchanged_file_changes_nothing() {
    let coach = Coach::start(CONFIG);
    let answer = coach.reload();
    assert_eq!((answer.status, &answer.body["verdict"]), (200, &json!("unchanged")));
}

#[test]
fn a_variable_wins_over_an_edit_and_the_report_says_so() {
    let coach = Coach::start_with(CONFIG, &[("DLC_API__V2_ENABLED", "false")]);
    coach.write(&edited("v2_enabled: false", "v2_enabled: true"));

    let answer = coach.reload();

    assert_eq!(coach.get("/api/v2/greet/Ada").status, 404);
    assert_eq!(only(&answer.body["shadowed"])["key"], "api.v2_enabled");
}

fn requests_logged(coach: &Coach) -> usize {
    coach.output().matches("request answered").count()
}

fn lifetime(token: &str) -> u64 {
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap();
    claims.exp - claims.iat
}

/// The only item of a list.
fn only(list: &Value) -> &Value {
    match list.as_array().map(Vec::as_slice) {
        Some([item]) => item,
        _ => panic!("one item expected: {list}"),
    }
}
