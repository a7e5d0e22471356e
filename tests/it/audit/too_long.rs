//! Reports that no line can hold.

use std::{io::Write as _, process::Stdio, sync::Arc};

use dlc_reload::{
    Loader, Observer, Report, Trigger, Verdict, Watching,
    audit::{Audit, Damage},
    testing::Memory,
};
use serde_json::Value;

use super::{CHANGED, Command, Config, START, findings, lines, report, texts, verified};
use crate::{
    fixture::Dir,
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

/// The digest of a text, by the tool that an operator has.
fn sha256(text: &str) -> String {
    let mut command = Command::new("sha256sum");
    let mut tool = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

/// A text that takes more than 64 MiB as JSON, which escapes each character in six.
fn text() -> String {
    "\u{1}".repeat(11 << 20)
}

/// A report whose line would be longer than any may be.
fn long(id: u64) -> Report {
    let mut report = serde_json::to_value(report(id)).unwrap();
    report["trigger"]["detail"] = text().into();
    serde_json::from_value(report).unwrap()
}

#[test]
fn c7_a_report_that_is_too_long_leaves_a_line_with_its_digest() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let audit = Audit::new(&path);
    let (before, long, after) = (report(1), long(2), report(3));
    [&before, &long, &after].into_iter().for_each(|report| audit.reported(report));

    let line = &lines(&path)[1];
    let whole = serde_json::to_string(&long).unwrap();
    let short = serde_json::to_value(&before).unwrap();
    for member in ["generation", "verdict", "started_at", "duration_us"] {
        assert_eq!(line[member], short[member], "{member}");
    }
    assert_eq!(line["id"], 2);
    assert_eq!(line["kind"], "report");
    assert_eq!(line["trigger"]["kind"], "api");
    assert_eq!(line["trigger"]["actor"], "ann");
    let detail = line["trigger"]["detail"].as_str().unwrap();
    assert_eq!(detail, format!("{}… (11533336 more bytes)", "\u{1}".repeat(1000)));
    for member in ["changes", "pending", "shadowed", "problems"] {
        assert_eq!(line[member], Value::Null, "it is not said that there are none");
    }
    let expected = serde_json::json!({
        "reason": format!("it has {} bytes, and a line has {} at most", whole.len(), (64 << 20) - 1024),
        "bytes": whole.len(),
        "sha256": sha256(&whole),
    });
    assert_eq!(line["left_out"], expected);
    assert!(texts(&path)[1].len() < 10_000);

    let verified = verified(&path);
    assert_eq!((verified.lines, verified.left_out), (3, 1));
    assert_eq!(verified.left_out_at, [(path.clone(), 2)]);
    let told = format!(", the report is left out at {}:2", path.display());
    assert!(verified.to_string().ends_with(&told), "{verified}");

    // The digest is as safe as anything in a line.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&sha256(&whole), &sha256("another"))).unwrap();
    assert_eq!(findings(&path), [(2, Damage::Edited)]);
}

#[test]
fn c7_a_required_audit_is_satisfied_with_it_and_the_log_says_so() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let file = Memory::yaml(START);
    if !is_alone() {
        let name = "audit::too_long::c7_a_required_audit_is_satisfied_with_it_and_the_log_says_so";
        return passes(this_binary(name));
    }
    let logged = Lines::default();
    logged.hear_all();
    let start = || {
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().observer(Arc::new(Audit::new(&path).required()));
        builder.history_file(dir.join("history.jsonl")).watch(Watching::Off).start().unwrap()
    };
    let reloader = start();
    file.write(CHANGED);
    let trigger = Trigger::api(text()).actor("ann");
    let report = reloader.reload(trigger).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);

    let told: Vec<_> = lines(&path)
        .iter()
        .map(|line| (line["kind"].to_string(), line["id"].clone(), line["left_out"].is_object()))
        .collect();
    let expected = [("report", 0, false), ("intent", 1, true), ("report", 1, true)]
        .map(|(kind, id, left_out)| (format!("\"{kind}\""), id.into(), left_out));
    assert_eq!(told, expected);
    assert_eq!(verified(&path).left_out, 2);

    // No line of the log is long, and the history has the configuration.
    let logged = logged.take();
    let warned =
        logged.iter().filter(|line| line.contains("the audit has only the digest")).count();
    assert_eq!(warned, 2, "{logged:#?}");
    assert!(logged.iter().all(|line| line.len() < 2000), "{logged:#?}");
    assert_eq!(reloader.status().unwritten, []);
    drop(reloader);
    let history = start().history();
    assert_eq!(history.iter().map(|entry| entry.generation).collect::<Vec<_>>(), [1, 2, 3]);
    let kept = history[1].report.as_ref().unwrap();
    assert!(kept.trigger().detail_text().unwrap().ends_with("more bytes)"));
    assert!(kept.problems()[0].message.contains("too large for the history"), "{kept}");
}
