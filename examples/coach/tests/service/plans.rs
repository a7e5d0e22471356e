//! `coach config plan --from A --to B` says of fifty pairs of configurations what the service that runs with A then
//! does with B.

use std::{fs, path::Path, process::Output, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Coach, SECRETS, bare_command, write_private};

/// The configuration that each service starts with.
const A: &str = "\
server:
  host: 127.0.0.1
  port: 0
  names: [one.example, two.example]
logging:
  level: debug
  json: true
  output: ''
api:
  v2_enabled: false
telemetry:
  enabled: true
  sampler:
    type: traceidratio
    ratio: 0.5
auth:
  jwt:
    ttl: 24h
  jwt_secret: the-signing-secret
  admin_master_password: the-admin-password
database:
  host: db.example
  port: 5433
  user: coach
  password: the-database-password
  name: coach
  ssl_mode: require
  max_open_conns: 20
  max_idle_conns: 10
";

/// Another secret, which must never appear either.
const PLANTED: &str = "another-planted-secret";

/// An edit: the text that goes, and the one that comes.
type Edit = (&'static str, &'static str);

/// The outcome: the keys that change at once and those that wait, or `None` where it is refused.
type Outcome = Option<(&'static [&'static str], &'static [&'static str])>;

const LEVEL: Edit = ("level: debug", "level: warn");
const V2: Edit = ("v2_enabled: false", "v2_enabled: true");
const RATIO: Edit = ("ratio: 0.5", "ratio: 0.25");
const KIND: Edit = ("type: traceidratio", "type: always_on");
const TTL: Edit = ("ttl: 24h", "ttl: 1h 30m");
const PORT: Edit = ("port: 0\n", "port: 9090\n");
const HOST: Edit = ("host: 127.0.0.1", "host: 0.0.0.0");
const NAMES: Edit = ("[one.example, two.example]", "[one.example, three.example, two.example]");
const JSON: Edit = ("json: true", "json: false");
const TRACED: Edit = ("enabled: true", "enabled: false");
const SIGNING: Edit = ("the-signing-secret", PLANTED);
const PASSWORD: Edit = ("the-database-password", PLANTED);
const LOGIN: Edit = ("the-admin-password", PLANTED);
const POOL: Edit = ("max_open_conns: 20", "max_open_conns: 40");
const SSL: Edit = ("ssl_mode: require", "ssl_mode: verify-full");
const HOOKS: Edit = (
    "database:\n",
    "webhooks:\n  - url: https://ops.example.com/hook\n    secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]\ndatabase:\n",
);
const NO_LEVEL: Edit = ("  level: debug\n", "");
const NO_API: Edit = ("api:\n  v2_enabled: false\n", "");
const NO_SAMPLER: Edit = ("  sampler:\n    type: traceidratio\n    ratio: 0.5\n", "");
const NO_POOL: Edit = ("  max_open_conns: 20\n  max_idle_conns: 10\n", "");
const NO_NAMES: Edit = ("  names: [one.example, two.example]\n", "");
const NO_DATABASE: Edit = (
    "database:\n  host: db.example\n  port: 5433\n  user: coach\n  password: the-database-password\n  name: coach\n  ssl_mode: require\n  max_open_conns: 20\n  max_idle_conns: 10\n",
    "",
);
const WRONG_LEVEL: Edit = ("level: debug", "level: verbose");
const WRONG_RATIO: Edit = ("ratio: 0.5", "ratio: 1.5");

