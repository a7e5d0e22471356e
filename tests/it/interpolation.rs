//! Texts that refer to environment variables and to files.

mod files;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Invalid, Limits, Loader, ProblemKind, Reloadable, Secret, Trigger, Verdict, Watching,
    source::{Directory, Env, Intake, Interpolated, Source, Text},
    testing::Memory,
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, lines, load, problems, refused, warnings},
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(validate = Self::check)]
struct Config {
    #[reload(hot, live)]
    port: u16,
    #[reload(hot, live)]
    debug: bool,
    #[reload(hot, live)]
    motd: String,
    #[reload(hot, live)]
    hosts: Vec<String>,
    #[reload(hot, live)]
    weights: BTreeMap<String, f64>,
    #[reload(restart)]
    address: Option<SocketAddr>,
    #[reload(restart, secret)]
    token: Secret<String>,
}

impl Config {
    /// Refuses with words that quote the secret, and one that is in it.
    fn check(&self) -> Result<(), Invalid> {
        let token = self.token.expose();
        if self.motd != "check" {
            return Ok(());
        }
        let part = token.split(';').nth(1).unwrap_or("nothing");
        Err(Invalid::new().at("motd", format!("said {token} and {part}")))
    }
}

/// A text in YAML, under these variables.
fn yaml<const N: usize>(text: &str, variables: [(&str, &str); N]) -> Loader<Config> {
    Loader::new().source(Interpolated::new(Text::new("yaml", text)).of(variables))
}

#[test]
fn point_11_a_reference_becomes_what_the_field_wants_in_every_format() {
    let variables = [("PORT", "0x50"), ("DEBUG", "true"), ("MOTD", "1.20"), ("HALF", "0.5")];
    let texts = [
        (
            "yaml",
            "port: ${PORT}\ndebug: \"${DEBUG}\"\nmotd: ${MOTD}\nhosts: ['${MOTD}', b]\nweights: {a: '${HALF}'}",
        ),
        (
            "toml",
            "port = '${PORT}'\ndebug = '${DEBUG}'\nmotd = '${MOTD}'\nhosts = ['${MOTD}', 'b']\nweights.a = '${HALF}'",
        ),
        (
            "json",
            r#"{"port": "${PORT}", "debug": "${DEBUG}", "motd": "${MOTD}", "hosts": ["${MOTD}", "b"], "weights": {"a": "${HALF}"}}"#,
        ),
    ];
    for (format, text) in texts {
        let text = Text::new(format, text);
        let config = load(Loader::<Config>::new().source(Interpolated::new(text).of(variables)));
        let Config { port, debug, motd, hosts, weights, .. } = &*config;
        assert_eq!((*port, *debug, motd.as_str()), (80, true, "1.20"), "{format}");
        assert_eq!(hosts, &["1.20", "b"], "{format}");
        assert_eq!(weights, &BTreeMap::from([("a".to_owned(), 0.5)]), "{format}");
    }
}

#[test]
fn point_11_text_around_it_makes_a_string_and_an_escape_is_text() {
    let variables = [("HOST", "a.example"), ("PORT", "80"), ("EMPTY", ""), ("SAME", "${HOST}")];
    for (written, expected) in [
        ("http://${HOST}:${PORT}/", "http://a.example:80/"),
        ("${HOST}${PORT}", "a.example80"),
        ("$${HOST}", "${HOST}"),
        ("costs $5 or $$${PORT}", "costs $5 or $${PORT}"),
        ("a${EMPTY}b", "ab"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x y}", "x y"),
        ("${NONE:-}", ""),
        ("${NONE:-80}", "80"),
        ("${PORT:-81}", "80"),
        // What is put in is not looked at again.
        ("${SAME}", "${HOST}"),
        ("|-\n  one\n  ${HOST}", "one\na.example"),
    ] {
        let loader = yaml(&format!("motd: {written}"), variables);
        assert_eq!(load(loader).motd, expected, "{written}");
    }
    let found = problems(yaml("port: 1${PORT}", variables));
    let expected = "text:1:7: port: invalid type: string, expected an integer from 0 to 65535 (from `${PORT}`)";
    assert_eq!(found, expected);
    // Keys are names and not values.
    assert!(load(yaml("weights: {'${HOST}': 1}", variables)).weights.contains_key("${HOST}"));
    // An anchor is put in where it is repeated.
    let loader = yaml("x-host: &host ${HOST}\nmotd: *host\nhosts: [*host]", variables);
    let config = load(loader);
    assert_eq!(
        (config.motd.as_str(), &*config.hosts),
        ("a.example", &["a.example".to_owned()][..])
    );
}

