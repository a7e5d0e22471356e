//! Keys of an earlier version of a configuration: renamed, on their way out, or gone.

use dlc_reload::{
    Boot, Loader, Reloadable, Severity, Trigger, Verdict, Watching, source::Env, testing::Memory,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(removed(workers = "the number of threads follows from the machine"))]
struct Server {
    /// The port to listen on.
    #[reload(hot, live, renamed_from = "listen-port", renamed_from = "listen_port")]
    port: u16,
    #[reload(restart, secret, renamed_from = "key")]
    token: String,
    #[reload(restart, deprecated = "use `port`")]
    socket: Option<u16>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(removed(legacy = "it had no effect", "old-mode" = "write `mode`"))]
struct Config {
    #[reload(nested, renamed_from = "http")]
    server: Server,
    #[reload(restart)]
    mode: String,
}

fn load(text: &str) -> Result<Boot<Config>, dlc_reload::Error> {
    Loader::new().text("yaml", text).load()
}

fn warnings(boot: &Boot<Config>) -> Vec<String> {
    boot.warnings().iter().map(ToString::to_string).collect()
}

fn refusal(text: &str) -> Vec<String> {
    let error = load(text).expect_err("it is refused");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn a_former_name_is_read_with_a_warning_at_its_line() {
    let boot = load("http:\n  listen-port: 81\n  socket: 1\n").unwrap();
    assert_eq!(boot.server.port, 81);
    assert_eq!(
        warnings(&boot),
        [
            "text:1:1: warning: http: renamed, write `server`",
            "text:2:3: warning: server.listen-port: renamed, write `port`",
            "text:3:3: warning: server.socket: deprecated: use `port`",
        ]
    );
    assert_eq!(boot.explain("server.listen_port").key.to_string(), "server.port");
}

#[test]
fn a_former_name_beside_the_new_one_is_an_error() {
    assert_eq!(
        refusal("server:\n  port: 80\n  listen-port: 81\n"),
        [
            "text:3:3: `listen-port` is the former name of `port`, which is set in line 2: remove one of the two"
        ]
    );
}

#[test]
fn a_later_source_replaces_a_value_under_its_former_name() {
    let loader = Loader::<Config>::new()
        .text("yaml", "{http: {port: 1, listen-port: null}}")
        .text("yaml", "{server: {port: 2}}")
        .text("yaml", "{server: {listen_port: 3}}");
    let error = loader.load().expect_err("the first one has both");
    let errors = error.problems().iter().filter(|one| one.severity == Severity::Error);
    assert_eq!(errors.count(), 1, "{error}");
    let loader = Loader::<Config>::new()
        .text("yaml", "{http: {listen-port: 1}}")
        .text("yaml", "{server: {port: 2}}");
    assert_eq!(loader.load().unwrap().server.port, 2);
}

#[test]
fn a_variable_and_a_set_key_may_have_a_former_name() {
    let boot = Loader::<Config>::new()
        .source(
            Env::new("T").of([("T_HTTP__LISTEN_PORT", "81"), ("T_SERVER__KEY", "sesame-street")]),
        )
        .load()
        .unwrap();
    assert_eq!((boot.server.port, &*boot.server.token), (81, "sesame-street"));
    let shown = warnings(&boot);
    assert_eq!(
        shown,
        [
            "environment variable T_HTTP__LISTEN_PORT: warning: http: renamed, write `server`",
            "environment variable T_HTTP__LISTEN_PORT: warning: server.listen-port: renamed, write `port`",
            "environment variable T_SERVER__KEY: warning: server.key: renamed, write `token`",
        ]
    );
    let boot = Loader::<Config>::new().set("http.port", 82).load().unwrap();
    assert_eq!(boot.server.port, 82);
    assert_eq!(warnings(&boot), ["override: warning: http: renamed, write `server`"]);
    let both = [("T_SERVER__PORT", "1"), ("T_SERVER__LISTEN_PORT", "2")];
    let error = Loader::<Config>::new().source(Env::new("T").of(both)).load().unwrap_err();
    assert!(error.to_string().contains("remove one of the two"), "{error}");
}

#[test]
fn a_removed_key_says_why_it_is_gone() {
    assert_eq!(
        refusal("legacy: 1\nold-mode: x\nserver:\n  workers: 4\n"),
        [
            "text:1:1: legacy: removed: it had no effect",
            "text:2:1: old-mode: removed: write `mode`",
            "text:4:3: server.workers: removed: the number of threads follows from the machine",
        ]
    );
    let variables = [("T_OLD_MODE", "x"), ("T_HTTP__WORKERS", "4")];
    let error = Loader::<Config>::new().source(Env::new("T").of(variables)).load().unwrap_err();
    let shown: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "environment variable T_HTTP__WORKERS: removed: the number of threads follows from the machine",
            "environment variable T_OLD_MODE: removed: write `mode`",
        ]
    );
    let error = Loader::<Config>::new().set("legacy", 1).load().unwrap_err();
    assert_eq!(error.to_string(), "override: legacy: removed: it had no effect");
}

#[test]
fn a_reload_reads_a_former_name_too() {
    let board = Memory::yaml("{server: {port: 80}}");
    let boot = Loader::<Config>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write("{http: {listen-port: 81}}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(reloader.handle().load().server.port, 81);
    assert_eq!(report.problems().len(), 2, "{report}");
}

#[test]
fn the_schema_and_the_reference_know_the_keys_of_before() {
    let schema = dlc_reload::schema::<Config>().to_value();
    let server = &schema["$defs"]["Server"]["properties"];
    assert_eq!(schema["properties"]["http"]["deprecated"], true);
    assert_eq!(server["listen-port"]["deprecated"], true);
    assert_eq!(server["listen-port"]["x-reload"], "hot");
    assert_eq!(server["key"]["writeOnly"], true);
    assert_eq!(server["socket"]["deprecated"], true);
    assert_eq!(schema["properties"]["legacy"]["not"], serde_json::json!({}));
    assert_eq!(schema["properties"]["legacy"]["description"], "Removed: it had no effect");
    let reference = dlc_reload::reference::<Config>();
    let row = |key: &str| reference.lines().find(|line| line.contains(key)).unwrap().to_owned();
    assert!(
        row("`server.port`")
            .ends_with("| formerly `listen-port`, `listen_port`; The port to listen on. |"),
        "{reference}"
    );
    assert_eq!(row("`legacy`"), "- `legacy` is gone: it had no effect");
    assert_eq!(
        row("`server.workers`"),
        "- `server.workers` is gone: the number of threads follows from the machine"
    );
}
