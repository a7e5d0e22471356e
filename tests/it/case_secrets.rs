//! Secrets at the wrong place, by the number of their case: their text stands nowhere, their place does.

use std::{collections::BTreeMap, sync::Arc};

use dlc_reload::{
    Change, Commit, Format, HookResult, Invalid, Loader, Observer, Reloadable, Report, Restarts,
    Secret, Trigger, UnknownKeys, Watching, source::Text, testing::Memory,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, load, refused},
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Auth {
    #[reload(restart, secret)]
    token: Option<Secret<String>>,
    #[reload(restart)]
    user: String,
}

/// One value that holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Conn {
    #[serde(alias = "code")]
    token: Option<Secret<String>>,
    user: String,
}

/// One value without a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Peer {
    host: String,
    weight: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Out {
    Http { url: String, token: Secret<String> },
    Console,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    Http { url: String, token: Secret<String> },
    Console,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(restart)]
    n: u32,
    #[reload(restart)]
    level: String,
    #[reload(restart, secret)]
    api_key: Option<Secret<String>>,
    #[reload(restart, nested)]
    auth: Auth,
    #[reload(restart)]
    conn: Conn,
    #[reload(restart)]
    peer: Peer,
    #[reload(restart)]
    peers: Vec<Peer>,
    #[reload(restart)]
    out: Option<Out>,
    #[reload(restart)]
    sinks: Vec<Sink>,
    #[reload(restart)]
    labels: BTreeMap<String, u32>,
    #[reload(restart, secret)]
    vault: BTreeMap<String, String>,
}

fn text(format: Format, text: &str) -> Loader<Config> {
    Loader::new().source(Text::new(format, text).named("c"))
}

/// Everything that a refused load says.
fn said(format: Format, written: &str) -> String {
    let error = refused(text(format, written));
    let json = serde_json::to_string(error.problems()).unwrap();
    format!("{error}\n{}\n{error:?}\n{json}", error.excerpts())
}

/// Checks that a text is refused at this line, and that nothing that is said holds `hunter2`.
fn hides(format: Format, written: &str, line: u32) {
    let said = said(format, written);
    assert!(!said.contains("hunter2"), "{written}\n\n{said}");
    assert!(said.contains(&format!("c:{line}:")), "{written}\n\n{said}");
}

