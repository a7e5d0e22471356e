//! Places of values whose sources say something else by now.

use dlc_reload::{Loader, Reloadable, RowOutcome, Trigger, Verdict, Watching, testing::Memory};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, rollback},
    staged::{Config, Service, last, patient},
};

/// The last line of the explanation of the rate.
fn last_line(service: &Service) -> String {
    let explained = service.reloader.explain("rate").to_string();
    explained.lines().last().unwrap().trim().to_owned()
}

/// The line of the value that wins.
fn winner(service: &Service) -> String {
    let explained = service.reloader.explain("rate").to_string();
    explained.lines().find(|line| line.trim().starts_with('>')).unwrap().trim().to_owned()
}

fn rate_in_status(service: &Service) -> String {
    let status = service.reloader.status();
    let field = status.fields.iter().find(|field| field.key.to_string() == "rate");
    field.unwrap().origin.to_string()
}

const OTHER: &str =
    "# a line more\n{motd: one, rate: 2, cache: {entries: 5, names: [a]}, limit: 100}";

#[test]
fn case_18_14_a_rollback_names_the_generation_of_its_places() {
    let service = Service::start();
    let report = service.reload_text(OTHER);
    assert_eq!(report.changes()[0].origin.to_string(), "memory:2:19");

    let report = service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert!(
        report.to_string().ends_with("~ rate  2 → 1  memory:1:8 as of generation 1"),
        "{report}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["changes"][0]["origin"]["as_of"], 1);
    let read: dlc_reload::Report = serde_json::from_value(json).unwrap();
    assert_eq!(read.changes()[0].origin, report.changes()[0].origin);
    let origin = |service: &Service| service.reloader.handle().load().snapshot().origin("rate");
    assert_eq!(origin(&service).to_string(), "memory:1:8 as of generation 1");
    // The file still says what the rollback turned away from.
    let explained = service.reloader.explain("rate").to_string();
    let expected = "\
rate
    default                              shadowed by memory:1:8 as of generation 1
    memory:2:19                       2  shadowed by memory:1:8 as of generation 1
    override                             does not set it
  > memory:1:8 as of generation 1  1  in force since a rollback, until other content is accepted";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&explained), words(expected));
    assert!(!service.reloader.explain("limit").to_string().contains("rollback"), "it is the same");

    // The generation that the rollback has made has no places of its own.
    service.reload_text(&OTHER.replace("rate: 2", "rate: 3"));
    let report = service.reloader.rollback_to(3, rollback()).wait().unwrap();
    assert_eq!(report.changes()[0].origin.to_string(), "memory:1:8 as of generation 1");

    // Other content is accepted, and its places are those of now.
    let report = service.reload_text(&OTHER.replace("rate: 2", "rate: 4"));
    assert_eq!(report.changes()[0].origin.to_string(), "memory:2:19");
    assert_eq!(origin(&service).to_string(), "memory:2:19");
}

#[test]
fn case_18_14_a_failed_probation_is_explained_with_what_is_refused() {
    let patient = patient();
    let service = &patient.service;
    assert_eq!(service.reload_text(OTHER).verdict(), Verdict::Applied);
    patient.falls_ill();
    patient.advance(5);
    let report = last(service);
    assert_eq!(report.id(), 2, "{report}");
    assert!(
        report.to_string().ends_with("~ rate  2 → 1  memory:1:8 as of generation 1"),
        "{report}"
    );

    assert_eq!(
        winner(service),
        "> memory:1:8 as of generation 1  1  wins: no later source sets it"
    );
    let refused =
        "memory:2:19                       the sources differ now, and are refused since reload #2";
    assert_eq!(last_line(service), refused);
    assert_eq!(rate_in_status(service), "memory:1:8 as of generation 1");
    let origins = service.reloader.origins();
    assert_eq!(origins[0].1.to_string(), "memory:1:8 as of generation 1");

    // The same content is still refused, since then; other content is accepted.
    assert_eq!(service.reload_text(OTHER).verdict(), Verdict::Rejected);
    assert_eq!(last_line(service), refused);
    service.reload(3, "one");
    assert_eq!(winner(service), "> memory:1:8  3  wins: no later source sets it");
    assert_eq!(rate_in_status(service), "memory:1:8");
}

#[test]
fn case_18_14_sources_that_are_refused_are_not_what_is_explained() {
    let service = Service::start();
    assert_eq!(service.reload_text("{motd: one").verdict(), Verdict::Rejected);
    let explained = service.reloader.explain("rate");
    assert_eq!(explained.rows.last().unwrap().standing, RowOutcome::Refused { since: 1 });
    assert_eq!(explained.rows.last().unwrap().origin.to_string(), "the sources now");
    let secret = "\n\n{rate: hunter2, motd: one, limit: 100}";
    assert_eq!(service.reload_text(secret).verdict(), Verdict::Rejected);
    let explained = service.reloader.explain("rate");
    assert!(explained.to_string().contains("memory:3:8"), "{explained}");
    assert!(explained.to_string().ends_with("and are refused since reload #1"), "{explained}");
    assert!(!explained.to_string().contains("hunter2"), "what is refused may be anything");
    assert_eq!(
        winner(&service),
        "> memory:1:8 as of generation 1  1  wins: no later source sets it"
    );

    // What an override gives back is from that time, too.
    service.override_rate(9);
    let report = service
        .reloader
        .end_override(Config::fields().rate(), Trigger::api("a test"))
        .wait()
        .unwrap();
    assert_eq!(report.changes()[0].origin.to_string(), "memory:1:8 as of generation 1");

    // A hook may refuse as well, and what was there before is accepted again.
    service.stage.inject("rate", dlc_reload::testing::Fault::Refuse);
    service.reload(5, "one");
    service.stage.heal();
    assert!(last_line(&service).ends_with("and are refused since reload #1"));
    assert_eq!(service.reload(1, "one").verdict(), Verdict::Unchanged);
    assert_eq!(winner(&service), "> memory:1:8  1  wins: no later source sets it");
}

#[test]
fn case_18_14_what_waits_names_the_generation_of_its_places() {
    let service = Service::start();
    let waits = OTHER.replace("limit: 100", "limit: 200");
    assert_eq!(service.reload_text(&waits).verdict(), Verdict::Applied);
    let origins = |service: &Service| {
        let (status, report) = (service.reloader.status(), last(service));
        let json = serde_json::to_value(&status).unwrap();
        let as_of = json["pending"][0]["origin"]["as_of"].as_u64();
        let rows = [&status.pending[0], &report.pending()[0]];
        (rows.map(|pending| pending.change.origin.to_string()), as_of)
    };
    let accepted = "memory:2:62".to_owned();
    assert_eq!(origins(&service), ([accepted.clone(), accepted.clone()], None));
    // The line is another one by now.
    let refused = service.reload_text(&format!("# again\n{}", waits.replace("rate: 2", "rate: x")));
    assert_eq!(refused.verdict(), Verdict::Rejected);
    let then = format!("{accepted} as of generation 2");
    assert_eq!(origins(&service), ([then.clone(), then.clone()], Some(2)));
    assert!(refused.to_string().contains(&then), "{refused}");
    assert_eq!(service.reload_text(&waits).verdict(), Verdict::Unchanged);
    assert_eq!(origins(&service), ([accepted.clone(), accepted], None));
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Small {
    #[reload(hot, live)]
    rate: u32,
}

#[test]
fn case_18_14_a_rollback_to_an_earlier_process_names_its_generation() {
    let dir = Dir::new();
    let start = |file: &Memory| {
        let boot = Loader::<Small>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().watch(Watching::Off);
        builder.history_file(dir.join("history.jsonl")).start().unwrap()
    };
    drop(start(&Memory::yaml("rate: 1")));
    let file = Memory::yaml("\nrate: 2");
    let reloader = start(&file);
    let report = reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(report.changes()[0].origin.to_string(), "memory:1:7 as of generation 1");
    // The sources are as they were: what the start found is still where it was.
    assert_eq!(reloader.origins()[0].1.to_string(), "memory:2:7");
    file.write("rate: 3");
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(reloader.origins()[0].1.to_string(), "memory:1:7");
}
