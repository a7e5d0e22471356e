//! Secrets, which stand in no message.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use dlc_reload::{
    Builder, Change, HookResult, Intent, Invalid, Loader, Observer, Probation, Reloadable,
    Reloader, Report, Secret, Trigger, UnknownKeys, Verdict, Veto, Watching,
    source::{Intake, Source},
    testing::{Memory, Stage},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, load, problems, refused, warnings, yaml};

const SECRET: &str = "hunter2\"\\x";

fn assert_hidden(message: &str) {
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn row_27_a_secret_of_the_wrong_type_or_place_is_not_shown() {
    let dir = Dir::new();
    let cases = [
        ("a.yaml", "secret: [hunter2]"),
        ("b.yaml", "secret: {a: hunter2}"),
        ("c.yaml", "secrt: hunter2"),
        ("d.yaml", "jwt_secret: hunter2"),
        ("e.yaml", "server: hunter2"),
        ("f.yaml", "sampler: hunter2"),
        ("g.yaml", "sampler: {api-key: [hunter2]}"),
        ("h.yaml", "sampler: [hunter2]"),
        ("i.yaml", "secret: !hunter2 x"),
        ("j.yaml", "secret: *hunter2"),
        ("k.yaml", "secret: 'hunter2"),
        ("l.toml", "secret = hunter2"),
        ("m.toml", "secret = 'hunter2"),
        ("n.json", "{\"secret\": hunter2}"),
        ("o.json", "{\"secret\": \"hunter2}"),
        ("p.yaml", "secret: hunter2\nmotd: {a: 1}\n"),
    ];
    for (name, content) in cases {
        let found = problems(yaml("{}").file(dir.write(name, content)));
        assert_hidden(&found);
        assert!(dir.strip(&found).starts_with(&format!("{name}:")), "{found}");
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
struct Account {
    #[reload(restart)]
    password: Secret<String>,
    #[reload(restart)]
    name: String,
}

/// What careless authors write.
fn check(account: &Account) -> Result<(), Invalid> {
    let password = account.password.expose();
    let message = format!("{password} and {password:?} are too simple for {}", account.name);
    Err(Invalid::new().at("password", message))
}

#[test]
fn a_message_that_quotes_a_secret_is_redacted() {
    let loader = Loader::<Account>::new().set("password", SECRET).set("name", "ann");
    assert_eq!(
        problems(loader),
        "override: password: [redacted] and \"[redacted]\" are too simple for ann"
    );
}

struct Careless;

impl Source for Careless {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.problem(dlc_reload::Problem::warning("could not log in with hunter2"));
    }
}

#[test]
fn a_message_of_a_source_is_redacted() {
    let loader = yaml("secret: hunter2").source(Careless);
    assert_eq!(warnings(loader), "warning: could not log in with [redacted]");
}

#[test]
fn a_secret_that_another_source_shadows_is_hidden_too() {
    let loader = yaml("secret: [hunter2]").text("yaml", "secret: other").source(Careless);
    let found = warnings(loader);
    assert_hidden(&found);
    assert!(
        found.contains("a:1:9: warning: secret: invalid type: list, expected a string"),
        "{found}"
    );
}

#[test]
fn an_unknown_key_that_looks_like_a_secret_keeps_its_value() {
    let loader = yaml("secert: hunter2\ndb_password: hunter2").unknown_keys(UnknownKeys::Warn);
    let boot = load(loader.source(Careless));
    assert_eq!(
        crate::fixture::lines(boot.warnings()),
        "a:1:1: warning: secert: unknown key, did you mean `secret`?\n\
         a:2:1: warning: db_password: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`\n\
         warning: could not log in with [redacted]"
    );
}

#[test]
fn debug_and_json_of_an_error_are_as_careful() {
    let error = refused(yaml("secret: [hunter2]\nsecrt: hunter2"));
    assert_hidden(&format!("{error:?} {error:#?}"));
    assert_hidden(&serde_json::to_string(error.problems()).unwrap());
}

/// A service whose author quotes the password in force wherever he can, while the sources ask for
/// another one.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::strong)]
struct Login {
    #[reload(restart, secret)]
    password: Password,
    #[reload(hot)]
    strength: usize,
}

/// A text that is refused by a panic, of an author who forgot that it can be wrong.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, schemars::JsonSchema)]
#[serde(from = "String", into = "String")]
struct Password(String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        assert!(!text.starts_with("bad"), "{text} is bad");
        Self(text)
    }
}

impl From<Password> for String {
    fn from(password: Password) -> Self {
        password.0
    }
}

impl Login {
    fn strong(&self) -> Result<(), Invalid> {
        let password = &self.password.0;
        if password.len() >= self.strength {
            Ok(())
        } else {
            Err(Invalid::new().at("strength", format!("{password} is too short")))
        }
    }
}

impl LoginHooks for Careless {
    fn on_strength(&self, change: Change<'_, usize>) -> HookResult<'_> {
        if *change.new == 3 {
            Err("cannot log in with hunter2".into())
        } else {
            Ok(dlc_reload::Commit::none())
        }
    }
}

impl Observer for Careless {
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        let four = |new: &serde_json::Value| *new == 4;
        match intent.changes.iter().any(|change| change.new.as_ref().is_some_and(four)) {
            true => Err("cannot write it down with hunter2".into()),
            false => Ok(()),
        }
    }

    fn reported(&self, _: &Report) {}
}

struct Careful {
    file: Memory,
    reloader: Reloader<Login>,
}

impl Careful {
    fn start(set_up: impl FnOnce(Builder<Login, Careless>) -> Builder<Login, Careless>) -> Self {
        let file = Memory::yaml("{password: hunter2, strength: 1}");
        let boot = Loader::<Login>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::new(Careless)).watch(Watching::Off);
        Self { file, reloader: set_up(builder).start().unwrap() }
    }

    fn reload(&self, text: &str) -> Report {
        self.file.write(text);
        self.reloader.reload(Trigger::api("a test")).wait().unwrap()
    }

    /// What is wrong with a change, in the report and in a plan of it.
    fn refuses(&self, text: &str) -> String {
        let report = self.reload(text);
        assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
        assert_hidden(&format!("{report} {report:?} {:?}", self.reloader.plan().wait()));
        report.problems()[0].message.clone()
    }
}

