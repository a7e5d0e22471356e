//! The commands for a fleet, on a store in memory.

use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use clap::Parser as _;
use dlc_reload::{
    cli::shared::{
        failure::{Failure, Fault},
        screen::To,
    },
    fleet::{Desk, MemoryClient, MemoryStore, NodeState, Phase, Revision, SigningKey, Store},
};
use serde_json::{Value, json};

use super::{Output, run};
use crate::cli::{Command, CommandLine};

/// A key as `openssl genpkey -algorithm ed25519` writes it.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDD6QSg3fBoptAxO01HJ/gmhQTPHlIkaNyArpvvPjPq9\n-----END PRIVATE KEY-----\n";

/// A fleet whose nodes say what a test lets them say.
struct Fleet {
    engine: MemoryStore,
    client: MemoryClient,
    folder: tempfile::TempDir,
}

/// The end of a command, and all that it printed.
type Ran = (String, Result<ExitCode, Failure>);

impl Fleet {
    fn new() -> Self {
        let engine = MemoryStore::new("coach/test");
        let client = engine.client();
        Self { engine, client, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn ran(&self, arguments: &[&str]) -> Ran {
        let words = ["dlc-reload", "fleet", "--by", "alice"].iter().chain(arguments);
        let line = CommandLine::try_parse_from(words).unwrap();
        let Command::Fleet(args) = line.command else { panic!("it is of the fleet") };
        let mut printed = String::new();
        let mut write = |text: &str| {
            printed += text;
            Ok(())
        };
        let mut output = Output::new(line.options.json, To::Output.fit(), &mut write);
        let store: Arc<dyn Store> = Arc::new(self.engine.client());
        let ended = run(args, store, &mut output);
        (anstream::adapter::strip_str(&printed).to_string(), ended)
    }

    /// Runs a command that succeeds, and returns what it printed.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let (printed, ended) = self.ran(arguments);
        assert_eq!(ended.unwrap(), ExitCode::SUCCESS);
        printed
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.says(&[&["--json"], arguments].concat());
        serde_json::from_str(&printed).unwrap()
    }

    /// Runs a command that fails, and returns the kind of its failure with the message.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> (Fault, String) {
        let failure = self.ran(arguments).1.unwrap_err();
        (failure.fault, failure.message)
    }

    /// Publishes a document.
    fn publish(&self, text: &str) {
        let path = self.file("coach.yaml", text);
        self.says(&["publish", path.to_str().unwrap(), "-m", "a test"]);
    }

    /// Lets a node say something.
    fn node(&self, name: &str, change: impl FnOnce(&mut NodeState)) {
        self.tell(&format!("nodes/{name}"), name, change);
    }

    fn tell(&self, key: &str, process: &str, change: impl FnOnce(&mut NodeState)) {
        let mut state: NodeState = serde_json::from_value(json!({
            "running": 1, "trial": "proved", "generation": 1, "since": "2026-11-27T07:39:48Z", "process": process, "build": "1.4.0",
        }))
        .unwrap();
        change(&mut state);
        let state = serde_json::to_vec(&state).unwrap();
        self.client.keep(key, &state, Duration::from_secs(60)).unwrap().unwrap();
    }
}

impl Fleet {
    /// Changes the pointer as a controller does.
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let entry = self.client.get("target").unwrap().unwrap();
        let mut target: Value = serde_json::from_slice(&entry.value).unwrap();
        change(&mut target);
        let target = serde_json::to_vec(&target).unwrap();
        self.client.swap("target", entry.revision, &target).unwrap().unwrap();
    }
}

/// Returns what is said of a command that is wrong.
fn misread(arguments: &[&str]) -> String {
    let words = ["dlc-reload", "fleet"].iter().chain(arguments);
    CommandLine::try_parse_from(words).unwrap_err().to_string()
}

fn refuse(state: &mut NodeState) {
    let problem = json!({
        "key": "logging.level",
        "place": "coach.yaml@2:1:17",
        "message": "unknown variant `debgu`, did you mean `debug`?",
    });
    let refused = json!({ "version": 2, "because": "rejected", "problems": [problem] });
    state.refused = Some(serde_json::from_value(refused).unwrap());
}

