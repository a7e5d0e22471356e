//! The routes of the admin API.

use std::{net::TcpStream, sync::mpsc, time::Duration};

use serde_json::{Value, json};

use crate::{
    config::{OPERATE, PLANTED, READ, text},
    harness::{Answer, Service, bearer},
};

/// The field with a key in an answer.
fn field<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let fields = answer["fields"].as_array().unwrap();
    fields.iter().find(|field| field["key"] == key).unwrap_or_else(|| panic!("{key}: {answer}"))
}

#[test]
fn an_operator_sees_the_configuration_as_a_tree() {
    let service = Service::start();
    service.ask("PUT", "/overrides/rate", r#"{"value": 5, "for": "1h 30m", "why": "slow logins"}"#);
    service.write(&text(7).replace("host: db", "host: other"));
    service.ask("POST", "/reload", "");
    let config = service.get("/config");
    assert_eq!(config.header("etag"), Some("\"2\""));
    let config = config.json();
    assert_eq!(config["generation"], 2);
    let sections: Vec<_> =
        config["sections"].as_array().unwrap().iter().map(|it| &it["key"]).collect();
    assert_eq!(sections, ["logging", "database"]);
    assert_eq!(config["sections"][0]["description"], "How the service logs.");
    let level = field(&config, "logging.level");
    assert_eq!(
        (&level["effective"], &level["default"], &level["class"]),
        (&json!("info"), &json!("info"), &json!("hot"))
    );
    assert_eq!(
        (&level["type"], &level["description"]),
        (&json!("string"), &json!("The minimum severity that is written."))
    );
    assert_eq!(field(&config, "logging.json")["deprecated"], "use `format`");
    let rate = field(&config, "rate");
    assert_eq!((&rate["effective"], &rate["desired"]), (&json!(5), &json!(7)));
    assert_eq!(
        (&rate["override"]["value"], &rate["override"]["by"]["actor"]),
        (&json!(5), &json!("olga"))
    );
    assert_eq!(rate["override"]["by"]["detail"], "PUT /overrides/rate: slow logins");
    assert_eq!(rate["origin"]["line"], 1);
    let host = field(&config, "database.host");
    assert_eq!((&host["effective"], &host["desired"]), (&json!("db"), &json!("other")));
    assert_eq!((&host["pending"][0]["new"], &host["class"]), (&json!("other"), &json!("restart")));
    let password = field(&config, "database.password");
    assert_eq!(password["secret"], true);
    assert!(["effective", "desired", "default"].iter().all(|it| password.get(it).is_none()));
}

#[test]
fn a_key_is_explained_whatever_it_names() {
    let service = Service::start();
    let explained = |path: &str| service.get(&format!("/config/{path}")).json();
    let rate = explained("rate");
    assert_eq!((&rate["is"], &rate["fields"][0]["effective"]), (&json!("field"), &json!(7)));
    assert_eq!(rate["explanation"]["rows"][1]["standing"], "wins");
    let section = explained("logging");
    assert_eq!(
        (&section["is"], section["fields"].as_array().unwrap().len()),
        (&json!("section"), 2)
    );
    for (path, effective, column) in [
        ("upstreams%5B%22b.c%2Fd%22%5D.weight", json!(2), 57),
        ("upstreams%5B0%5D.weight", json!(1), 31),
        ("upstreams%5B%22a%22%5D", json!({"name": "a", "weight": 1}), 13),
        ("limits.%22eu.west%22", json!(7), 19),
    ] {
        let inside = explained(path);
        assert_eq!((&inside["is"], &inside["effective"]), (&json!("inside"), &effective), "{path}");
        assert_eq!(inside["origin"]["column"], column, "{path}");
    }
    let secret = service.get("/config/database.password");
    assert_eq!(secret.json()["explanation"]["hidden"], true);
    assert!(!secret.text.contains(PLANTED));

    let unknown = service.get("/config/logging.levle");
    assert_eq!(
        (unknown.refused(404), &unknown.json()["meant"]),
        ("unknown-key".to_owned(), &json!("logging.level"))
    );
    for path in [
        "nowhere",
        "limits.%22nowhere%22",
        "upstreams%5B7%5D.weight",
        "upstreams%5B%22z%22%5D.weight",
        "rate.deeper",
    ] {
        assert_eq!(service.get(&format!("/config/{path}")).refused(404), "unknown-key", "{path}");
    }
    assert_eq!(service.get("/config/%ff").refused(400), "bad-request");
}

#[test]
fn a_change_is_planned_made_and_taken_back() {
    let service = Service::start();
    service.write(&text(8));
    let plan = service.ask("POST", "/plan", "").json();
    assert_eq!((&plan["changes"][0]["old"], &plan["changes"][0]["new"]), (&json!(7), &json!(8)));
    let report = service.ask("POST", "/reload", r#"{"why": "a test"}"#);
    assert_eq!(report.status, 200);
    assert_eq!(report.header("etag"), Some("\"2\""));
    let report = report.json();
    assert_eq!((&report["verdict"], &report["id"]), (&json!("applied"), &json!(1)));
    assert_eq!(
        report["trigger"],
        json!({
            "kind": "admin", "actor": "olga", "detail": "POST /reload: a test",
            "request": report["trigger"]["request"],
        })
    );
    assert!(report["trigger"]["request"].as_str().unwrap().starts_with("1-"), "{report}");

    // A mistake: the plan says it, and the reload is rejected.
    service.write(&text(13));
    let plan = service.ask("POST", "/plan", "{}");
    assert_eq!(plan.refused(422), "invalid");
    assert_eq!(
        (&plan.json()["problems"][0]["key"], &plan.json()["detail"]),
        (&json!("rate"), &json!("1 problem, see `problems`"))
    );
    let report = service.ask("POST", "/reload", "");
    assert_eq!((report.status, report.header("content-type")), (422, Some("application/json")));
    assert_eq!(report.json()["verdict"], "rejected");

    let history = service.get("/history").json();
    assert_eq!(history["history"].as_array().unwrap().len(), 2);
    assert_eq!(service.get("/history/2").json()["report"]["id"], 1);
    let diff = service.get("/history/1/diff/2").json();
    assert_eq!((&diff["from"], &diff["changes"][0]["new"]), (&json!(1), &json!(8)));
    for path in ["/history/7", "/history/1/diff/7", "/history/7/diff/1"] {
        assert_eq!(service.get(path).refused(404), "unknown-generation", "{path}");
    }
    let report =
        service.ask("POST", "/rollback", r#"{"generation": 1, "why": "slow logins"}"#).json();
    assert_eq!((&report["verdict"], &report["generation"]), (&json!("applied"), &json!(3)));
    assert_eq!(report["trigger"]["detail"], "POST /rollback to generation 1: slow logins");
    let unknown = service.ask("POST", "/rollback", r#"{"generation": 100}"#);
    assert_eq!((unknown.status, &unknown.json()["verdict"]), (422, &json!("rejected")));
}

#[test]
fn an_override_begins_and_ends() {
    let service = Service::start();
    let put = |key: &str, body: &str| service.ask("PUT", &format!("/overrides/{key}"), body);
    assert_eq!(put("logging.level", r#"{"value": "debug", "for": "15m"}"#).status, 200);
    let overrides = service.get("/overrides").json();
    let one = &overrides["overrides"][0];
    assert_eq!((&one["key"], &one["value"]), (&json!("logging.level"), &json!("debug")));
    assert!(one["until"].is_string(), "{one}");
    let report =
        service.ask("DELETE", "/overrides/logging.level?why=it%20was%20the%20proxy", "").json();
    assert_eq!(report["trigger"]["detail"], "DELETE /overrides/logging.level: it was the proxy");
    assert_eq!(service.get("/overrides").json(), json!({"overrides": []}));
    let again = service.ask("DELETE", "/overrides/logging.level", "");
    assert_eq!((again.status, &again.json()["verdict"]), (200, &json!("unchanged")));
    for (key, body, problem) in [
        ("rate", r#"{"value": "many"}"#, "expected an integer"),
        ("nowhere", r#"{"value": 1}"#, "unknown key"),
        ("database.host", r#"{"value": "x"}"#, "restart the service"),
        ("database.password", r#"{"value": "x"}"#, "a secret cannot be overridden"),
        ("logging", r#"{"value": {}}"#, "override its fields one by one"),
        ("rate", r#"{"value": 1, "for": "0s"}"#, "for no time"),
        ("rate", r#"{"value": 1, "for": "60w"}"#, "a year at most"),
    ] {
        let answer = put(key, body);
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(
            answer.json()["problems"][0]["message"].as_str().unwrap().contains(problem),
            "{answer:?}"
        );
    }
}

#[test]
fn all_that_is_malformed_is_refused_in_one_shape() {
    let service = Service::start();
    for path in ["/nowhere", "/config/", "/history/1/diff"] {
        assert_eq!(service.get(path).refused(404), "unknown-path", "{path}");
    }
    for (method, path, allow) in [
        ("PUT", "/status", "GET,HEAD"),
        ("GET", "/reload", "POST"),
        ("OPTIONS", "/overrides/rate", "PUT,DELETE"),
        ("BREW", "/health", "GET,HEAD"),
    ] {
        let answer = service.ask(method, path, "");
        assert_eq!(
            (answer.refused(405), answer.header("allow")),
            ("wrong-method".to_owned(), Some(allow))
        );
    }
    for body in [
        "{",
        "[]",
        "7",
        r#"{"value": 1, "until": "noon"}"#,
        "{}",
        r#"{"value": 1, "for": "soon"}"#,
        r#"{"value": 1, "why": 1}"#,
    ] {
        assert_eq!(
            service.ask("PUT", "/overrides/rate", body).refused(400),
            "bad-request",
            "{body}"
        );
    }
    let long = format!(r#"{{"value": 1, "why": "{}"}}"#, "x".repeat(1001));
    assert_eq!(service.ask("PUT", "/overrides/rate", &long).refused(400), "bad-request");
    let token = bearer(OPERATE);
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [("authorization", &*token), ("content-type", kind)];
        assert_eq!(
            service.send("POST", "/reload", &headers, "{}").refused(415),
            "not-json",
            "{kind}"
        );
    }
    for path in ["/history/x", "/history/-1", "/history/1/diff/1.5"] {
        assert_eq!(service.get(path).refused(400), "bad-request", "{path}");
    }
    let head = service.ask("HEAD", "/status", "");
    assert_eq!((head.status, &*head.text), (200, ""));
    // Outside of the API, the service answers in its own way.
    let outside = crate::harness::send(service.address, "GET", "/elsewhere", &[], "");
    assert_eq!((outside.status, outside.header("content-type")), (404, None));
}

#[test]
fn events_go_on_where_they_were_left() {
    let service = Service::start();
    let mut events = service.follow(READ, None);
    for rate in 8..12 {
        service.write(&text(rate));
        service.ask("POST", "/reload", "");
    }
    let ids = |count: usize, events: &mut crate::harness::Events| -> Vec<_> {
        (0..count).map(|_| events.next().unwrap().id.unwrap()).collect()
    };
    assert_eq!(ids(4, &mut events), ["1", "2", "3", "4"]);
    assert_eq!(ids(2, &mut service.follow(READ, Some(2))), ["3", "4"]);
    assert_eq!(ids(4, &mut service.follow(READ, Some(0))), ["1", "2", "3", "4"]);
    // Of another process.
    let mut events = service.follow(READ, Some(57));
    let missed = events.next().unwrap();
    assert_eq!(
        (&*missed.event, missed.data),
        ("missed", json!({"after": 57, "next": 1, "restarted": true}))
    );
    assert_eq!(ids(4, &mut events), ["1", "2", "3", "4"]);
    // More than are kept.
    for _ in 0..110 {
        service.ask("POST", "/reload", "");
    }
    let mut events = service.follow(READ, Some(3));
    let missed = events.next().unwrap();
    assert_eq!(
        (&*missed.event, missed.data),
        ("missed", json!({"after": 3, "next": 15, "restarted": false}))
    );
    let first = events.next().unwrap();
    assert_eq!(
        (&*first.event, first.id.as_deref(), &first.data["id"]),
        ("report", Some("15"), &json!(15))
    );
    let headers = [("authorization", &*bearer(READ)), ("last-event-id", "x")];
    assert_eq!(service.send("GET", "/events", &headers, "").refused(400), "bad-request");
}

#[test]
fn what_another_process_did_is_taken_for_nothing_of_this_one() {
    let earlier = Service::start();
    let mut events = earlier.follow(READ, None);
    let opened = events.open();
    for _ in 0..2 {
        earlier.ask("POST", "/reload", "");
        events.next().unwrap();
    }
    let service = Service::start();
    for _ in 0..4 {
        service.ask("POST", "/reload", "");
    }
    for (last, after) in [(events.place, 2), (opened, 0)] {
        let stream = TcpStream::connect(service.address).unwrap();
        let mut events = service.follow_on(stream, READ, Some(&last));
        let missed = events.next().unwrap();
        let expected = json!({"after": after, "next": 1, "restarted": true});
        assert_eq!((&*missed.event, missed.data), ("missed", expected));
        for id in ["1", "2", "3", "4"] {
            assert_eq!(events.next().unwrap().id.as_deref(), Some(id));
        }
    }
}

#[test]
fn a_change_that_was_promised_a_report_has_one() {
    let service = Service::start_with(|admin| admin.patience(Duration::from_millis(50)));
    let (end, waits_for) = mpsc::channel();
    *service.hooks.waits_for.lock().unwrap() = Some(waits_for);
    service.write(&text(7).replace("name: a, weight: 1", "name: a, weight: 3"));
    let ask = |body: &str| {
        let answer = service.ask("POST", "/reload", body);
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()
    };
    let answers = ["", r#"{"why": "mine"}"#, "", ""].map(ask);
    end.send(()).unwrap();
    let stream = TcpStream::connect(service.address).unwrap();
    let mut events = service.follow_on(stream, READ, answers[0]["after"].as_str());
    let triggers = [(); 4].map(|()| events.next().unwrap().data["trigger"].clone());
    for (trigger, answer) in triggers.iter().zip(&answers) {
        assert_eq!(trigger["request"], answer["request"], "{triggers:?}");
    }
    assert_eq!(triggers[1]["detail"], "POST /reload: mine");
}

#[test]
fn a_hook_that_takes_long_keeps_no_connection_waiting() {
    let service = Service::start_with(|admin| admin.patience(Duration::from_millis(50)));
    let (end, waits_for) = mpsc::channel();
    *service.hooks.waits_for.lock().unwrap() = Some(waits_for);
    let mut events = service.follow(READ, None);
    service.write(&text(7).replace("name: a, weight: 1", "name: a, weight: 3"));
    let reload = || service.ask("POST", "/reload", "");
    assert_eq!(reload().status, 202);
    // The answer may come before the reload has come to its hook.
    service.asks_a_hook();
    let answer = reload();
    assert_eq!(answer.status, 202, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        (&body["running"]["step"], &body["running"]["key"]),
        (&json!("prepare"), &json!("upstreams[\"a\"]"))
    );
    let plan = service.ask("POST", "/plan", "");
    assert_eq!((plan.refused(503), plan.header("retry-after")), ("busy".to_owned(), Some("5")));
    assert_eq!(service.get("/status").json()["running"]["step"], "prepare", "reads go on");
    end.send(()).unwrap();
    let verdicts = [(); 2].map(|()| events.next().unwrap().data["verdict"].clone());
    assert_eq!(verdicts, ["applied", "unchanged"]);
}

/// Checks an answer against the schema that the document has for it.
pub fn conforms(document: &Value, schema: &str, answer: &Value) {
    let root = json!({ "$ref": format!("#/components/schemas/{schema}"), "components": document["components"] });
    let validator = jsonschema::validator_for(&root).unwrap();
    let errors: Vec<_> = validator.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}\n{answer:#}");
}

#[test]
fn the_document_describes_what_a_fuzzer_does_not_meet() {
    let service = Service::start_with(|admin| admin.patience(Duration::from_millis(50)));
    let document = service.get("/openapi.json");
    assert!(!document.text.contains("]("), "a link of rustdoc");
    let document = document.json();
    let (end, waits_for) = mpsc::channel();
    *service.hooks.waits_for.lock().unwrap() = Some(waits_for);
    let mut events = service.follow(READ, None);
    service.write(
        &text(7)
            .replace("name: a, weight: 1", "name: a, weight: 3")
            .replace("host: db", "host: other"),
    );
    conforms(&document, "Unfinished", &service.ask("POST", "/reload", "").json());
    conforms(&document, "Status", &service.get("/status").json());
    end.send(()).unwrap();
    let report = events.next().unwrap().data;
    conforms(&document, "Report", &report);
    assert!(!report["pending"].as_array().unwrap().is_empty(), "{report}");
    service.ask("PUT", "/overrides/rate", r#"{"value": 5, "for": "15m"}"#);
    service.write(&text(13));
    service.ask("POST", "/reload", "");
    for (path, schema) in [
        ("/status", "Status"),
        ("/config", "Config"),
        ("/config/database", "Explained"),
        ("/history", "History"),
    ] {
        conforms(&document, schema, &service.get(path).json());
    }
    // A reload that fails says so by a member that the schema does not have.
    let mut wrong = report;
    wrong["surprise"] = json!(1);
    let root =
        json!({ "$ref": "#/components/schemas/Report", "components": document["components"] });
    assert!(!jsonschema::is_valid(&root, &wrong));
}

#[test]
fn the_secret_is_in_no_answer() {
    let service = Service::start();
    let mut events = service.follow(READ, None);
    let mut answers: Vec<Answer> = Vec::new();
    let look = |answers: &mut Vec<Answer>| {
        for path in [
            "/status",
            "/config",
            "/config/database",
            "/config/database.password",
            "/config/database.password.x",
            "/schema",
            "/openapi.json",
            "/history",
            "/history/1",
            "/history/1/diff/1",
            "/overrides",
        ] {
            answers.push(service.get(path));
        }
        answers.push(service.ask("POST", "/plan", ""));
    };
    let other = format!("{PLANTED}-0f-l4ter");
    let texts = [
        text(7).replace(PLANTED, &other),
        text(7).replace("rate: 7", &format!("rate: {PLANTED}")),
        text(7).replace("password:", "passwrod:"),
        text(7).replace("rate: 7", &format!("rate: [{PLANTED}")),
        text(8),
    ];
    look(&mut answers);
    let mut reloads = 0;
    for text in &texts {
        service.write(text);
        answers.push(service.ask("POST", "/reload", r#"{"why": "a test"}"#));
        reloads += 1;
        look(&mut answers);
    }
    for body in [json!({"value": PLANTED}), json!({"value": 5})] {
        answers.push(service.ask("PUT", "/overrides/rate", &body.to_string()));
        answers.push(service.ask("PUT", "/overrides/database.password", &body.to_string()));
    }
    answers.push(service.ask("DELETE", "/overrides/database.password", ""));
    answers.push(service.ask("POST", "/rollback", r#"{"generation": 1}"#));
    look(&mut answers);
    assert!(answers.iter().filter(|answer| answer.status == 200).count() > 60);
    for answer in &answers {
        assert!(!answer.text.contains(PLANTED), "{answer:?}");
    }
    for _ in 0..reloads {
        assert!(!events.next().unwrap().data.to_string().contains(PLANTED));
    }
}