#[test]
fn what_is_refused_beside_a_secret_that_waits_for_a_restart_does_not_show_the_one_in_force() {
    let service = Careful::start(|builder| builder.observer(Arc::new(Careless)));
    let waits = service.reload("{password: another-password, strength: 1}");
    assert_eq!(waits.verdict(), Verdict::PendingRestart);

    let overlay = service.refuses("{password: another-password, strength: 9}");
    assert_eq!(overlay.split(" (").next(), Some("[redacted] is too short"));
    let hook = service.refuses("{password: another-password, strength: 3}");
    assert_eq!(hook, "cannot log in with [redacted] (refused: 3)");
    let observer = service.refuses("{password: another-password, strength: 4}");
    assert_eq!(observer, "cannot write it down with [redacted]");
}

#[test]
fn what_a_panic_says_of_a_secret_is_not_repeated() {
    let service = Careful::start(|builder| builder);
    let told = "deserializing the configuration panicked, see the error output of the process";
    assert_eq!(service.refuses("{password: bad-hunter2, strength: 1}"), told);
    assert_eq!(service.reload("{password: hunter2, strength: 2}").verdict(), Verdict::Applied);

    let loader = Loader::<Login>::new().text("yaml", "{password: bad-hunter2, strength: 1}");
    assert_eq!(problems(loader), told);
}

#[test]
fn what_a_health_check_says_of_a_secret_is_not_repeated() {
    let stage = Stage::new();
    let probation = Probation::new(|| Err("cannot log in with hunter2".into()));
    let service = Careful::start(|builder| builder.stage(&stage).probation(probation));
    let content = "{password: hunter2, strength: 2}";
    assert_eq!(service.reload(content).verdict(), Verdict::Applied);
    stage.advance(Duration::from_secs(1));
    let failed = service.reloader.status().last_report.unwrap();
    assert!(failed.problems()[0].message.ends_with(": cannot log in with [redacted]"), "{failed}");
    let refusal = service.refuses(content);
    assert!(refusal.contains("(cannot log in with [redacted])"), "{refusal}");
}

/// A value that holds a secret where the compiler does not look.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Peer {
    host: String,
    token: Secret<String>,
}

