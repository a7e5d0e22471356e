//! Logs at places that cannot be written.

use std::{fs, path::Path};

use dlc_reload::{
    Observer, Trigger, Verdict,
    audit::{self, Audit},
    testing::Memory,
};

use super::{CHANGED, START, ids, lines, report, start, verified};
use crate::{fixture::Dir, log_lines::Lines};

/// Returns the message of verifying a place that is no log, without the directory of the test.
fn refused(dir: &Dir, path: &Path) -> String {
    let broken = audit::verify(path).unwrap_err();
    assert!(broken.is_unreadable(), "{broken}");
    dir.strip(&broken.to_string())
}

#[test]
fn a_report_waits_until_the_log_can_be_written() {
    let dir = Dir::new();
    let path = dir.join("later/audit.jsonl");
    let audit = Audit::new(&path);
    (1..=3).for_each(|id| audit.reported(&report(id)));
    fs::create_dir(dir.join("later")).unwrap();
    audit.reported(&report(4));
    assert_eq!(ids(&path), [1, 2, 3, 4]);
    assert_eq!(verified(&path).lines, 4);
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_in_the_log_of_the_service() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    fs::create_dir(&path).unwrap();
    let logged = Lines::default();
    logged.hear(|| {
        let audit = Audit::new(&path);
        audit.reported(&report(1));
        fs::remove_dir(&path).unwrap();
        audit.reported(&report(2));
    });
    let expected = "ERROR the audit cannot be written: audit.jsonl: a directory and not a file, put a regular file or nothing in its place reload=1 waiting=1";
    let logged: Vec<_> = logged.take().iter().map(|line| dir.strip(line)).collect();
    assert_eq!(logged, [expected], "and nothing once it can be written");
}

#[test]
fn nothing_changes_while_a_required_audit_cannot_be_written() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let file = Memory::yaml(START);
    let reloader = start(&file, Audit::new(&path).required());
    let kept = dir.join("kept");
    fs::rename(&path, &kept).unwrap();
    fs::create_dir(&path).unwrap();

    file.write(CHANGED);
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(
        dir.strip(&report.problems()[0].message),
        "the required audit cannot be written: audit.jsonl: a directory and not a file, put a regular file or nothing in its place"
    );
    assert_eq!((reloader.handle().load().rate, report.generation()), (1, 1));

    fs::remove_dir(&path).unwrap();
    fs::rename(&kept, &path).unwrap();
    assert_eq!(reloader.reload(Trigger::api("a test")).wait().unwrap().verdict(), Verdict::Applied);
    let told: Vec<_> = lines(&path)
        .iter()
        .map(|line| format!("{} {} {}", line["kind"], line["id"], line["verdict"]).replace('"', ""))
        .collect();
    let expected = ["report 0 applied", "report 1 rejected", "intent 2 null", "report 2 applied"];
    assert_eq!(told, expected);
    assert_eq!(verified(&path).lines, 4);
}

#[test]
fn no_more_than_a_hundred_reports_wait() {
    let dir = Dir::new();
    let path = dir.join("later/audit.jsonl");
    let audit = Audit::new(&path);
    (1..=150).for_each(|id| audit.reported(&report(id)));
    fs::create_dir(dir.join("later")).unwrap();
    audit.reported(&report(151));
    assert_eq!(ids(&path), (51..=151).collect::<Vec<_>>());
    assert_eq!(verified(&path).first_seq, 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_left_alone() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let target = dir.write("target", "precious");
    type Place<'a> = (&'a str, Box<dyn Fn() + 'a>);
    let places: [Place<'_>; 4] = [
        ("a directory", Box::new(|| fs::create_dir(&path).unwrap())),
        ("a symbolic link", Box::new(|| std::os::unix::fs::symlink(&target, &path).unwrap())),
        (
            "a pipe, socket or device",
            Box::new(|| {
                std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            }),
        ),
        (
            "a pipe, socket or device",
            Box::new(|| {
                std::os::unix::net::UnixListener::bind(&path).unwrap();
            }),
        ),
    ];
    for (kind, make) in &places {
        make();
        // Waiting for the other end of the pipe would be for ever.
        let audit = Audit::new(&path);
        audit.reported(&report(1));
        let expected = format!(
            "audit.jsonl: {kind} and not a file, put a regular file or nothing in its place"
        );
        assert_eq!(refused(&dir, &path), expected);
        if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
        audit.reported(&report(2));
        assert_eq!(ids(&path), [1, 2], "after {kind}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_no_file_is_left_alone() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let lock = dir.join("audit.jsonl.lock");
    assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
    let audit = Audit::new(&path);
    audit.reported(&report(1));
    assert!(!path.exists());
    fs::remove_file(lock).unwrap();
    audit.reported(&report(2));
    assert_eq!(ids(&path), [1, 2]);
}
