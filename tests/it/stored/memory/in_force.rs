//! A generation of an earlier process, and the last known good after a rollback, are what was in force.

use dlc_reload::Verdict;

use super::{Config, Home, keys, now};
use crate::fixture::rollback;

#[test]
fn a_section_that_waited_to_go_comes_back_as_it_was_in_force() {
    let home = Home::new("{rate: 1, pool: {size: 1, idle: {most: 1}}, entries: 1}");
    let reloader = home.start();
    home.accept(&reloader, "{rate: 1, pool: {size: 2, idle: {most: 2}}, entries: 2}");
    assert_eq!(home.accept(&reloader, "{rate: 7}").generation(), 3);
    home.accept(&reloader, "{rate: 8}");
    let in_force = now(&reloader);
    drop(reloader);

    home.write("{rate: 9, pool: {size: 5, idle: {most: 5}}, entries: 5}");
    let reloader = home.start();
    reloader.rollback_to(3, rollback()).wait().unwrap();
    assert_eq!(now(&reloader), Config { rate: 7, ..in_force.clone() });
    assert_eq!(keys(&reloader, 3, 6), Vec::<String>::new());
    assert_eq!(keys(&reloader, 2, 3), ["rate"]);
    // And what the rollback put in force comes back a life later.
    drop(reloader);
    let reloader = home.start();
    reloader.rollback_to(6, rollback()).wait().unwrap();
    assert_eq!(now(&reloader), Config { rate: 7, ..in_force });
}

#[test]
fn a_section_that_waited_to_appear_was_not_in_force() {
    let home = Home::new("{rate: 1}");
    let reloader = home.start();
    let appears = "{rate: 2, pool: {size: 2}, entries: 2}";
    assert_eq!(home.accept(&reloader, appears).pending().len(), 2);
    drop(reloader);
    let reloader = home.start();
    assert_eq!(keys(&reloader, 2, 3), ["pool", "entries"]);
    reloader.rollback_to(2, rollback()).wait().unwrap();
    assert_eq!(now(&reloader).pool.unwrap().size, 2, "a section is not taken away");
}

#[test]
fn a_part_of_a_section_that_waited_was_not_in_force() {
    let home = Home::new(
        "{pool: {size: 1, threads: 1, idle: {most: 1}}, server: {host: here, name: two, timeout: 7}}",
    );
    let reloader = home.start();
    home.accept(&reloader, "{pool: {size: 2, threads: 2}}");
    drop(reloader);
    let reloader = home.start();
    let waited = ["pool.threads", "pool.idle", "server.name"];
    assert_eq!(keys(&reloader, 2, 3), waited);
    home.accept(&reloader, "{pool: {size: 3, threads: 3}, server: {host: a, name: b, timeout: 1}}");
    reloader.rollback_to(2, rollback()).wait().unwrap();
    let config = now(&reloader);
    assert_eq!((config.pool.unwrap().size, config.server.timeout), (2, 10));
}

#[test]
fn what_was_in_force_needs_no_line_but_its_own() {
    let home = Home::new("{rate: 1, port: 80, pool: {size: 1}}");
    let reloader = home.start();
    home.accept(&reloader, "{rate: 2, port: 81}");
    home.accept(&reloader, "{rate: 3, port: 81}");
    drop(reloader);
    let written = std::fs::read_to_string(home.dir.join("history.jsonl")).unwrap();
    let last = written.lines().last().unwrap();
    home.dir.write("history.jsonl", format!("{last}\n"));
    let reloader = home.start();
    assert_eq!(keys(&reloader, 3, 4), ["port", "pool"]);
}

#[test]
fn the_last_known_good_after_a_rollback_has_no_restart_value_that_nobody_asked_for() {
    let home = Home::new("{port: 80, rate: 1}");
    let reloader = home.start();
    home.accept(&reloader, "{port: 81, rate: 2}");
    home.accept(&reloader, "{port: 80, rate: 3}");
    reloader.rollback_to(2, rollback()).wait().unwrap();
    assert_eq!(reloader.status().pending, []);
    let in_force = now(&reloader);
    drop(reloader);
    home.write("{port: [");
    let boot = home.load().unwrap();
    assert_eq!((boot.port, boot.rate), (80, 2));
    assert_eq!(*boot, in_force);
    let place = home.dir.strip(&boot.explain("port").to_string());
    assert!(place.contains("> last known good config.yaml:1:8  80  wins"), "{place}");
}

#[test]
fn the_last_known_good_after_a_rollback_across_processes_has_the_values_of_this_one() {
    let home = Home::new("{port: 70, rate: 1, pool: {size: 1, threads: 1}}");
    drop(home.start());
    home.write("{port: 80, rate: 2, pool: {size: 2, threads: 2}}");
    let reloader = home.start();
    reloader.rollback_to(1, rollback()).wait().unwrap();
    let in_force = now(&reloader);
    assert_eq!((in_force.port, in_force.rate), (80, 1));
    drop(reloader);
    home.write("{port: [");
    assert_eq!(*home.load().unwrap(), in_force);
}

#[test]
fn a_secret_that_waited_is_not_kept_with_what_was_in_force() {
    let mut home = Home::new("{rate: 1, token: hunter2-a}");
    home.variables = vec![("T_PINS__HUNTER2_B", "x".to_owned())];
    let reloader = home.start();
    let report = home.accept(&reloader, "{rate: 2, port: 5, token: hunter2-c}");
    assert_eq!(report.pending().len(), 2);
    reloader.rollback_to(1, rollback()).wait().unwrap();
    drop(reloader);
    home.write("{rate: 3, token: hunter2-d}");
    let reloader = home.start();
    assert_eq!(reloader.rollback_to(2, rollback()).wait().unwrap().verdict(), Verdict::Applied);
    for name in ["history.jsonl", "good.json"] {
        let written = std::fs::read_to_string(home.dir.join(name)).unwrap();
        assert!(!written.to_lowercase().contains("hunter2"), "{written}");
    }
}
