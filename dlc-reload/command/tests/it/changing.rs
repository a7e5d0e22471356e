//! The commands that change, with each exit code of a verdict.

use dlc_reload::{Report, Trigger, testing::Fault};

use crate::service::{Service, text};

/// Returns the last report as it displays itself, which is what a pipe gets.
fn displayed(service: &Service) -> String {
    let report = service.reloader.status().last_report.unwrap();
    format!("{report}\n")
}

#[test]
fn the_exit_code_is_that_of_the_verdict() {
    let service = Service::start();
    let reload = |level: &str, rate, burst, port| {
        service.source.write(text(level, rate, burst, port));
        service.run(&["reload", "--yes", "--why", "a test"])
    };
    let ran = reload("info", 7, 1, 8080);
    ran.says(0, &["reload #1 by admin (POST /reload: a test) for olga: unchanged"]);
    let ran = reload("debug", 8, 1, 8080);
    assert_eq!(ran.exits(0), displayed(&service));
    ran.says(0, &["  ~ rate           7 → 8             memory:2:7"]);

    let ran = reload("debug", 8, 1, 9090);
    assert_eq!(ran.exits(2), displayed(&service));

    service.source.write("rate: many");
    let ran = service.run(&["reload", "--yes"]);
    ran.says(3, &["rejected", "  × memory:1:7: rate: "]);
    assert_eq!(ran.out, displayed(&service));

    service.stage.inject("rate", Fault::FailCommit);
    reload("debug", 9, 1, 9090)
        .says(4, &["rolled back", "  × ", "a fault that the test asked for"]);
    service.stage.heal();

    service.stage.inject("burst", Fault::FailCommit);
    service.stage.inject("rate", Fault::FailUndo);
    let ran = reload("debug", 10, 2, 9090);
    ran.says(5, &["inconsistent", "restart the service"]);
    service.run(&["status"]).says(0, &["× inconsistent: a change failed", "restart the service"]);
}

#[test]
fn json_is_the_report() {
    let service = Service::start();
    for (level, code) in [("debug", 0), ("[", 3)] {
        service.source.write(text(level, 7, 1, 8080));
        let ran = service.run(&["reload", "--yes", "--json"]);
        let report: Report = serde_json::from_value(ran.json(code)).unwrap();
        let known = service.reloader.status().last_report.unwrap();
        assert_eq!(serde_json::to_value(&report).unwrap(), serde_json::to_value(known).unwrap());
        assert_eq!(ran.err, "");
    }
}

#[test]
fn an_override_holds_for_a_while_or_until_it_is_unset() {
    let service = Service::start();
    let ran = service.run(&[
        "override",
        "logging.level",
        "debug",
        "--for",
        "15m",
        "--why",
        "slow logins",
    ]);
    ran.says(
        0,
        &["(PUT /overrides/logging.level: slow logins) for olga: applied", "\"info\" → \"debug\""],
    );
    assert!(service.reloader.status().overrides[0].until.is_some());
    // A number is written as a source writes it.
    service.run(&["override", "rate", "50", "--until-ended"]).exits(0);
    let held = service.reloader.status().overrides;
    assert!(held[1].until.is_none());
    assert_eq!(service.reloader.handle().load().rate, 50);

    let ran = service.run(&["unset", "logging.level", "--why", "found: it & more"]);
    ran.says(0, &["(DELETE /overrides/logging.level: found: it & more) for olga: applied"]);
    assert_eq!(service.run(&["unset", "rate", "--json"]).json(0)["verdict"], "applied");
    assert!(service.reloader.status().overrides.is_empty());

    for (key, value, words) in
        [("rate", "fast", "expected an integer"), ("port", "1", "port"), ("rats", "1", "rats")]
    {
        let ran = service.run(&["override", key, value, "--for", "1m"]);
        ran.says(3, &["rejected", words]);
    }
    service.run(&["override", "rate", "-5", "--for", "1m"]).says(3, &["rejected"]);
}

#[test]
fn a_rollback_needs_a_generation_of_the_history() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 8080));
    service.reloader.reload(Trigger::api("a test")).wait().unwrap();
    let ran = service.run(&["rollback", "1", "--yes", "--why", "slow logins"]);
    ran.says(0, &["(POST /rollback to generation 1: slow logins) for olga: applied", "8 → 7"]);
    assert_eq!(service.reloader.handle().load().rate, 7);
    assert_eq!(service.run(&["rollback", "9", "--yes", "--json"]).json(3)["verdict"], "rejected");
}

#[test]
fn without_a_terminal_a_change_is_asked_for_by_yes() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 8080));
    for arguments in [&["reload"][..], &["rollback", "1"]] {
        service.run(arguments).says(64, &["there is no terminal to ask on: add `--yes`"]);
    }
    assert!(service.reloader.status().last_report.is_none());
}
