//! Keys that are still read, and that sources should not set any more.

use dlc_reload::{
    Boot, Loader, Reloadable, Severity, Trigger, UnknownKeys, Verdict, Watching, source::Env,
    testing::Memory,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Limits {
    #[reload(hot, live)]
    rate: u32,
    #[deprecated(since = "2.0.0", note = "use `limits.rate`")]
    #[serde(alias = "requests")]
    #[reload(hot, live)]
    rps: Option<u32>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Tls {
    #[reload(restart)]
    cert: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    /// The port to listen on.
    #[reload(restart)]
    port: u16,
    #[deprecated = "it has no effect"]
    #[reload(restart)]
    ports: Vec<u16>,
    #[deprecated]
    #[reload(restart)]
    listen: Option<String>,
    #[reload(nested)]
    limits: Limits,
    #[deprecated(note = "TLS ends at the proxy")]
    #[reload(nested)]
    tls: Option<Tls>,
    #[reload(nested)]
    #[serde(flatten)]
    flat: Flat,
    #[deprecated(note = "nobody is told")]
    #[reload(nested)]
    #[serde(flatten)]
    old: Old,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Old {
    #[reload(restart)]
    mail: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Flat {
    #[deprecated(note = "use `port`")]
    #[reload(restart)]
    bind: Option<u16>,
}

fn warnings(boot: &Boot<Config>) -> Vec<String> {
    assert!(boot.warnings().iter().all(|warning| warning.severity == Severity::Warning));
    boot.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn case_17_a_deprecated_key_warns_at_its_place() {
    let text = "\
port: 80
ports: [80]
listen: a
limits:
  rate: 1
  requests: 2
tls:
  cert: a.pem
bind: 1
mail: a
";
    let boot = Loader::<Config>::new().text("yaml", text).load().unwrap();
    assert_eq!(
        warnings(&boot),
        [
            "text:2:1: warning: ports: deprecated: it has no effect",
            "text:3:1: warning: listen: deprecated, remove it",
            "text:6:3: warning: limits.rps: deprecated: use `limits.rate`",
            "text:7:1: warning: tls: deprecated: TLS ends at the proxy",
            "text:9:1: warning: bind: deprecated: use `port`",
            "text:10:1: warning: mail: deprecated: nobody is told",
        ]
    );
    assert_eq!(boot.limits.rate, 1);
}

#[test]
fn case_17_a_deprecated_key_warns_in_a_variable_too_and_not_where_it_is_null() {
    let boot = Loader::<Config>::new()
        .text("yaml", "listen: null\nlimits: {rps: 1}")
        .source(Env::new("T").of([("T_LIMITS__RPS", "2")]))
        .load()
        .unwrap();
    assert_eq!(
        warnings(&boot),
        ["environment variable T_LIMITS__RPS: warning: limits.rps: deprecated: use `limits.rate`"]
    );
}

#[test]
fn case_17_a_deprecated_key_is_not_proposed() {
    let warned = |text: &str| {
        let loader = Loader::<Config>::new().unknown_keys(UnknownKeys::Warn);
        warnings(&loader.text("yaml", text).load().unwrap())
    };
    assert_eq!(
        warned("color: red"),
        ["text:1:1: warning: color: unknown key, remove it or write one of `port`, `limits`"]
    );
    assert_eq!(
        warned("limits: {rpss: 1}"),
        ["text:1:10: warning: limits.rpss: unknown key, remove it or write one of `rate`"]
    );
}

#[test]
fn case_17_a_reload_warns_of_a_deprecated_key_and_is_accepted() {
    let board = Memory::yaml("port: 80");
    let boot = Loader::<Config>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write("{port: 80, limits: {rate: 2, rps: 1}}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    let shown: Vec<_> = report.problems().iter().map(|problem| &*problem.message).collect();
    assert_eq!(shown, ["deprecated: use `limits.rate`"]);
}

#[test]
fn case_17_the_schema_and_the_reference_say_what_is_deprecated() {
    let schema = dlc_reload::schema::<Config>().to_value();
    assert_eq!(schema["properties"]["ports"]["deprecated"], true);
    assert_eq!(schema["properties"]["port"].get("deprecated"), None);
    let reference = dlc_reload::reference::<Config>();
    let row = |key: &str| reference.lines().find(|line| line.contains(key)).unwrap();
    assert!(row("`ports`").ends_with("| deprecated: it has no effect |"), "{reference}");
    assert!(row("`listen`").ends_with("| deprecated |"), "{reference}");
    assert!(row("`port`").ends_with("| The port to listen on. |"), "{reference}");
}
