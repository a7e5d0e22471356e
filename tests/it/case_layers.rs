//! Sources that choose another variant of an enum than those before (case 13).

use dlc_reload::{
    Format, Loader, Reloadable,
    source::{Env, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Limit {
    Auto,
    Fixed(usize),
    Range { low: u32, high: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Store {
    Memory,
    Disk {
        path: String,
        #[serde(default)]
        sync: bool,
    },
    S3 {
        bucket: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    Http {
        url: String,
        #[serde(default)]
        retries: u32,
    },
    Console {
        #[serde(default)]
        color: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "with", rename_all = "snake_case")]
enum Auth {
    Basic { user: String },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Login {
    Name(String),
    Bearer {
        token: String,
        #[serde(default)]
        user: String,
    },
    Ports {
        ports: Vec<u16>,
    },
}

/// A struct with an enum in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Pool {
    size: u8,
    store: Option<Store>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    limit: Option<Limit>,
    #[reload(hot, live)]
    store: Option<Store>,
    #[reload(hot, live)]
    sink: Option<Sink>,
    #[reload(hot, live)]
    auth: Option<Auth>,
    #[reload(hot, live)]
    login: Option<Login>,
    #[reload(hot, live)]
    pool: Pool,
    #[reload(hot, live)]
    level: String,
    #[reload(hot, live)]
    any: serde_json::Value,
}

/// A text over another one.
fn two(first: &str, second: &str) -> Loader<Config> {
    let text = |text: &str, name: &str| Text::new(Format::Yaml, text).named(name);
    Loader::new().source(text(first, "a")).source(text(second, "b"))
}

fn env<const N: usize>(
    first: &str,
    variables: [(&'static str, &'static str); N],
) -> Loader<Config> {
    Loader::new().source(Text::new(Format::Yaml, first)).source(Env::new("APP").of(variables))
}

#[test]
fn case_13_a_later_source_chooses_another_variant() {
    let cases = [
        ("limit: auto", "limit: {fixed: 7}", Limit::Fixed(7)),
        ("limit: {fixed: 1}", "limit: auto", Limit::Auto),
        (
            "limit: {fixed: 1}",
            "limit: {range: {low: 1, high: 2}}",
            Limit::Range { low: 1, high: 2 },
        ),
        (
            "limit: {range: {low: 1, high: 2}}",
            "limit: {range: {high: 3}}",
            Limit::Range { low: 1, high: 3 },
        ),
    ];
    for (first, second, expected) in cases {
        assert_eq!(load(two(first, second)).limit, Some(expected), "{first} / {second}");
    }
    let disk = |sync| Some(Store::Disk { path: "p".into(), sync });
    let s3 = Some(Store::S3 { bucket: "b".into() });
    let cases = [
        ("store: {disk: {path: p}}", "store: memory", Some(Store::Memory)),
        ("store: memory", "store: {disk: {path: p}}", disk(false)),
        ("store: {disk: {path: p}}", "store: {s3: {bucket: b}}", s3.clone()),
        ("store: {disk: {path: p}}", "store: {disk: {sync: true}}", disk(true)),
        ("store: {disk: {path: p}}", "store: {disk: null, s3: {bucket: b}}", s3.clone()),
    ];
    for (first, second, expected) in cases {
        assert_eq!(load(two(first, second)).store, expected, "{first} / {second}");
    }
    let within =
        load(two("pool: {size: 1, store: {disk: {path: p}}}", "pool: {store: {s3: {bucket: b}}}"));
    assert_eq!(within.pool, Pool { size: 1, store: s3 });
}

#[test]
fn case_13_a_tag_that_changes_replaces_the_whole() {
    let console = |color| Some(Sink::Console { color });
    let http = |retries| Some(Sink::Http { url: "a".into(), retries });
    let base = "sink: {type: http, url: a, retries: 1}";
    assert_eq!(load(two(base, "sink: {type: console}")).sink, console(false));
    assert_eq!(load(two(base, "sink: {retries: 2}")).sink, http(2));
    assert_eq!(load(two(base, "sink: {type: http, retries: 2}")).sink, http(2));
    assert_eq!(load(two("sink: {type: console, color: true}", base)).sink, http(1));

    // All variables are one source, in whatever order they come.
    let variables = [("APP_SINK__COLOR", "true"), ("APP_SINK__TYPE", "console")];
    assert_eq!(load(env(base, variables)).sink, console(true));
    assert_eq!(load(env(base, [("APP_SINK__RETRIES", "3")])).sink, http(3));
    let set = |loader: Loader<Config>| loader.set("sink.color", true).set("sink.type", "console");
    assert_eq!(load(set(two(base, "{}"))).sink, console(true));

    let base = "auth: {kind: basic, with: {user: u}}";
    assert_eq!(load(two(base, "auth: {kind: nothing}")).auth, Some(Auth::Nothing));
    let basic = Some(Auth::Basic { user: "v".into() });
    assert_eq!(load(two(base, "auth: {with: {user: v}}")).auth, basic);

    let bearer = |user: &str| Some(Login::Bearer { token: "t".into(), user: user.into() });
    let base = "login: {token: t, user: u}";
    assert_eq!(load(two(base, "login: {user: w}")).login, bearer("w"));
    assert_eq!(load(two(base, "login: {ports: [1]}")).login, Some(Login::Ports { ports: vec![1] }));
    assert_eq!(load(two(base, "login: me")).login, Some(Login::Name("me".into())));
    assert_eq!(load(two("login: me", base)).login, bearer("u"));
}

#[test]
fn case_13_variables_choose_a_variant() {
    assert_eq!(load(env("limit: auto", [("APP_LIMIT__FIXED", "7")])).limit, Some(Limit::Fixed(7)));
    assert_eq!(load(env("limit: {fixed: 1}", [("APP_LIMIT", "auto")])).limit, Some(Limit::Auto));
    let s3 = [("APP_STORE", "{s3: {bucket: b}}")];
    let s3 = load(env("store: {disk: {path: p}}", s3));
    assert_eq!(s3.store, Some(Store::S3 { bucket: "b".into() }));
    let explained = s3.explain("store").to_string();
    assert!(explained.contains("shadowed by environment variable APP_STORE"), "{explained}");
}

#[test]
fn case_13_elsewhere_kinds_that_disagree_stay_an_error() {
    assert_eq!(
        problems(two("level: a", "level: {b: 1}")),
        "b:1:8: level: a map here, but a string in a:1:8, write the same kind in both"
    );
    assert_eq!(
        problems(two("any: {a: 1}", "any: 3")),
        "b:1:6: any: an integer here, but a map in a:1:6, write the same kind in both"
    );
    assert_eq!(
        problems(two("pool: {size: 1}", "pool: 3")),
        "b:1:7: pool: an integer here, but a map in a:1:7, write the same kind in both"
    );
}

/// A tagged enum among the fields of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Flat {
    #[reload(hot, live)]
    port: u16,
    #[serde(flatten)]
    #[reload(hot, live)]
    sink: Sink,
}

#[test]
fn case_13_beside_the_fields_of_a_section() {
    let loader = |second: &str| {
        let first = Text::new(Format::Yaml, "{port: 1, type: http, url: a}");
        Loader::<Flat>::new().source(first).source(Text::new(Format::Yaml, second))
    };
    let config = load(loader("{type: console, color: true}"));
    assert_eq!((config.port, &config.sink), (1, &Sink::Console { color: true }));
    let config = load(loader("{retries: 2}"));
    assert_eq!(config.sink, Sink::Http { url: "a".into(), retries: 2 });
    let flat = Loader::<Flat>::new()
        .text("yaml", "{port: 1, type: http, url: a}")
        .source(Env::new("APP").of([("APP_TYPE", "console"), ("APP_COLOR", "true")]));
    assert_eq!(load(flat).sink, Sink::Console { color: true });
}