#[test]
fn a_publication_prints_its_number_alone() {
    let fleet = Fleet::new();
    let path = fleet.file("coach.yaml", "rate: 7\n");
    let path = path.to_str().unwrap();
    assert_eq!(fleet.says(&["publish", path, "--why", "for the evening"]), "1\n");
    assert_eq!(fleet.json(&["publish", path, "-m", "again"]), json!({ "version": 2 }));
    let listed = fleet.says(&["versions"]);
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines[0].contains("VERSION") && lines[1].contains("2 ") && lines[2].contains("alice"));
    assert!(lines[2].contains("coach.yaml") && lines[2].contains("for the evening"), "{listed}");
    assert_eq!(fleet.json(&["versions", "--most", "1"])["versions"][0]["number"], 2);

    let (fault, message) = fleet.refuses(&["publish", "/no/such.yaml", "-m", "x"]);
    assert!(fault == Fault::Usage && message.contains("/no/such.yaml"), "{message}");
    let folder = fleet.folder.path().to_str().unwrap();
    let (_, message) = fleet.refuses(&["publish", folder, "-m", "x"]);
    assert!(message.contains("is a folder"), "{message}");
    let text = fleet.file("coach.txt", "");
    let failure = fleet.ran(&["publish", text.to_str().unwrap(), "-m", "x"]).1.unwrap_err();
    assert!(failure.problems[0].to_string().starts_with("coach.txt: the ending of its name"));
}

#[test]
fn a_publication_is_checked_against_the_builds_that_are_alive() {
    let fleet = Fleet::new();
    let schema =
        r#"{"properties": {"rate": {"type": ["integer", "null"]}}, "additionalProperties": false}"#;
    let digest = "b0a5e8e5a1c1a9d0";
    let key = format!("schema/{digest}");
    fleet.client.swap(&key, Revision::ABSENT, schema.as_bytes()).unwrap().unwrap();
    fleet.node("n1", |state| state.schema = digest.to_owned());
    let path = fleet.file("coach.yaml", "rate: 7\nlevle: 3\n");
    let path = path.to_str().unwrap();
    // What is stored is not what the node has written.
    fleet.says(&["publish", path, "-m", "x"]);

    let digest = "794eda57793ef17328704ef0a5b4f783b20caa951916ba4c07d099079ebc2280";
    fleet
        .client
        .swap(&format!("schema/{digest}"), Revision::ABSENT, schema.as_bytes())
        .unwrap()
        .unwrap();
    fleet.node("n1", |state| state.schema = digest.to_owned());
    let failure = fleet.ran(&["publish", path, "-m", "x"]).1.unwrap_err();
    assert_eq!(failure.fault, Fault::Invalid);
    assert!(
        failure.message.contains("nothing was published")
            && failure.message.contains("`--unchecked`")
    );
    assert_eq!(failure.problems[0].to_string(), "coach.yaml:2:1: levle: unknown key, remove it");
    assert_eq!(fleet.says(&["publish", path, "-m", "x", "--unchecked"]), "3\n");
    let good = fleet.file("coach.yaml", "rate: 8\n");
    assert_eq!(fleet.says(&["publish", good.to_str().unwrap(), "-m", "x"]), "4\n");
}

#[test]
fn a_publication_is_signed_by_a_key_that_nobody_else_can_read() {
    let fleet = Fleet::new();
    let path = fleet.file("coach.yaml", "rate: 7\n");
    let publish = |key: &str| {
        let arguments = ["publish", path.to_str().unwrap(), "-m", "x", "--sign-with", key];
        fleet.ran(&arguments).1.map_err(|failure| failure.message)
    };
    let key = fleet.file("fleet.key", KEY);
    let key = key.to_str().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| fs::set_permissions(key, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert!(publish(key).unwrap_err().contains("chmod 600"));
        mode(0o600);
    }
    publish(key).unwrap();
    let trusted = SigningKey::from_pem(KEY).unwrap().trusted();
    let desk = Desk::new(Arc::new(fleet.engine.client()), "bob").trust([trusted]);
    desk.version(1).unwrap();
    fleet.says(&["publish", path.to_str().unwrap(), "-m", "x"]);
    assert!(desk.version(2).unwrap_err().to_string().contains("not signed"));

    let other = fleet.file("other.key", "no key");
    #[cfg(unix)]
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let said = publish(other.to_str().unwrap()).unwrap_err();
    assert!(said.contains("other.key") && said.contains("openssl genpkey"), "{said}");
}

#[test]
fn differences_are_shown_line_by_line() {
    let fleet = Fleet::new();
    fleet.publish("rate: 7\nlevel: info\n");
    fleet.publish("rate: 9\nlevel: info\n");
    let shown = fleet.says(&["diff", "1", "2"]);
    let expected =
        "--- coach.yaml@1\n+++ coach.yaml@2\n@@ -1,2 +1,2 @@\n-rate: 7\n+rate: 9\n level: info\n";
    assert_eq!(shown, expected);
    assert!(fleet.says(&["diff", "1", "1"]).contains("have the same documents"));
    assert_eq!(fleet.json(&["diff", "1", "2"])["documents"][0]["name"], "coach.yaml");
    let (fault, message) = fleet.refuses(&["diff", "1", "9"]);
    assert!(fault == Fault::Invalid && message.contains("no version 9"), "{message}");
}