#[test]
fn case_01_a_secret_in_a_key() {
    let cases = [
        (Format::Yaml, "n: 1\nauth: {token:hunter2, user: bob}", 2),
        (Format::Yaml, "{api_key:hunter2, n: 1}", 1),
        (Format::Yaml, "conn: {user: a, token:hunter2}", 1),
        (Format::Yaml, "conn: {user: a, \"token: hunter2\"}", 1),
        (Format::Json, r#"{"auth": {"token=hunter2": 1}}"#, 1),
        (Format::Json, r#"{"token=hunter2": 1}"#, 1),
        (Format::Toml, "auth.\"token hunter2\" = 1", 1),
        (Format::Yaml, "n: 1\ntoken:hunter2\n", 2),
        (Format::Yaml, "sinks:\n- {type: http, url: a, token:hunter2}", 2),
        (Format::Yaml, "out: {http: {url: a, token:hunter2}}", 1),
        (Format::Yaml, "labels: {token:hunter2: x}", 1),
    ];
    for (format, written, line) in cases {
        hides(format, written, line);
    }
    let found = refused(text(Format::Yaml, "auth: {'token:hunter2': 1}")).to_string();
    let expected = "c:1:8: auth: unknown key, remove it or write one of `token`, `user` \
                    (the rest of the key is not shown, because it may hold a secret)";
    assert_eq!(found, expected);
}

#[test]
fn case_01_the_name_of_an_unknown_key_is_shown_if_it_is_plain() {
    let long = "a".repeat(41);
    let found = refused(text(Format::Yaml, &format!("auth: {{usr-name.x_1: a, {long}: b}}")));
    let found = found.to_string();
    assert!(found.starts_with("c:1:8: auth.\"usr-name.x_1\": unknown key"), "{found}");
    assert!(!found.contains(&long), "{found}");
}

#[test]
fn case_02_a_misspelt_or_misplaced_secret_in_an_excerpt() {
    let cases = [
        (Format::Yaml, "conn: {user: a, tokn: hunter2}", 1),
        (Format::Yaml, "conn:\n  user: a\n  tokn: hunter2", 3),
        (Format::Yaml, "conn:\n  user: a\n  passwrd: hunter2", 3),
        (Format::Yaml, "conn:\n  user: a\n  apitoken: hunter2", 3),
        (Format::Yaml, "out: {http: {url: a, tokn: hunter2}}", 1),
        (Format::Json, r#"{"sinks": [{"type": "http", "url": "a", "tokn": "hunter2"}]}"#, 1),
        (Format::Yaml, "api_key: {hunter2: x}", 1),
        (Format::Yaml, "api_key:\n  hunter2: x", 1),
        (Format::Toml, "api_key.hunter2 = 1", 1),
        (Format::Toml, "[api_key.hunter2]\na = 1", 1),
        (Format::Yaml, "auth: {user: a, tokn: hunter2}", 1),
        // At the wrong indentation, or of the wrong kind.
        (Format::Yaml, "level:\n  api_key: hunter2", 2),
        (Format::Yaml, "level:\n  pin: hunter2\nn: x", 2),
        (Format::Yaml, "level: [api_key: hunter2]", 1),
        (Format::Yaml, "peer: [hunter2]", 1),
        (Format::Yaml, "peers: {host: a, token: hunter2}", 1),
        (Format::Yaml, "peer: {host: {token: hunter2}}", 1),
        (Format::Yaml, "labels: {token: hunter2}", 1),
        (Format::Yaml, "conn: hunter2", 1),
        (Format::Yaml, "auth: hunter2", 1),
        (Format::Yaml, "vault: {hunter2: a, hunter2: b}", 1),
        (Format::Yaml, "vault: {hunter2: [1]}", 1),
        (Format::Json, r#"{"vault": {"hunter2": 1, "hunter2": 2}}"#, 1),
        (Format::Toml, "[vault]\nhunter2 = 'a'\nhunter2 = 'b'", 3),
        // Texts that do not parse.
        (Format::Yaml, "conn: {token: hunter2 }}", 1),
        (Format::Json, r#"{"conn": {"token": "hunter2"}} }"#, 1),
        (Format::Toml, "conn = {token = \"hunter2\"", 1),
        (Format::Yaml, "level: {api_key: \"hunter2\"", 1),
        (Format::Yaml, "api_key: \"a\n  level: hunter2\nn: [", 2),
        (Format::Toml, "level = hunter2", 1),
        (Format::Json, "{\"level\": hunter2}", 1),
    ];
    for (format, written, line) in cases {
        let said = said(format, written);
        assert!(!said.contains("hunter2"), "{written}\n\n{said}");
        assert!(said.contains("c:"), "{line}: {written}\n\n{said}");
    }
}

#[test]
fn case_02_the_key_of_a_hidden_value_is_shown() {
    let error = refused(text(Format::Yaml, "conn: {user: a, tokn: hunter2}"));
    let expected = "\
error: conn.tokn: unknown key, did you mean `token`?
 --> c:1:17
  |
1 | conn: {user: a, tokn: [redacted]}
  |                 ^^^^";
    assert_eq!(error.excerpts().to_string(), expected);
}

#[test]
fn case_02_an_explanation_shows_no_value_of_an_unknown_key() {
    for written in ["conn: {tokn: hunter2}", "conn: {code: hunter2}", "labels: {token: 1}"] {
        let boot = load(text(Format::Yaml, written).unknown_keys(UnknownKeys::Warn));
        for key in ["conn.tokn", "conn.code", "conn.token", "conn", "labels.token"] {
            let explanation = boot.explain(key);
            assert!(!explanation.to_string().contains("hunter2"), "{explanation}");
            assert!(explanation.hidden, "{explanation}");
        }
    }
    let boot = load(text(Format::Yaml, "vault: {hunter2: a}"));
    let origins = boot.origins();
    assert!(!format!("{origins:?}").contains("hunter2"), "{origins:?}");
    assert!(origins.iter().any(|(key, _)| key.to_string() == "vault"), "{origins:?}");
}

/// Quotes every secret that it sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(validate = quoting)]
struct Quoted {
    #[reload(restart)]
    port: u16,
    #[reload(restart, secret)]
    api_key: Option<Secret<String>>,
    #[reload(restart)]
    conn: Conn,
    #[reload(restart)]
    quote: String,
}

fn quoting(config: &Quoted) -> Result<(), Invalid> {
    let secret = |secret: &Option<Secret<String>>| {
        secret.as_ref().map(|secret| secret.expose().clone()).unwrap_or_default()
    };
    let found = format!("{}{}", secret(&config.api_key), secret(&config.conn.token));
    let first = found.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
    let text = match &*config.quote {
        "" => return Ok(()),
        "trimmed" => found.trim().to_owned(),
        "first line" => first,
        "json" => serde_json::to_string(&found).unwrap(),
        "debug" => format!("{found:?}"),
        "url" => format!("http://h/?q={}", found.trim().replace('/', "%2F").replace('+', "%2B")),
        "password" => found
            .split_once(':')
            .unwrap()
            .1
            .split_once(':')
            .unwrap()
            .1
            .split_once('@')
            .unwrap()
            .0
            .to_owned(),
        "number" => found.trim().trim_start_matches('+').parse::<f64>().unwrap().to_string(),
        "suffix" => format!("key_{found}_x"),
        other => other.to_owned(),
    };
    Err(Invalid::new().at("quote", format!("the server does not know <{text}>")))
}

#[test]
fn case_03_a_secret_in_another_form_is_taken_out_of_messages() {
    let cases = [
        ("api_key: |\n  hunter2\nport: hunter2", "hunter2"),
        ("api_key: |\n  hunter2\nquote: trimmed", "hunter2"),
        ("api_key: ' hunter2 '\nquote: trimmed", "hunter2"),
        ("api_key: \"first line\\nsecond line\"\nquote: first line", "first line>"),
        ("api_key: \"hun\\\"ter\\\\2\"\nquote: json", "ter"),
        ("api_key: \"hun\\\"ter\\\\2\"\nquote: debug", "ter"),
        ("api_key: hun/ter+2\nquote: url", "ter"),
        ("api_key: postgres://bob:hunter2@db/x\nquote: password", "hunter2"),
        ("api_key: +500\nquote: number", "500"),
        ("api_key: '1.50'\nquote: number", "1.5"),
        ("api_key: hunter2\nquote: suffix", "hunter2"),
        // Another name of a secret inside of a value.
        ("conn: {code: hunter2}\nquote: trimmed", "hunter2"),
    ];
    for (written, secret) in cases {
        let loader = Loader::<Quoted>::new().source(Text::new(Format::Yaml, written).named("c"));
        let found = refused(loader).to_string();
        assert!(!found.contains(secret), "{written}\n\n{found}");
        assert!(found.contains("[redacted]"), "{written}\n\n{found}");
    }
    let toml = "api_key = \"\"\"\nhunter2\n\"\"\"\nquote = 'trimmed'";
    let loader = Loader::<Quoted>::new().source(Text::new(Format::Toml, toml));
    assert!(!refused(loader).to_string().contains("hunter2"));
}

#[test]
fn case_17_f10_the_redaction_does_not_tell_the_secret() {
    let yaml = |written: &str| {
        let loader = Loader::<Quoted>::new().source(Text::new(Format::Yaml, written).named("c"));
        refused(loader).to_string()
    };
    let found = yaml("api_key: password\nquote: '`pkcs12` and `pkcs12_password` are needed'");
    assert!(found.ends_with("<`pkcs12` and `pkcs12_password` are needed>"), "{found}");
    // The library's own words are no quotes.
    let found = yaml("api_key: key\nprt: 1");
    assert_eq!(found, "c:2:1: prt: unknown key, did you mean `port`?");
}

/// A field that is not written is no secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tool {
    name: String,
    #[serde(default, skip_serializing)]
    compiled: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Tools {
    #[reload(hot, live)]
    tools: Vec<Tool>,
    #[serde(skip_serializing)]
    #[reload(hot, live)]
    x: u8,
    #[serde(flatten)]
    #[reload(nested)]
    more: More,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct More {
    #[reload(restart, secret)]
    password: String,
    #[serde(flatten)]
    #[reload(hot, live)]
    plugins: BTreeMap<String, Peer>,
}

#[test]
fn case_17_f3_a_field_that_is_not_serialized_is_no_secret() {
    let dir = Dir::new();
    let path = dir.write("a.yaml", "tools: [{name: a, compiled: b}]\nx: 1");
    crate::fixture::mode(&path, 0o644);
    let boot = load(Loader::<Tools>::new().file(&path));
    assert_eq!(crate::fixture::lines(boot.warnings()), "");
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    dir.write("a.yaml", "tools: [{name: a, compiled: b}]\nx: 2");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.problems(), []);
    let error = refused(Loader::<Tools>::new().text("yaml", "tools: [{name: a, compiled: [1]}]"));
    assert_eq!(
        error.to_string(),
        "text:1:29: tools[0].compiled: invalid type: list, expected a string"
    );
    // The schema says which fields are secrets in a keyword of its own.
    let schema = dlc_reload::schema::<Tools>().to_value();
    assert_eq!(schema["properties"]["password"]["x-secret"], true);
    assert_eq!(schema["properties"]["x"]["x-secret"], serde_json::Value::Null);
}

/// An observer that panics, of an author who quotes what it knows.
struct Panicking;

impl Observer for Panicking {
    fn reported(&self, _: &Report) {
        panic!("cannot log in with hunter2");
    }
}

impl QuotedHotHooks for Panicking {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct QuotedHot {
    #[reload(hot)]
    rate: u32,
    #[reload(restart, secret)]
    password: String,
}

#[test]
fn s7_the_panic_of_an_observer_is_redacted() {
    if !is_alone() {
        return passes(this_binary("case_secrets::s7_the_panic_of_an_observer_is_redacted"));
    }
    let lines = Lines::default();
    lines.hear_all();
    let memory = Memory::yaml("{rate: 1, password: hunter2}");
    let boot = load(Loader::<QuotedHot>::new().source(memory.clone()));
    let reloader = boot
        .reloader()
        .hooks(Arc::new(Panicking))
        .observer(Arc::new(Panicking))
        .restarts(Restarts::Ask(Box::new(|_| panic!("cannot restart with hunter2"))))
        .watch(Watching::Off)
        .start()
        .unwrap();
    memory.write("{rate: 2, password: hunter3}");
    reloader.reload(Trigger::api("test")).wait().unwrap();
    drop(reloader);
    let said = lines.take().join("\n");
    assert!(said.contains("an observer panicked: cannot log in with [redacted]"), "{said}");
    assert!(said.contains("the restart handler panicked"), "{said}");
    assert!(!said.contains("hunter"), "{said}");
}
