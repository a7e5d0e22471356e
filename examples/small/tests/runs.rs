//! Tests that each program runs on the file beside it, prints its result, and ends with its input.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

#[test]
fn minimal_greets_and_greets_again() {
    assert_eq!(output(env!("CARGO_BIN_EXE_minimal"), "\n"), ["Hello, Ada!", "Hello, Ada!"]);
}

#[test]
fn keyed_maps_reports_a_reload() {
    let lines = output(env!("CARGO_BIN_EXE_keyed_maps"), "\n");
    let [ada, grace, report, count] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((ada.as_str(), grace.as_str()), ("ada dances waltz", "grace dances tango"));
    assert!(report.starts_with("reload #1 by api (Enter): unchanged"), "{report}");
    assert_eq!(count, "2 on the floor");
}

#[test]
fn validation_finds_everything_at_once() {
    let lines = output(env!("CARGO_BIN_EXE_validation"), "");
    let (first, found) = lines.split_first().unwrap();
    assert_eq!(first, "3 things are wrong:");
    for place in [
        "config.yaml:4:12: lesson.ends_at: 18 is not after the start at 20",
        "config.yaml:5:12: lesson.couples: 12 do not fit into 10 places",
        "config.yaml:7:11: teachers: a lesson needs someone who teaches it",
    ] {
        assert!(found.iter().any(|line| line.ends_with(place)), "{place} is not in {found:#?}");
    }
    assert_eq!(found.len(), 3);
}

#[test]
fn night_overrides_goes_back_and_remembers() {
    let dir = tempfile::tempdir().unwrap();
    let night = || {
        let mut night = Command::new(env!("CARGO_BIN_EXE_night"));
        night.arg(dir.path());
        night
    };
    let first = output_of(night().env("NIGHT_RATE", "7"), "debug 60\nstatus\ninfo\nhistory\n");
    assert!(first[1].starts_with("reload #1 by api (debug)"), "{first:#?}");
    assert!(first[2].starts_with("  ~ level  \"info\" → \"debug\"  override by"), "{first:#?}");
    assert!(first.contains(&"level = \"debug\"".to_owned()), "{first:#?}");
    assert!(first.iter().any(|line| line.starts_with("level is overridden by api (debug)")));
    assert!(first.iter().any(|line| line.starts_with("generation 3: reload #2")), "{first:#?}");

    // The next process goes back to a configuration of this one, and a broken source does not stop it.
    let second = output_of(night().env("NIGHT_RATE", "many"), "back 1\nverify\nstatus\n");
    assert!(second[0].starts_with("started with what was accepted"), "{second:#?}");
    assert!(second.contains(&"rate = 7".to_owned()), "{second:#?}");
}

/// Returns the lines that a program writes when it is given `input`.
fn output(program: &str, input: &str) -> Vec<String> {
    output_of(&mut Command::new(program), input)
}

fn output_of(command: &mut Command, input: &str) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
