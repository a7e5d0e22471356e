//! What the API returns can be read back, with everything that it may hold.

use dlc_reload::{Explanation, Plan, Status};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

#[track_caller]
fn reads<T: Serialize + DeserializeOwned>(written: &Value) {
    let read: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), *written);
}

fn change(class: &str) -> Value {
    json!({"key": "rate", "class": class, "old": 7, "new": 8, "origin": {"source": "a.yaml", "line": 2, "column": 7}})
}

#[test]
fn a_status_with_everything() {
    let time = "2026-11-27T07:39:48Z";
    let by = json!({"kind": "admin", "actor": "olga", "detail": "POST /reload"});
    let mut pending = change("restart");
    pending["since"] = time.into();
    pending["by"] = by.clone();
    let problem =
        json!({"severity": "error", "key": "rate", "message": "no", "source": "a.yaml", "line": 2});
    let report = json!({
        "id": 3, "generation": 2, "trigger": by, "verdict": "rolled_back", "changes": [change("hot")],
        "pending": [pending], "shadowed": [], "problems": [problem],
        "started_at": time, "duration_us": 512,
    });
    for running in [
        json!({"step": "read_source", "name": "store", "duration_us": 7}),
        json!({"step": "run_commit", "key": "rate", "duration_us": 7}),
        json!({"step": "check_health", "duration_us": 7}),
    ] {
        reads::<Status>(&json!({
            "generation": 2, "consistent": false,
            "watching": {"state": "degraded", "reason": "no room"}, "missed_events": 1,
            "sources": [
                {"name": "a.yaml", "state": "fresh", "since": time},
                {"name": "store", "state": "stale", "since": time, "reason": "away", "version": "42", "last_success": time},
            ],
            "fields": [{"key": "rate", "class": "hot", "effective": 7, "desired": 8, "origin": {"source": "default"}, "secret": false}],
            "pending": [pending],
            "overrides": [
                {"key": "rate", "value": 7, "since": time, "until": time, "by": by},
                {"key": "rate", "value": 7, "since": time, "by": by},
            ],
            "probation": {"generation": 2, "until": time},
            "last_known_good": {"accepted_at": time, "path": "/var/good.json", "problems": [problem]},
            "next_retry": {"at": time, "retries": 2, "since": time},
            "next_boot": {"outcome": "last_known_good", "problems": [problem], "since": time, "looked_at": time},
            "unwritten": [problem],
            "running": running,
            "last_report": report, "last_failure": report,
        }));
    }
}

#[test]
fn a_plan_and_an_explanation_with_everything() {
    let place = json!({"source": "a.yaml", "line": 2, "column": 7, "as_of": 4});
    reads::<Plan>(&json!({
        "changes": [change("hot")], "pending": [change("restart")],
        "shadowed": [{"key": "rate", "origin": place, "by": "override"}],
        "warnings": [{"severity": "warning", "message": "no"}],
    }));
    let row = |standing: Value| json!({"source": "a.yaml", "line": 2, "value": 7, "from": ["${RATE}"], "standing": standing});
    reads::<Explanation>(&json!({
        "key": "rate", "hidden": false,
        "rows": [
            row(json!("wins")), row(json!({"shadowed": {"by": place}})), row(json!({"refused": {"since": 3}})),
            row(json!({"unknown": {"meant": "rate"}})), {"source": "default", "standing": "unset"},
        ],
    }));
}