macro_rules! with_schema {
    ($name:ident, $schema:tt) => {
        mod $name {
            use super::*;

            #[derive(Clone, Serialize, Deserialize, Reloadable)]
            #[reload(schema = false)]
            pub(super) struct Config {
                #[reload(hot, live)]
                peer: Peer,
            }

            impl JsonSchema for Config {
                fn schema_name() -> Cow<'static, str> {
                    "Config".into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        }
    };
}

with_schema!(in_a_choice, {
    "oneOf": [{ "properties": { "peer": { "properties": { "token": { "x-secret": true } } } } }]
});
with_schema!(behind_a_reference, {
    "anyOf": [{ "$ref": "#/$defs/whole" }],
    "$defs": { "whole": { "oneOf": [{ "properties": { "peer": { "x-secret": true } } }] } }
});
with_schema!(left_out, { "type": "object" });
with_schema!(behind_a_reference_to_nothing, { "$ref": "#/$defs/gone" });

/// The problems for which a configuration does not start.
macro_rules! start_refused {
    ($config:ty, $text:expr) => {
        match Loader::<$config>::new().text("yaml", $text).load().unwrap().reloader().start() {
            Ok(_) => "started".to_owned(),
            Err(error) => error.to_string(),
        }
    };
}

#[test]
fn a_hot_value_with_a_secret_deep_inside_is_refused_wherever_the_schema_says_so() {
    let text = "peer: {host: a, token: hunter2}";
    let held = "peer: the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`";
    assert_eq!(start_refused!(in_a_choice::Config, text), held);
    assert_eq!(start_refused!(behind_a_reference::Config, text), held);
}

#[test]
fn a_hot_value_that_the_schema_does_not_describe_is_refused() {
    let text = "peer: {host: a, token: hunter2}";
    let unknown = "peer: the schema does not describe the value, which may hold a secret: describe it there, or mark the field `#[reload(restart)]`";
    assert_eq!(start_refused!(left_out::Config, text), unknown);
    assert_eq!(start_refused!(behind_a_reference_to_nothing::Config, text), unknown);
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Labelled {
    #[reload(restart, secret)]
    password: String,
    #[serde(flatten)]
    #[reload(hot, live)]
    labels: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Reached {
    #[reload(restart)]
    name: String,
    #[serde(flatten)]
    #[reload(hot, live)]
    peer: Peer,
}

#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Mode {
    Simple,
    Full { level: u32 },
}

/// An entry of a map that also sees the tag of the enum beside it.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Backend {
    Named(String),
    Peer(Peer),
}

/// Beside a flattened enum, the schema has another keyword for the entries of a flattened map.
#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Balanced {
    #[serde(flatten)]
    #[reload(restart)]
    mode: Mode,
    #[serde(flatten)]
    #[reload(hot, live)]
    backends: BTreeMap<String, Backend>,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Renamed {
    #[serde(alias = "pw")]
    #[reload(restart, secret)]
    password: String,
    #[serde(flatten)]
    #[reload(hot, live)]
    labels: BTreeMap<String, String>,
}

#[test]
fn a_flattened_hot_value_holds_its_own_keys_and_not_those_beside_it() {
    assert_eq!(start_refused!(Labelled, "{password: hunter2, team: a}"), "started");
    let held =
        "the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`";
    assert_eq!(start_refused!(Reached, "{name: a, host: b, token: hunter2}"), held);
    assert_eq!(start_refused!(Balanced, "{kind: simple, a: {host: b, token: hunter2}}"), held);
    assert_eq!(start_refused!(Renamed, "{pw: hunter2, team: a}"), "started");
}

#[test]
fn the_name_of_an_unknown_key_is_not_shown_where_it_is_a_secret() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Database {
        #[reload(restart)]
        host: String,
    }
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Config {
        #[reload(restart, secret)]
        key: Secret<String>,
        #[reload(restart, nested)]
        database: Database,
    }
    let text = "key: hunter2hunter2\ndatabase:\n  host: a\n  hunter2hunter2: 1\n  hots: 2\nhunter2hunter2: 3\n";
    let error = Loader::<Config>::new().text("yaml", text).load().unwrap_err();
    let keys: Vec<_> = error.problems().iter().flat_map(|problem| &problem.key).collect();
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["database", "database.hots", ""]);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_secret_that_is_handed_over_as_a_value_is_refused_where_others_can_read_it() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Shared {
        #[reload(restart, secret)]
        key: Secret<String>,
        #[reload(restart)]
        logins: BTreeMap<String, Secret<String>>,
        #[reload(hot, live)]
        rate: u32,
    }
    struct Entries;
    impl Source for Entries {
        fn read(&self, intake: &mut Intake<'_>) {
            for (key, value) in [("key", "hunter2"), ("logins", "{ann: hunter2}"), ("rate", "7")] {
                intake.value(format!("store/{key}"), key, value).without_secrets();
            }
        }
    }
    let found = problems(Loader::<Shared>::new().source(Entries));
    let refused =
        "a secret does not belong into this source, set it in a file or variable of this machine";
    let expected = ["key", "logins"].map(|key| format!("store/{key}: {key}: {refused}"));
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}