/// The edits that lead from A to B, with what becomes of them.
#[rustfmt::skip]
const PAIRS: [(&[Edit], Outcome); 50] = [
    // Nothing.
    (&[], Some((&[], &[]))),
    (&[("server:", "# a comment\nserver:")], Some((&[], &[]))),
    (&[("ttl: 24h", "ttl: 1d")], Some((&[], &[]))),
    (&[("ratio: 0.5", "ratio: 0.50"), ("[one.example, two.example]", "\n  - one.example\n  - two.example")], Some((&[], &[]))),
    (&[NO_API], Some((&[], &[]))),
    (&[("level: debug", "'level': \"debug\"")], Some((&[], &[]))),
    // One value that is hot.
    (&[LEVEL], Some((&["logging.level"], &[]))),
    (&[V2], Some((&["api.v2_enabled"], &[]))),
    (&[RATIO], Some((&["telemetry.sampler.ratio"], &[]))),
    (&[KIND], Some((&["telemetry.sampler.type"], &[]))),
    (&[TTL], Some((&["auth.jwt.ttl"], &[]))),
    (&[NO_LEVEL], Some((&["logging.level"], &[]))),
    (&[("ratio: 0.5", "ratio: 0")], Some((&["telemetry.sampler.ratio"], &[]))),
    // Several.
    (&[KIND, RATIO], Some((&["telemetry.sampler.ratio", "telemetry.sampler.type"], &[]))),
    (&[NO_SAMPLER], Some((&["telemetry.sampler.ratio", "telemetry.sampler.type"], &[]))),
    (&[LEVEL, V2, TTL], Some((&["logging.level", "api.v2_enabled", "auth.jwt.ttl"], &[]))),
    (&[LEVEL, V2, KIND, RATIO, TTL], Some((&["logging.level", "api.v2_enabled", "telemetry.sampler.ratio", "telemetry.sampler.type", "auth.jwt.ttl"], &[]))),
    // One value that needs a restart.
    (&[PORT], Some((&[], &["server.port"]))),
    (&[HOST], Some((&[], &["server.host"]))),
    (&[JSON], Some((&[], &["logging.json"]))),
    (&[("output: ''", "output: coach.log")], Some((&[], &["logging.output"]))),
    (&[TRACED], Some((&[], &["telemetry.enabled"]))),
    (&[POOL], Some((&[], &["database.max_open_conns"]))),
    (&[SSL], Some((&[], &["database.ssl_mode"]))),
    (&[("user: coach", "user: trainer")], Some((&[], &["database.user"]))),
    (&[("name: coach", "name: lessons")], Some((&[], &["database.name"]))),
    // Lists, and keys that go.
    (&[NAMES], Some((&[], &["server.names[1]"]))),
    (&[("[one.example, two.example]", "[]")], Some((&[], &["server.names[0]", "server.names[1]"]))),
    (&[NO_NAMES], Some((&[], &["server.names[0]", "server.names[1]"]))),
    (&[HOOKS], Some((&[], &["webhooks[0]"]))),
    (&[NO_POOL], Some((&[], &["database.max_open_conns", "database.max_idle_conns"]))),
    // Secrets.
    (&[SIGNING], Some((&[], &["auth.jwt_secret"]))),
    (&[LOGIN], Some((&[], &["auth.admin_master_password"]))),
    (&[PASSWORD], Some((&[], &["database.password"]))),
    (&[SIGNING, LOGIN, PASSWORD], Some((&[], &["auth.jwt_secret", "auth.admin_master_password", "database.password"]))),
    // Both classes.
    (&[LEVEL, PORT], Some((&["logging.level"], &["server.port"]))),
    (&[TTL, SIGNING], Some((&["auth.jwt.ttl"], &["auth.jwt_secret"]))),
    (&[KIND, TRACED], Some((&["telemetry.sampler.type"], &["telemetry.enabled"]))),
    (&[LEVEL, JSON], Some((&["logging.level"], &["logging.json"]))),
    (&[V2, HOOKS, NAMES], Some((&["api.v2_enabled"], &["server.names[1]", "webhooks[0]"]))),
    // A file that sets far less than before, which is a warning.
    (&[NO_NAMES, NO_SAMPLER, NO_DATABASE], Some((&["telemetry.sampler.ratio", "telemetry.sampler.type"], &["server.names[0]", "server.names[1]", "database.host", "database.port", "database.user", "database.password", "database.name", "database.ssl_mode", "database.max_open_conns", "database.max_idle_conns"]))),
    (&[LEVEL, V2, RATIO, TTL, HOST, PORT, SSL, PASSWORD], Some((&["logging.level", "api.v2_enabled", "telemetry.sampler.ratio", "auth.jwt.ttl"], &["server.host", "server.port", "database.password", "database.ssl_mode"]))),
    // Refused.
    (&[WRONG_LEVEL], None),
    (&[WRONG_RATIO, LEVEL], None),
    (&[("ttl: 24h", "ttl: 0s")], None),
    (&[("port: 0\n", "port: http\n"), V2], None),
    (&[("max_idle_conns: 10", "max_idle_conns: 30")], None),
    (&[("jwt_secret: the-signing-secret", "jwt_secret: ''"), PORT], None),
    (&[("json: true", "jsn: another-planted-secret"), WRONG_LEVEL, WRONG_RATIO], None),
    (&[("level: debug", "level: [debug")], None),
];

