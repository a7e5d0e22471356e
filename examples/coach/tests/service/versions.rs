//! `coach config schema-diff`: the exit codes by which CI tells what a new version does to the files of the old one.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use coach::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::bare_command;

/// Returns the schema of an older version, in which something at a key was another thing.
pub(crate) fn older(change: impl FnOnce(&mut Value)) -> Value {
    let schema = dlc_reload::draft_07(&dlc_reload::file_schema::<Config>());
    let mut schema = schema.to_value();
    change(&mut schema["properties"]["logging"]["properties"]);
    schema
}

/// Runs the command with an old schema on its standard input.
fn compared(old: &str, arguments: &[&str]) -> Output {
    let mut command = bare_command();
    command.args(["config", "schema-diff", "-"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(old.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_same_schema_is_compatible() {
    let output = compared(&older(|_| ()).to_string(), &[]);
    assert_eq!(text(&output), "every file of the old version is accepted, and means the same\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn another_class_is_notable() {
    let old = older(|logging| logging["level"]["x-reload"] = json!("restart"));
    let output = compared(&old.to_string(), &["--json"]);
    assert_eq!(output.status.code(), Some(2));
    let said: Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!(said["grade"], "notable");
    assert_eq!(said["changes"][0]["key"], "logging.level");
    assert_eq!(said["changes"][0]["kind"], "class");
}

#[test]
fn a_key_that_went_is_breaking_with_its_remedy() {
    let old = older(|logging| logging["file"] = logging["output"].clone());
    let output = compared(&old.to_string(), &[]);
    assert_eq!(output.status.code(), Some(3));
    let page = text(&output);
    assert!(page.contains("× logging.file  is gone"), "{page}");
    assert!(page.contains("renamed_from"), "{page}");
    let output = compared(&old.to_string(), &["--format", "github"]);
    assert_eq!(output.status.code(), Some(3));
    let annotations = text(&output);
    assert!(
        annotations.starts_with("::error title=Refuses files of before::logging.file: is gone\n")
    );
}

#[test]
fn two_files_are_compared_and_annotations_are_at_the_new_one() {
    let folder = TempDir::new().unwrap();
    let [old, new] = ["old.json", "new.json"].map(|name| folder.path().join(name));
    fs::write(&old, older(|logging| logging["file"] = logging["output"].clone()).to_string())
        .unwrap();
    fs::write(&new, older(|_| ()).to_string()).unwrap();
    let compared = |old: &Path, new: &Path, more: &[&str]| {
        let mut command = bare_command();
        command.current_dir(&folder).args(["config", "schema-diff"]).arg(old).arg(new);
        command.args(more).output().unwrap()
    };
    assert_eq!(compared(&new, &old, &[]).status.code(), Some(0), "a key more");
    let output = compared(&old, &new, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("× logging.file  is gone"), "{}", text(&output));
    let github = ["--format", "github"];
    let annotations = text(&compared(Path::new("old.json"), Path::new("new.json"), &github));
    let expected = "::error file=new.json,title=Refuses files of before::logging.file: is gone\n";
    assert!(annotations.starts_with(expected), "{annotations}");
}

#[test]
fn what_is_no_schema_is_refused() {
    for (old, said) in [
        ("{", "the standard input is no JSON schema"),
        ("[]", "the old schema is no schema"),
        (r##"{"$ref": "#/nowhere"}"##, "refers to `#/nowhere`, which it does not have"),
    ] {
        let output = compared(old, &[]);
        assert_eq!(output.status.code(), Some(1), "{old}");
        let message = String::from_utf8(output.stderr.clone()).unwrap().replace('\n', " ");
        assert!(message.contains(said), "{message}");
    }
    let usage = bare_command().args(["config", "schema-diff"]).output().unwrap();
    assert_eq!(usage.status.code(), Some(64));
}
