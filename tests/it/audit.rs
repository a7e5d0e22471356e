//! The audit: a line for every reload, chained to the line before.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
};

use dlc_reload::{
    Loader, Observer, Reloadable, Reloader, Report, Secret, Trigger, Watching,
    audit::{self, Audit, Damage, Verified},
    testing::Memory,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fixture::Dir;

mod damage;
mod new_beginning;
#[cfg(target_os = "linux")]
mod processes;
mod rotation;
mod too_long;
mod unwritable;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    port: u16,
    #[reload(restart, secret)]
    key: Secret<String>,
}

const START: &str = "{rate: 1, port: 80, key: hunter1}";
const CHANGED: &str = "{rate: 2, port: 81, key: hunter2}";

fn start(file: &Memory, audit: Audit) -> Reloader<Config> {
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    boot.reloader().observer(Arc::new(audit)).watch(Watching::Off).start().unwrap()
}

/// The report of a reload that changes everything, under a number of its own.
fn report(id: u64) -> Report {
    static REPORT: OnceLock<Value> = OnceLock::new();
    // On a thread of its own: the first test that asks may listen to what its own thread logs.
    let make = || {
        let file = Memory::yaml(START);
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
        file.write(CHANGED);
        let report = reloader.reload(Trigger::api("a test").actor("ann")).wait().unwrap();
        serde_json::to_value(report).unwrap()
    };
    let report = REPORT.get_or_init(|| std::thread::spawn(make).join().unwrap());
    let mut report = report.clone();
    report["id"] = id.into();
    serde_json::from_value(report).unwrap()
}

/// A log in `audit.jsonl` with the reports 1 to `count`.
fn log(dir: &Dir, count: u64) -> PathBuf {
    let path = dir.join("audit.jsonl");
    let audit = Audit::new(&path);
    (1..=count).for_each(|id| audit.reported(&report(id)));
    path
}

fn texts(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn lines(path: &Path) -> Vec<Value> {
    texts(path).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The numbers of the reports in a file.
fn ids(path: &Path) -> Vec<u64> {
    lines(path).iter().map(|line| line["id"].as_u64().unwrap()).collect()
}

fn verified(path: &Path) -> Verified {
    audit::verify(path).unwrap_or_else(|broken| panic!("{broken}"))
}

/// Every finding as the line of its file and what is wrong.
fn findings(path: &Path) -> Vec<(u64, Damage)> {
    let broken = audit::verify(path).unwrap_err();
    assert!(!broken.is_unreadable(), "{broken}");
    broken.findings().iter().map(|finding| (finding.line, finding.damage.clone())).collect()
}

#[test]
fn every_reload_is_one_line_with_the_members_of_its_report() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let file = Memory::yaml(START);
    let reloader = start(&file, Audit::new(&path));
    let mut reports = Vec::new();
    for text in [CHANGED, "{rate: many, port: 81, key: hunter3}", CHANGED] {
        file.write(text);
        reports.push(reloader.reload(Trigger::api("a test").actor("ann")).wait().unwrap());
    }

    let lines = lines(&path);
    assert_eq!(lines.len(), 1 + reports.len());
    assert_eq!((&lines[0]["id"], &lines[0]["trigger"]["kind"]), (&0.into(), &"start".into()));
    for (line, report) in lines[1..].iter().zip(&reports) {
        let mut members = line.as_object().unwrap().clone();
        for member in ["seq", "previous", "hash"] {
            assert!(members.remove(member).is_some(), "{line}");
        }
        assert_eq!(members.remove("kind"), Some("report".into()));
        assert_eq!(Value::Object(members), serde_json::to_value(report).unwrap());
    }
    let verdicts: Vec<_> = lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["applied", "applied", "rejected", "unchanged"]);
    for pair in lines.windows(2) {
        assert_eq!(pair[0]["hash"], pair[1]["previous"]);
        assert_eq!(pair[0]["seq"].as_u64().unwrap() + 1, pair[1]["seq"].as_u64().unwrap());
    }
    for text in texts(&path) {
        assert!(text.starts_with("{\"seq\":"), "{text}");
        let (_, hash) = text.rsplit_once(",\"hash\":\"").unwrap();
        assert_eq!(hash.len(), 64 + "\"}".len(), "the hash stands at the end");
    }
}

#[test]
fn a_secret_is_marked_and_its_values_are_nowhere() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let file = Memory::yaml(START);
    let reloader = start(&file, Audit::new(&path).required());
    file.write(CHANGED);
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter"), "{text}");
    let lines = lines(&path);
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["report", "intent", "report"]);
    for line in &lines[1..] {
        let pending = line["pending"].as_array().unwrap();
        let key = pending.iter().find(|pending| pending["key"] == "key").unwrap();
        assert_eq!(key["secret"], true);
        assert_eq!((key.get("old"), key.get("new")), (None, None));
    }
}

#[test]
fn the_chain_begins_with_zeros_and_goes_on_in_the_next_process() {
    let dir = Dir::new();
    let path = log(&dir, 2);
    // What a service that starts again does.
    Audit::new(&path).reported(&report(1));
    let lines = lines(&path);
    assert_eq!(lines[0]["previous"], "0".repeat(64));
    let seqs: Vec<_> = lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(
        (seqs.as_slice(), ids(&path).as_slice()),
        ([1, 2, 3].as_slice(), [1, 2, 1].as_slice())
    );

    let verified = verified(&path);
    assert_eq!((verified.lines, verified.first_seq, verified.last_seq), (3, 1, 3));
    assert_eq!(verified.last_hash, lines[2]["hash"]);
    assert_eq!(verified.torn, None);
    let told = format!("3 lines, 1 to 3, last hash {}", verified.last_hash);
    assert_eq!(verified.to_string(), told);
}

#[cfg(unix)]
#[test]
fn a_line_is_checked_by_hand_with_the_command_of_the_documentation() {
    let dir = Dir::new();
    let path = log(&dir, 4);
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-reload/src/observers/audit/mod.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let commands: Vec<_> = source
        .split("//! ```sh\n")
        .skip(1)
        .map(|rest| rest.lines().next().unwrap().trim_start_matches("//! ").to_owned())
        .collect();
    let [check, look] = commands.as_slice() else { panic!("two commands, not {commands:?}") };
    let shell = |command: &str, noted: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("noted", noted).current_dir(dir.path());
        String::from_utf8(shell.output().unwrap().stdout).unwrap()
    };

    let hash = lines(&path)[2]["hash"].as_str().unwrap().to_owned();
    assert_eq!(shell(check, "").split_whitespace().next(), Some(&*hash));
    assert_eq!(shell(look, &hash).trim_end(), texts(&path)[2]);
    assert_eq!(shell(look, &"0".repeat(64)), "", "the first line has it as `previous` only");
}

#[cfg(unix)]
#[test]
fn only_the_user_of_the_process_can_read_the_log() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let audit = Audit::new(&path).rotate(1, 9);
    (1..=3).for_each(|id| audit.reported(&report(id)));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let rotated = ["audit.jsonl.000001", "audit.jsonl.000002"];
    assert_eq!(names, ["audit.jsonl", rotated[0], rotated[1], "audit.jsonl.lock"]);
}