#[test]
fn the_service_does_what_the_plan_says() {
    let folder = TempDir::new().unwrap();
    let from = folder.path().join("a/config.yaml");
    fs::create_dir(from.parent().unwrap()).unwrap();
    write_private(&from, A).unwrap();
    let (from, folder) = (&from, folder.path());
    let numbered: Vec<_> = PAIRS.iter().enumerate().collect();
    thread::scope(|scope| {
        for some in numbered.chunks(PAIRS.len().div_ceil(4)) {
            scope.spawn(move || {
                for (number, (edits, outcome)) in some {
                    confirm(from, &folder.join(format!("b{number}")), edits, outcome);
                }
            });
        }
    });
}

/// Plans one pair, and has a service confirm the plan.
fn confirm(from: &Path, folder: &Path, edits: &[Edit], outcome: &Outcome) {
    let text = edits.iter().fold(A.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    fs::create_dir(folder).unwrap();
    let to = folder.join("config.yaml");
    write_private(&to, &text).unwrap();
    let (code, planned) = planned(from, &to);

    let coach = Coach::start(A);
    let token = coach.log_in();
    coach.write(&text);
    let asked = coach.post_as(&token, "/admin/config/plan", &json!({}));
    let reported = coach.post_as(&token, "/admin/config/reload", &json!({}));
    let [asked, report] = [asked.body, reported.body].map(|body| placed(body, coach.file(), &to));

    let Some((hot, waiting)) = outcome else {
        assert_eq!((code, &report["verdict"]), (1, &json!("rejected")), "{edits:?}: {planned}");
        assert_eq!(planned["valid"], false);
        assert_eq!(planned["problems"], report["problems"], "{edits:?}");
        assert_eq!(planned["problems"], asked["problems"], "{edits:?}");
        return;
    };
    let verdict = match (hot.is_empty(), waiting.is_empty()) {
        (true, true) => (0, "unchanged"),
        (false, true) => (2, "applied"),
        (false, false) => (3, "applied"),
        (true, false) => (3, "pending_restart"),
    };
    assert_eq!((code, &report["verdict"]), (verdict.0, &json!(verdict.1)), "{edits:?}: {planned}");
    assert_eq!(
        (keys(&planned["changes"]), keys(&planned["pending"])),
        (hot.to_vec(), waiting.to_vec())
    );
    assert_eq!(planned, asked, "{edits:?}");
    let mut waits = report["pending"].clone();
    for one in waits.as_array_mut().unwrap() {
        // The time since which it waits, and the reload that found it: a plan has neither.
        one.as_object_mut().unwrap().retain(|name, _| name != "since" && name != "by");
    }
    let rows = [&planned["changes"], &planned["pending"], &planned["shadowed"]];
    assert_eq!(rows, [&report["changes"], &waits, &report["shadowed"]], "{edits:?}");
    assert_eq!(planned["warnings"], report["problems"], "{edits:?}");
    let is_short = edits.contains(&NO_DATABASE);
    assert_eq!(planned["warnings"].as_array().unwrap().len(), usize::from(is_short), "{planned}");
}

/// Returns the exit code and the JSON of a plan.
fn planned(from: &Path, to: &Path) -> (i32, Value) {
    let mut command = bare_command();
    command.args(["config", "plan", "--json", "--from"]).arg(from).arg("--to").arg(to);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    for secret in SECRETS.iter().chain([&PLANTED]) {
        assert!(!out.contains(secret) && !err.contains(secret), "{out}{err}");
    }
    (status.code().unwrap(), serde_json::from_str(&out).unwrap())
}

fn keys(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect()
}

/// Returns an answer of the service as if its file lay at another path.
fn placed(answer: Value, file: &Path, at: &Path) -> Value {
    let text = answer.to_string().replace(file.to_str().unwrap(), at.to_str().unwrap());
    serde_json::from_str(&text).unwrap()
}
