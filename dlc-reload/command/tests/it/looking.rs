//! The commands that look, as tables and as JSON.

use std::process::Stdio;

use dlc_reload::Trigger;
use serde_json::json;

use crate::service::{Service, text};

#[test]
fn the_state_says_what_waits_and_what_is_overridden() {
    let service = Service::start();
    service.run(&["status"]).says(0, &["generation  1", "next start", "1 of 1 fresh"]);
    service.source.write(text("info", 7, 1, 9090));
    service.run(&["reload", "--yes"]).exits(2);
    service.run(&["override", "rate", "50", "--for", "15m", "--why", "a test"]).exits(0);
    let ran = service.run(&["status"]);
    let out = ran.exits(0);
    for line in [
        "  ! port  8080 → 9090  memory:4:7  since ",
        "  » rate  50  until ",
        "by olga: a test",
        "reload #2 by admin (PUT /overrides/rate: a test) for olga: applied",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let status = service.run(&["status", "--json"]).json(0);
    assert_eq!(status["generation"], 2);
    assert_eq!(status, serde_json::to_value(service.reloader.status()).unwrap());
    assert_eq!(status["overrides"][0]["value"], 50);
}

#[test]
fn the_configuration_has_a_line_for_each_field() {
    let service = Service::start();
    let ran = service.run(&["config"]);
    let out = ran.exits(0);
    assert!(out.starts_with("  KEY"), "{out}");
    for (key, words) in [
        ("logging.level", "hot      \"info\""),
        ("rate", "hot      7"),
        ("port", "restart  8080"),
        ("password", "restart  (secret)"),
    ] {
        let line = out.lines().find(|line| line.trim_start().starts_with(key)).unwrap();
        assert!(line.contains(words), "{line}");
        assert!(line.contains("memory:"), "{line}");
    }
    let all = service.run(&["--json", "config"]).json(0);
    assert_eq!(all["fields"].as_array().unwrap().len(), 6);
}

#[test]
fn one_key_is_explained() {
    let service = Service::start();
    service.run(&["config", "logging.level"]).says(
        0,
        &[
            "The minimum severity that is written.",
            "value  \"info\"",
            "hot: a new value takes effect at once",
            "> memory:1:18  \"info\"  wins",
        ],
    );
    service.run(&["config", "logging"]).says(0, &["logging, a section", "logging.level  hot"]);
    service.run(&["config", "tokens[0].role"]).says(0, &["tokens[0].role, a value in tokens"]);
    service.run(&["config", "password"]).says(0, &["value  (secret)"]);
    let explained = service.run(&["config", "rate", "--json"]).json(0);
    assert_eq!(explained["is"], "field");
    // A misspelt key is a mistake of the command line.
    let ran = service.run(&["config", "rats"]);
    ran.says(64, &["no field has the key `rats`, did you mean `rate`?"]);
    assert_eq!(service.run(&["config", "rats", "--json"]).json(64)["meant"], "rate");
}

#[test]
fn a_plan_changes_nothing() {
    let service = Service::start();
    service.run(&["plan"]).says(0, &["a reload would change nothing"]);
    service.source.write(text("debug", 8, 1, 9090));
    let ran = service.run(&["plan"]);
    ran.says(0, &["with a reload, 2 values change at once, and 1 value waits for a restart"]);
    let rows: Vec<_> = ran.out.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "  ~ logging.level  \"info\" → \"debug\"  memory:1:18",
            "  ~ rate           7 → 8             memory:2:7",
            "  ! port           8080 → 9090       memory:4:7   waits for a restart",
        ]
    );
    assert_eq!(service.run(&["plan", "--json"]).json(0)["changes"][1]["new"], 8);
    service.source.write("rate: [");
    service.run(&["plan"]).says(3, &["the configuration is refused", "× memory:1:"]);
    let refused = service.run(&["plan", "--json"]).json(3);
    assert_eq!(refused["type"], "urn:dlc-reload:invalid");
    assert_eq!(service.reloader.status().generation, 1);
}

#[test]
fn the_history_and_its_differences() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 8080));
    service.reloader.reload(Trigger::api("nightly job").actor("ops")).wait().unwrap();
    let ran = service.run(&["history"]);
    let lines: Vec<_> = ran.exits(0).lines().collect();
    assert!(lines[0].starts_with("GENERATION"), "{lines:?}");
    assert!(lines[1].starts_with("2 ") && lines[1].contains("api (nightly job) for ops"));
    assert!(lines[1].ends_with("logging.level, rate") && lines[2].ends_with("start"), "{lines:?}");
    assert_eq!(service.run(&["history", "--json"]).json(0)["history"][1]["generation"], 2);

    service.run(&["diff", "1", "2"]).says(
        0,
        &[
            "from generation 1 to 2, 2 values differ",
            "~ rate           7 → 8             memory:2:7",
        ],
    );
    service.run(&["diff", "2", "2"]).says(0, &["generations 2 and 2 have the same values"]);
    let found = service.run(&["diff", "2", "1", "--json"]).json(0);
    assert_eq!((&found["from"], &found["changes"][1]["new"]), (&json!(2), &json!(7)));
    service.run(&["diff", "1", "9"]).says(64, &["generation 9 is not in the history"]);
}

/// A value and a reason come from people who may mean harm.
#[test]
fn nothing_steers_the_terminal() {
    let service = Service::start();
    let level = "\"\\e[2Jred\\nline\\u202e\"";
    service.source.write(text(level, 7, 1, 8080));
    let ran = service.run(&["reload", "--yes", "--why", "a\u{1b}[31mb\u{202e}"]);
    ran.exits(0);
    let mut all = ran.out + &ran.err;
    for arguments in [
        &["status"][..],
        &["config"],
        &["config", "logging.level"],
        &["history"],
        &["diff", "1", "2"],
    ] {
        all += service.run(arguments).exits(0);
        let arguments = [arguments, &["--json"]].concat();
        all += service.run(&arguments).exits(0);
    }
    let steers = |letter: char| letter != '\n' && letter.is_control() || letter == '\u{202e}';
    assert!(!all.contains(steers), "{all:?}");
    assert!(all.contains("a\\u{1b}[31mb\\u{202e}"), "{all}");
}

#[test]
fn a_reader_that_has_seen_enough_is_told_nothing() {
    let service = Service::start();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = service.command(&["config"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(74), Vec::new()));
}
