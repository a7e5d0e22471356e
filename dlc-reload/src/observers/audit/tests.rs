use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::*;
use crate::report::Verdict;
use crate::trigger::Trigger;

/// A directory for one test, removed at its end.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let name = format!("dlc-reload-audit-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // The leftover of a process that had the same number.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn report(id: u64) -> Report {
    Report {
        id,
        generation: 1,
        trigger: Trigger::api("a test"),
        verdict: Verdict::Unchanged,
        changes: Vec::new(),
        pending: Vec::new(),
        shadowed: Vec::new(),
        problems: Vec::new(),
        sources: Vec::new(),
        started_at: SystemTime::UNIX_EPOCH,
        duration: Duration::ZERO,
    }
}

fn intend(audit: &Audit, id: u64) -> Result<(), Veto> {
    let trigger = Trigger::api("a test").actor("ann");
    let started_at = SystemTime::UNIX_EPOCH;
    audit.intended(&Intent { id, trigger: &trigger, changes: &[], pending: &[], started_at })
}

/// Returns the kind and the number of the reload of each line.
fn lines(audit: &Audit) -> Vec<(String, u64)> {
    let text = fs::read_to_string(audit.path()).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["kind"].as_str().unwrap().to_owned(), line["id"].as_u64().unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn a_required_audit_has_the_intent_before_the_report() {
    let dir = Dir::new("intent");
    let audit = Audit::new(dir.0.join("audit.jsonl")).required();
    intend(&audit, 7).unwrap();
    let line: Value = serde_json::from_str(&fs::read_to_string(audit.path()).unwrap()).unwrap();
    assert_eq!(line["trigger"]["actor"], "ann");
    assert_eq!(line["started_at"], "1970-01-01T00:00:00Z");
    audit.reported(&report(7));
    assert_eq!(lines(&audit), [("intent".to_owned(), 7), ("report".to_owned(), 7)]);
    assert_eq!(verify(audit.path()).unwrap().lines, 2);
}

#[test]
fn an_audit_that_is_not_required_has_no_intents_and_refuses_nothing() {
    let dir = Dir::new("optional");
    let audit = Audit::new(dir.0.join("gone/audit.jsonl"));
    intend(&audit, 1).unwrap();
    let audit = Audit::new(dir.0.join("audit.jsonl"));
    intend(&audit, 1).unwrap();
    assert!(!audit.path().exists());
}

#[test]
fn a_required_audit_refuses_while_it_cannot_be_written_and_lets_go_again() {
    let dir = Dir::new("required");
    let folder = dir.0.join("later");
    let audit = Audit::new(folder.join("audit.jsonl")).required();
    let refusal = intend(&audit, 1).unwrap_err().to_string();
    let start = format!("the required audit cannot be written: {}/audit.jsonl", folder.display());
    assert!(refusal.starts_with(&start), "{refusal}");
    assert!(refusal.ends_with("create the directory or correct the path"), "{refusal}");
    audit.reported(&report(1));

    fs::create_dir(&folder).unwrap();
    intend(&audit, 2).unwrap();
    audit.reported(&report(2));
    let expected = [("report".to_owned(), 1), ("intent".to_owned(), 2), ("report".to_owned(), 2)];
    assert_eq!(lines(&audit), expected, "what could not be written is made up for first");

    // The report of a reload that was allowed is as much required as the next intent.
    let file = fs::read(audit.path()).unwrap();
    fs::remove_file(audit.path()).unwrap();
    fs::create_dir(audit.path()).unwrap();
    audit.reported(&report(3));
    assert!(intend(&audit, 4).unwrap_err().to_string().contains("a directory and not a file"));
    fs::remove_dir(audit.path()).unwrap();
    fs::write(audit.path(), file).unwrap();
    intend(&audit, 5).unwrap();
    assert_eq!(lines(&audit)[3..], [("report".to_owned(), 3), ("intent".to_owned(), 5)]);
    assert_eq!(verify(audit.path()).unwrap().lines, 5);
}

#[test]
fn a_report_that_cannot_be_put_into_a_line_is_told_in_brief_and_holds_up_no_other() {
    let dir = Dir::new("year");
    let audit = Audit::new(dir.0.join("audit.jsonl")).required();
    // Only a clock set to the year 10000 gets here.
    let mut late = report(1);
    late.started_at += Duration::from_secs(400_000_000_000);
    audit.reported(&late);
    audit.reported(&report(2));
    assert_eq!(lines(&audit), [("report".to_owned(), 1), ("report".to_owned(), 2)]);
    let text = fs::read_to_string(audit.path()).unwrap();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&line["started_at"], &line["left_out"]["sha256"]), (&Value::Null, &Value::Null));
    assert!(line["left_out"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{line}");
    let verified = verify(audit.path()).unwrap();
    assert_eq!((verified.lines, verified.left_out), (2, 1));
}