#[test]
fn point_11_what_a_variable_holds_is_never_more_than_one_value() {
    for value in
        ["[a, b]", "{a: 1}", "a: 1", "x\nport: 1", "\"", "a # b", "- a", "a,b", "null", "~"]
    {
        let loader = yaml("motd: ${X}\nhosts: ['${X}']", [("X", value)]);
        let config = load(loader);
        assert_eq!((config.motd.as_str(), &*config.hosts), (value, &[value.to_owned()][..]));
        assert_eq!(config.port, 0);
        let json = Text::new("json", r#"{"motd": "${X}"}"#);
        let config =
            load(Loader::<Config>::new().source(Interpolated::new(json).of([("X", value)])));
        assert_eq!(config.motd, value);
    }
    let found = problems(yaml("hosts: ${X}\nweights: ${X}", [("X", "{a: 1}")]));
    let expected = "\
text:1:8: hosts: invalid type: string, expected a list (from `${X}`)
text:2:10: weights: invalid type: string, expected a map (from `${X}`)";
    assert_eq!(found, expected);
}

#[test]
fn point_11_a_mistake_is_told_once_at_its_place_with_the_remedy() {
    let open = "`${` without `}`: close it, or write `$${` for the text `${` itself";
    let unset = |name: &str| {
        format!("environment variable {name} is not set: set it, or write `${{{name}:-default}}`")
    };
    for (text, expected) in [
        ("port: ${PORT}", format!("1:7: port: {}", unset("PORT"))),
        ("hosts: [a, '${PORT}']", format!("1:12: hosts[1]: {}", unset("PORT"))),
        ("token: ${PORT}", format!("1:8: token: {}", unset("PORT"))),
        ("motd: ${A}${B}", format!("1:7: motd: {}\ntext:1:7: motd: {}", unset("A"), unset("B"))),
        ("x-a: &a ${A}\nmotd: *a", format!("2:7: motd: {}", unset("A"))),
        ("token: hunter${2", format!("1:8: token: {open}")),
        ("motd: \"${PORT\"", format!("1:7: motd: {open}")),
    ] {
        let error = refused(yaml(text, []));
        assert_eq!(error.to_string(), format!("text:{expected}"), "{text}");
    }
    for (text, beginning) in [
        ("token: ${hun-ter2}", "1:8: token: no name stands between `${` and `}`: write `${NAME}`"),
        ("token: ${A:-${hunter2}}", "1:8: token: `${` stands in another one"),
    ] {
        let error = refused(yaml(text, []));
        assert!(error.to_string().starts_with(&format!("text:{beginning}")), "{error}");
        assert!(!error.to_string().contains("hun"), "{error}");
        assert_eq!(error.problems()[0].kind, ProblemKind::Syntax);
    }
    assert_eq!(refused(yaml("port: ${PORT}", [])).problems()[0].kind, ProblemKind::Missing);
    // All that is wrong elsewhere is told, too.
    let found = problems(yaml("port: ${PORT}\ndebug: 1\nprot: 2", []));
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn point_11_a_wrong_type_names_the_reference_and_never_the_value() {
    let variables =
        [("PORT", "hunter2"), ("BIG", "70000"), ("ADDRESS", "hunter2:x"), ("DEBUG", "yes")];
    let text =
        "port: ${PORT}\ndebug: ${DEBUG}\naddress: ${ADDRESS}\nweights: {a: 'x${PORT}y${BIG}'}";
    let error = refused(yaml(text, variables));
    let expected = "\
text:1:7: port: invalid type: string, expected an integer from 0 to 65535 (from `${PORT}`)
text:2:8: debug: invalid type: string, expected `true` or `false` (from `${DEBUG}`)
text:3:10: address: invalid socket address syntax (from `${ADDRESS}`)
text:4:14: weights.a: invalid type: string, expected a number (from `${PORT}` and `${BIG}`)";
    assert_eq!(error.to_string(), expected);
    assert!(!error.excerpts().to_string().contains("hunter2"), "{}", error.excerpts());
    let found = problems(yaml("port: ${BIG:-hunter2}", variables));
    let expected = "text:1:7: port: invalid value: integer, expected an integer from 0 to 65535 (from `${BIG}`)";
    assert_eq!(found, expected);
    let found = problems(yaml("port: ${NONE:-hunter2}", variables));
    assert!(found.ends_with("65535 (from `${NONE}`)") && !found.contains("hunter2"), "{found}");
    // What is only escaped is shown like any text.
    let found = problems(yaml("port: $${PORT}", variables));
    assert!(found.contains("invalid type: string \"${PORT}\", expected"), "{found}");
    // A validator says it of a value that fits.
    let found = problems(yaml("motd: ${MOTD}", [("MOTD", "check")]));
    assert_eq!(found, "text:1:7: motd: said  and nothing (from `${MOTD}`)");
}

/// What buffers its values before it reads them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Sink {
    File { path: String, size: u32 },
    Log { level: u8 },
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Sinks {
    #[reload(restart)]
    sinks: Vec<Sink>,
}

#[test]
fn point_11_references_inside_of_enums_are_placed_too() {
    let sinks = |text: &str, variables| {
        let text = Text::new("yaml", text);
        Loader::<Sinks>::new().source(Interpolated::new(text).of(variables))
    };
    let variables = [("TYPE", "file"), ("SIZE", "7"), ("PATH", "/a"), ("BAD", "hunter2")];
    let text =
        "sinks:\n- type: ${TYPE}\n  path: ${PATH}\n  size: ${SIZE}\n- type: log\n  level: ${SIZE}";
    let expected = [Sink::File { path: "/a".into(), size: 7 }, Sink::Log { level: 7 }];
    assert_eq!(load(sinks(text, variables)).sinks, expected);
    let found = problems(sinks(&text.replace("SIZE", "BAD"), variables));
    let expected = "\
text:4:9: sinks[0].size: invalid type: string, expected an integer from 0 to 4294967295 (from `${BAD}`)
text:6:10: sinks[1].level: invalid type: string, expected an integer from 0 to 255 (from `${BAD}`)";
    assert_eq!(found, expected);
    let found = problems(sinks(&text.replace("TYPE", "BAD"), variables));
    let expected =
        "text:2:9: sinks[0].type: unknown variant, expected one of `file`, `log` (from `${BAD}`)";
    assert_eq!(found, expected);
    let found = problems(sinks(&text.replace("SIZE", "NONE"), variables));
    let unset = "environment variable NONE is not set: set it, or write `${NONE:-default}`";
    let expected = format!("text:4:9: sinks[0].size: {unset}\ntext:6:10: sinks[1].level: {unset}");
    assert_eq!(found, expected);
    let found = problems(sinks(&text.replace("TYPE", "NONE"), variables));
    assert_eq!(found, format!("text:2:9: sinks[0].type: {unset}"));
}

#[test]
fn point_11_a_value_in_brackets_of_yaml_needs_quotes_and_says_so() {
    for text in ["hosts: [${X}]", "weights: {a: ${X}}"] {
        let found = problems(yaml(text, [("X", "1")]));
        assert!(
            found.ends_with(", quote a text with `${` in it where it stands in brackets"),
            "{found}"
        );
    }
}

#[test]
fn point_11_a_secret_that_is_put_in_is_as_secret_as_any_other() {
    let variables = [("TOKEN", "hunter2"), ("PASSWORD", "swordfish9")];
    let found = problems(yaml("motd: check\ntoken: ${TOKEN}", variables));
    assert_eq!(found, "text:1:7: motd: said [redacted] and nothing");
    // So is a part of one.
    let text = "motd: check\ntoken: host=a;${PASSWORD};user=b";
    let found = problems(yaml(text, variables));
    assert_eq!(found, "text:1:7: motd: said [redacted] and [redacted]");

    let boot = load(yaml("token: ${TOKEN}", variables));
    assert_eq!(boot.token.expose(), "hunter2");
    let explained = boot.explain("token").to_string();
    assert!(explained.contains("text:1:8") && !explained.contains("hunter2"), "{explained}");
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let status = serde_json::to_string(&reloader.status()).unwrap();
    assert!(!status.contains("hunter2"), "{status}");

    let empty = problems(yaml("token: ${TOKEN}", [("TOKEN", "")]));
    assert_eq!(empty, "text:1:8: token: a secret cannot be empty, and `${TOKEN}` is: set it");
}

#[test]
fn point_11_an_empty_variable_is_not_set_where_the_author_says_so() {
    let loader = || yaml("motd: ${X}", [("X", "")]);
    assert_eq!(load(loader()).motd, "");
    let found = problems(loader().ignore_empty_variables());
    assert!(found.contains("environment variable X is not set"), "{found}");
}

#[test]
fn point_11_only_the_source_before_it_is_interpolated() {
    let dir = Dir::new();
    let drop_ins = dir.join("d");
    dir.write("d/10.yaml", "motd: ${X}");
    dir.write("d/20.toml", "hosts = ['${X}']");
    let text = |text: &str| Text::new("yaml", text);
    let boot = load(
        Loader::<Config>::new()
            .source(text("motd: ${Y}\nhosts: ['${Y}']"))
            .source(Interpolated::new(Directory::new(&drop_ins)).of([("X", "x")]))
            .source(text("weights: {'a': 1}\nmotd: ${Z}")),
    );
    assert_eq!((boot.motd.as_str(), &*boot.hosts), ("${Z}", &["x".to_owned()][..]));
    // Neither variables nor what is set in code.
    let env = Env::new("T").of([("T_MOTD", "${X}")]);
    let boot = load(yaml("port: 1", []).source(env).set("hosts", ["${X}"]));
    assert_eq!((boot.motd.as_str(), &*boot.hosts), ("${X}", &["${X}".to_owned()][..]));

    let found = problems(Loader::<Config>::new().interpolate().text("yaml", "port: 1"));
    assert_eq!(found, "`interpolate` is about the source before it, and there is none");
    let found = problems(Loader::<Config>::new().text("yaml", "port: 1").env("T").interpolate());
    assert!(found.starts_with("`interpolate` is about texts, and environment"), "{found}");
}

#[test]
fn point_11_a_variable_that_is_missing_is_an_error_where_a_later_source_wins_too() {
    let later = |text: &str, variables| yaml(text, variables).text("yaml", "port: 1");
    let found = problems(later("port: ${PORT}", []));
    assert!(found.starts_with("text:1:7: port: environment variable PORT is not set"), "{found}");
    assert_eq!(found.lines().count(), 1, "{found}");
    let found = warnings(yaml("port: ${PORT}", [("PORT", "hunter2")]).set("port", 1));
    let expected = "text:1:7: warning: port: invalid type: string, expected an integer from 0 to 65535 (without effect, because override wins) (from `${PORT}`)";
    assert_eq!(found, expected);
}

#[test]
fn point_11_the_variables_of_the_process_are_read() {
    if !is_alone() {
        let name = "interpolation::point_11_the_variables_of_the_process_are_read";
        let mut command = this_binary(name);
        command.env("INTERPOLATED_PORT", "8080").env_remove("INTERPOLATED_NONE");
        return passes(command);
    }
    let dir = Dir::new();
    let path =
        dir.write("a.toml", "port = '${INTERPOLATED_PORT}'\nmotd = '${INTERPOLATED_NONE:-x}'");
    let boot = load(Loader::<Config>::new().file(&path).interpolate().optional_file("none.yaml"));
    assert_eq!((boot.port, boot.motd.as_str()), (8080, "x"));
    let explained = dir.strip(&boot.explain("port").to_string());
    let row = "> a.toml:1:8  8080  wins: no later source sets it (from `${INTERPOLATED_PORT}`)";
    assert!(explained.contains(row), "{explained}");
    let json = serde_json::to_value(boot.explain("port")).unwrap();
    assert_eq!(json["rows"][1]["from"], serde_json::json!(["${INTERPOLATED_PORT}"]));
}

/// A source whose variables a test changes.
#[derive(Clone)]
struct Changing(Arc<Mutex<Interpolated>>, Memory);

impl Changing {
    fn new(text: &str) -> Self {
        let memory = Memory::yaml(text);
        Self(Arc::new(Mutex::new(Interpolated::new(memory.clone()))), memory)
    }

    fn set<const N: usize>(&self, variables: [(&str, &str); N]) {
        *self.0.lock().unwrap() = Interpolated::new(self.1.clone()).of(variables);
    }
}

impl Source for Changing {
    fn read(&self, intake: &mut Intake<'_>) {
        self.0.lock().unwrap().read(intake);
    }
}

#[test]
fn point_11_a_text_that_stays_is_filled_anew() {
    let source = Changing::new("motd: ${X}\nport: ${P:-1}");
    source.set([("X", "one")]);
    let boot = load(Loader::<Config>::new().source(source.clone()));
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let reload = || reloader.reload(Trigger::api("a test")).wait().unwrap();
    let motd = || reloader.handle().load().motd.clone();
    assert_eq!(reload().verdict(), Verdict::Unchanged);

    source.set([("X", "two")]);
    let report = reload();
    assert!(report.to_string().ends_with("~ motd  \"one\" → \"two\"  memory:1:7"), "{report}");
    assert_eq!(motd(), "two");
    source.set([]);
    let report = reload();
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert!(lines(report.problems()).contains("environment variable X is not set"), "{report}");
    source.set([("X", "two"), ("P", "x")]);
    let report = reload();
    assert!(lines(report.problems()).contains("(from `${P}`)"), "{report}");
    source.set([("X", "two"), ("P", "1")]);
    assert_eq!(reload().verdict(), Verdict::Unchanged);
    source.set([("X", "three"), ("P", "1")]);
    assert_eq!((reload().verdict(), motd().as_str()), (Verdict::Applied, "three"));
    let report = reloader.rollback_to(2, Trigger::api("a test")).wait().unwrap();
    let expected = "~ motd  \"three\" → \"two\"  memory:1:7 as of generation 2";
    assert!(report.to_string().ends_with(expected), "{report}");
}

#[test]
fn point_11_what_is_put_in_counts_against_the_limits() {
    let limits = Limits::default().with_bytes(2000);
    let big = "x".repeat(100);
    let text = |times: usize| format!("hosts: [{}]", vec!["'${BIG}'"; times].join(", "));
    let loader = |times| yaml(&text(times), [("BIG", &*big)]).limits(limits.clone());
    assert_eq!(load(loader(10)).hosts.len(), 10);
    let found = problems(loader(30));
    assert!(found.contains("with this, all sources are larger than 2000 bytes"), "{found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}