#[test]
fn the_state_says_which_nodes_refuse_and_where_the_mistake_is() {
    let fleet = Fleet::new();
    assert!(fleet.says(&["status"]).contains("no version was started yet"));
    fleet.publish("rate: 7\n");
    fleet.says(&["start", "1", "-m", "the first"]);
    assert!(fleet.says(&["status"]).contains("coach/test: version 1 is on every node"));
    fleet.node("n1", |_| ());
    fleet.node("n2", |state| state.pending = vec!["server.port".to_owned()]);
    fleet.publish("logging: {level: debgu}\n");
    let started = fleet.says(&["start", "2", "--plan", "quick", "--why", "slow logins"]);
    assert!(started.contains("by alice: slow logins"), "{started}");
    assert!(started.contains("`dlc-reload fleet wait`"), "{started}");
    // What the controller would write.
    fleet.change(|target| {
        target["rollout"]["cuts"] = json!([1_u64 << 52]);
        target["rollout"]["phase"] = json!(Phase::Halted);
        target["rollout"]["halted"] = "1 node refuses version 2".into();
    });
    fleet.node("n1", refuse);
    let shown = fleet.says(&["status"]);
    for words in [
        "coach/test: version 2 has halted in stage 1 of 3",
        "halted   1 node refuses version 2",
        "r2, quick",
        "by alice: slow logins",
        "> 1 1 node",
        "× n1  version 2 rejected",
        "coach.yaml@2:1:17",
        "logging.level",
        "did you mean `debug`?",
        "! n2  waits for a restart: server.port",
        "`dlc-reload fleet abort` takes it back",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(!shown.contains("1.4.0"), "{shown}");
    assert!(fleet.says(&["status", "--nodes"]).contains("1.4.0"));
    assert_eq!(fleet.json(&["status"])["nodes"]["n1"]["refused"]["because"], "rejected");

    let (fault, message) = fleet.refuses(&["start", "1", "-m", "back"]);
    assert!(fault == Fault::Invalid && message.contains("abort"), "{message}");
    let failure = fleet.ran(&["start", "1", "-m", "back"]).1.unwrap_err();
    assert!(failure.json.unwrap().contains("urn:dlc-reload:refused"));
    assert!(fleet.says(&["abort", "-m", "a typo"]).contains("abort r2, by alice: a typo"));
    assert_eq!(fleet.json(&["status"])["target"]["rollout"]["phase"], "aborted");
}

#[test]
fn a_second_process_of_a_name_is_shown_beside_the_first() {
    let fleet = Fleet::new();
    fleet.node("n1", |_| ());
    fleet.tell("namesakes/n1", "4711-a", |_| ());
    let shown = fleet.says(&["status"]);
    let told = "n1  another process, 4711-a, has its name and is not seen: give each its own";
    assert!(shown.contains(told), "{shown}");
    let shown = fleet.json(&["status"]);
    assert_eq!(shown["nodes"]["n1"]["namesake"], "4711-a");
    assert_eq!(shown["nodes"].as_object().unwrap().len(), 1);
}

#[test]
fn the_exit_code_of_a_wait_is_the_verdict() {
    let fleet = Fleet::new();
    let code = |arguments: &[&str]| {
        let (printed, ended) = fleet.ran(&[&["wait", "--timeout", "100ms"], arguments].concat());
        (printed, ended.unwrap())
    };
    assert_eq!(code(&[]).1, ExitCode::from(1));
    fleet.publish("rate: 7\n");
    fleet.says(&["start", "1", "-m", "the first"]);
    let (printed, ended) = code(&["--for", "promoted"]);
    assert_eq!(ended, ExitCode::SUCCESS);
    assert!(printed.contains("version 1 is on every node (r1)"), "{printed}");
    fleet.node("n1", |_| ());
    fleet.publish("rate: 9\n");
    fleet.says(&["start", "2", "-m", "more"]);
    let (printed, ended) = code(&[]);
    assert_eq!(ended, ExitCode::from(4));
    assert!(printed.contains("still on its way"), "{printed}");
    fleet.node("n1", refuse);
    fleet.change(|target| {
        target["rollout"]["phase"] = json!(Phase::Halted);
        target["rollout"]["halted"] = "1 node refuses version 2".into();
    });
    let (printed, ended) = code(&[]);
    assert_eq!(ended, ExitCode::from(2));
    for words in
        ["version 2 has halted (r2): 1 node refuses", "n1", "coach.yaml@2:1:17", "did you mean"]
    {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    let (printed, _) = code(&["--json"]);
    let ending: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        (&ending["outcome"], &ending["problems"][0]["node"]),
        (&json!("halted"), &json!("n1"))
    );
    fleet.says(&["abort", "-m", "a typo"]);
    assert_eq!(code(&[]).1, ExitCode::from(3));
    let log = fleet.says(&["log"]);
    for words in ["r2", "aborted", "abort r2", "a typo", "promoted"] {
        assert!(log.contains(words), "{words}\n{log}");
    }
    fleet.engine.cut_off("away");
    assert_eq!(code(&[]).1, ExitCode::from(1));
}

#[test]
fn no_change_is_asked_for_without_a_reason() {
    for change in [
        &["publish", "coach.yaml"][..],
        &["start", "1"],
        &["pause"],
        &["resume"],
        &["abort"],
        &["promote"],
        &["pin", "n1", "1"],
        &["unpin", "n1"],
        &["freeze", "--for", "1h"],
        &["unfreeze"],
        &["retry"],
    ] {
        let said = misread(change);
        assert!(said.contains("not provided") && said.contains("--why <REASON>"), "{said}");
        let said = misread(&[change, &["-m", " "]].concat());
        assert!(said.contains("say why the change is made"), "{said}");
    }
}

#[test]
fn a_freeze_ends_at_a_time_or_after_one() {
    let fleet = Fleet::new();
    let later = SystemTime::now() + Duration::from_secs(3600);
    fleet.says(&["freeze", "--for", "1h", "-m", "a holiday"]);
    let until = fleet.json(&["status"])["target"]["frozen"]["until"].as_str().unwrap().to_owned();
    let until: jiff::Timestamp = until.parse().unwrap();
    assert!(
        SystemTime::from(until)
            .duration_since(later)
            .is_ok_and(|late| late < Duration::from_secs(60))
    );
    assert!(fleet.says(&["status"]).contains("frozen"));
    fleet.says(&["unfreeze", "-m", "over"]);
    let frozen = fleet.says(&["freeze", "--until", "2099-12-27T08:00Z", "-m", "a holiday"]);
    assert!(frozen.contains("2099-12-27"), "{frozen}");
    misread(&["freeze", "-m", "x"]);
    misread(&["freeze", "--until", "tomorrow", "-m", "x"]);
    let (_, message) = fleet.refuses(&["freeze", "--until", "2020-01-01T00:00Z", "-m", "x"]);
    assert!(message.contains("is over"), "{message}");
}

#[test]
fn a_plan_is_known_by_name_or_read_from_a_file() {
    let fleet = Fleet::new();
    fleet.publish("rate: 7\n");
    fleet.node("n1", |_| ());
    let plan = fleet.file(
        "plan.toml",
        "name = 'eu first'\nmax_rejected = 1\n[[stages]]\nreach = { share = 0.1 }\nwhere = { region = 'eu' }\nbake = '1m'\n\
         deadline = '5m'\n[[stages]]\nreach = { share = 1.0 }\nbake = '1m'\ndeadline = '5m'\n",
    );
    fleet.says(&["start", "1", "--plan", plan.to_str().unwrap(), "-m", "x"]);
    let rollout = &fleet.json(&["status"])["target"]["rollout"];
    assert_eq!(rollout["plan"]["name"], "eu first");
    assert_eq!(rollout["plan"]["stages"][0]["where"]["region"], "eu");
    assert_eq!(rollout["plan"]["min_alive"], 0.8);
    fleet.says(&["abort", "-m", "x"]);

    let typo = fleet.file(
        "plan.yaml",
        "name: x\nstages:\n  - reach: {share: 1.0}\n    bake: soon\n    deadline: 1m\n",
    );
    let failure =
        fleet.ran(&["start", "1", "--plan", typo.to_str().unwrap(), "-m", "x"]).1.unwrap_err();
    let problem = failure.problems[0].to_string();
    assert!(problem.contains("plan.yaml:4:11") && problem.contains("bake"), "{problem}");
    let (fault, message) = fleet.refuses(&["start", "1", "--plan", "reckless", "-m", "x"]);
    assert!(fault == Fault::Usage && message.contains("careful, quick, at-once"), "{message}");
}

#[test]
fn a_store_that_is_away_is_said() {
    let fleet = Fleet::new();
    fleet.engine.cut_off("etcd at 127.0.0.1:2379 does not answer");
    let (fault, message) = fleet.refuses(&["status"]);
    assert_eq!(fault, Fault::NoAccess);
    assert!(message.contains("127.0.0.1:2379"), "{message}");
}

#[test]
fn nothing_of_a_node_steers_the_terminal() {
    let fleet = Fleet::new();
    fleet.node("n\u{1b}[2J1", |state| state.trouble = Some("a\u{1b}[31mb\u{202e}".to_owned()));
    for arguments in [&["status", "--nodes"][..], &["status", "--json"]] {
        let shown = fleet.says(arguments);
        let steers = |letter: char| letter != '\n' && letter.is_control() || letter == '\u{202e}';
        assert!(!shown.contains(steers), "{shown:?}");
    }
}
