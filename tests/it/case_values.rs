//! Values that only serde knows the types of, by the number of their case: in enums, below `flatten`, behind other
//! types.

use std::collections::BTreeMap;

use dlc_reload::{
    Format, Loader, Reloadable, UnknownKeys,
    source::{Env, Text},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fixture::{load, problems, warnings};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Store {
    Memory,
    Disk {
        path: String,
        #[serde(default)]
        sync: bool,
    },
    S3(Bucket),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Bucket {
    bucket: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    Http {
        url: String,
        #[serde(alias = "key")]
        #[schemars(extend("x-aliases" = ["key"]))]
        token: String,
        #[serde(default)]
        retries: u32,
    },
    Console {
        #[serde(default)]
        pretty: bool,
    },
    File(Bucket),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "with", rename_all = "snake_case")]
enum Auth {
    Basic { user: String, pin: String },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Login {
    Bearer {
        token: String,
        #[serde(default)]
        user: String,
    },
    Ports {
        ports: Vec<u16>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Peer {
    name: String,
    #[serde(flatten)]
    more: More,
    #[serde(flatten)]
    at: Option<Point>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct More {
    #[serde(default)]
    version: String,
    #[serde(default)]
    zone: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    store: Option<Store>,
    #[reload(hot, live)]
    sink: Option<Sink>,
    #[reload(hot, live)]
    sinks: Vec<Sink>,
    #[reload(hot, live)]
    by_name: BTreeMap<String, Sink>,
    #[reload(hot, live)]
    auth: Option<Auth>,
    #[reload(hot, live)]
    login: Option<Login>,
    #[reload(hot, live)]
    hosts: Option<OneOrMany>,
    #[reload(hot, live)]
    peer: Peer,
    #[reload(hot, live)]
    any: serde_json::Value,
}

fn yaml<C: Reloadable>(written: &str) -> Loader<C> {
    Loader::new().source(Text::new(Format::Yaml, written))
}

#[test]
fn case_04_an_unknown_key_of_a_variant() {
    let cases = [
        (
            "store: {disk: {path: a, snyc: true}}",
            "text:1:25: store.disk.snyc: unknown key, did you mean `sync`?",
        ),
        (
            "store: {s3: {bucket: a, oops: 1}}",
            "text:1:25: store.s3.oops: unknown key, remove it or write one of `bucket`",
        ),
        (
            "sink: {type: console, prety: true}",
            "text:1:23: sink.prety: unknown key, did you mean `pretty`?",
        ),
        (
            "sink: {prety: true, type: console}",
            "text:1:8: sink.prety: unknown key, did you mean `pretty`?",
        ),
        ("sink: {type: file, bucket: a, url: b}", "text:1:31: sink.url: unknown key, remove it"),
        (
            "sinks:\n- {type: console}\n- {type: console, prety: true}",
            "text:3:19: sinks[1].prety: unknown key, did you mean `pretty`?",
        ),
        (
            "by_name: {a: {type: console, prety: true}}",
            "text:1:30: by_name.a.prety: unknown key, did you mean `pretty`?",
        ),
        (
            "auth: {kind: basic, with: {user: a, pin: b, pinn: c}}",
            "text:1:45: auth.with.pinn: unknown key, remove it",
        ),
        (
            "auth: {with: {user: a, pin: b, pinn: c}, kind: basic}",
            "text:1:32: auth.with.pinn: unknown key, remove it",
        ),
        (
            "auth: {kind: nothing, wiht: 1}",
            "text:1:23: auth.wiht: unknown key, did you mean `with`?",
        ),
        ("login: {token: x, usr: y}", "text:1:19: login.usr: unknown key, did you mean `user`?"),
        (
            "peer: {name: a, version: v, zon: z}",
            "text:1:29: peer.zon: unknown key, did you mean `zone`?",
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Config>(written)), expected, "{written}");
        let warned = expected.replacen(": ", ": warning: ", 1);
        let loader = yaml::<Config>(written).unknown_keys(UnknownKeys::Warn);
        assert_eq!(warnings(loader), warned, "{written}");
    }
}

#[test]
fn case_04_what_a_variant_takes_is_known() {
    let written = "\
store: {disk: {path: a, sync: true}}
sink: {type: http, url: a, key: b}
sinks: [{url: a, retries: 3, token: b, type: http}, {type: console, pretty: true}, {type: file, bucket: x}]
by_name: {a: {type: console}}
auth: {with: {user: a, pin: b}, kind: basic}
login: {token: a}
hosts: [a, b]
peer: {name: a, zone: z, x: 1, y: 2}
any: {a: {b: [{c: 1}]}}
";
    let boot = load(yaml::<Config>(written));
    assert_eq!(crate::fixture::lines(boot.warnings()), "");
    let Some(Sink::Http { token, .. }) = &boot.sink else { panic!("{:?}", boot.sink) };
    assert_eq!(token, "b", "an alias, which no schema names");
}

/// A tagged enum that stands among the fields of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Flat {
    #[reload(restart)]
    port: u16,
    #[serde(flatten)]
    #[reload(hot, live)]
    sink: Sink,
}

#[test]
fn case_17_f1_an_unknown_key_beside_a_flattened_enum() {
    assert_eq!(
        problems(yaml::<Flat>("port: 1\ntype: console\nprety: true")),
        "text:3:1: prety: unknown key, did you mean `pretty`?"
    );
    assert_eq!(
        problems(yaml::<Flat>("prot: 1\ntype: console\nport: 2")),
        "text:1:1: prot: unknown key, remove it or write one of `pretty`"
    );
    load(yaml::<Flat>("port: 1\ntype: console\npretty: true"));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(restart)]
    cert: String,
    #[reload(restart)]
    key_file: String,
    #[serde(default)]
    #[reload(restart)]
    rounds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Server {
    #[reload(restart)]
    port: u16,
    #[serde(flatten)]
    #[reload(restart, nested)]
    tls: Option<Tls>,
}

#[test]
fn case_05_half_of_a_flattened_section() {
    let cases = [
        ("port: 443\ncert: c", "text:1:1: key_file: required, but no source sets it"),
        (
            "port: 443\ncert: c\nkey_file: k\nrounds: two",
            "text:4:9: rounds: invalid type: string \"two\", expected an integer from 0 to 4294967295",
        ),
        (
            "port: 443\nrounds: 2",
            "text:1:1: cert: required, but no source sets it\ntext:1:1: key_file: required, but no source sets it",
        ),
        // Something else that is wrong does not make an absent section required.
        (
            "port: x",
            "text:1:7: port: invalid type: string \"x\", expected an integer from 0 to 65535",
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Server>(written)), expected, "{written}");
    }
    assert_eq!(load(yaml::<Server>("port: 443")).tls, None);
    assert!(load(yaml::<Server>("port: 443\ncert: c\nkey_file: k")).tls.is_some());
    assert_eq!(load(yaml::<Server>("port: 443\ncert: null")).tls, None);
}

#[test]
fn case_05_half_of_what_is_flattened_inside_of_a_value() {
    let cases = [
        (
            "peer: {name: a, x: 1, y: two}",
            "text:1:26: peer.y: invalid type: string \"two\", expected an integer",
        ),
        (
            "peer: {name: a, x: 1}",
            "text:1:20: peer.x: without effect, because `y` is missing: set it, too, or remove `x`",
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Config>(written)), expected, "{written}");
    }
}

/// Values that are flattened behind an `Option`, which takes what does not fit for `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Flattened {
    name: String,
    #[serde(flatten)]
    sink: Option<Sink>,
    #[serde(flatten)]
    store: Option<Store>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Labelled {
    name: String,
    #[serde(flatten)]
    weights: Option<BTreeMap<String, u8>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Bound {
    #[serde(flatten)]
    listen: Option<Listen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Listen {
    Tcp {
        #[schemars(with = "String")]
        address: std::net::SocketAddr,
    },
    Unix {
        path: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Optionals {
    #[reload(restart)]
    one: Flattened,
    #[reload(hot, live)]
    many: Vec<Flattened>,
    #[reload(hot, live)]
    labelled: Labelled,
    #[reload(hot, live)]
    bound: Bound,
    #[serde(flatten)]
    #[reload(hot, live)]
    sink: Option<Sink>,
}

#[test]
fn case_05_an_optional_enum_that_is_flattened_and_does_not_fit() {
    let cases = [
        (
            "one: {name: a, type: http, url: u}",
            "text:1:22: one.type: without effect, because `token` is missing: set it, too, or remove `type`",
        ),
        (
            "one: {name: a, type: htpt, url: u, token: t}",
            "text:1:22: one.type: invalid type: string \"htpt\", expected `http` or `console` or `file`",
        ),
        (
            "one: {type: http, url: u, token: t, retries: many}",
            "text:1:46: one.retries: invalid type: string \"many\", expected an integer",
        ),
        (
            "one: {type: file, bucket: [a]}",
            "text:1:13: one.type: without effect, because what `type` belongs to does not fit: correct it, or remove `type`",
        ),
        (
            "one: {disk: {path: a, sync: maybe}}",
            "text:1:29: one.disk.sync: invalid type: string \"maybe\", expected `true` or `false`",
        ),
        (
            "one: {disk: {sync: true}}",
            "text:1:13: one.disk: without effect, because what `disk` belongs to does not fit: correct it, or remove `disk`",
        ),
        (
            "many:\n- {disk: {path: a}}\n- {type: console, pretty: maybe}",
            "text:3:27: many[1].pretty: invalid type: string \"maybe\", expected `true` or `false`",
        ),
        (
            "labelled: {name: a, x: 1, y: two}",
            "text:1:30: labelled.y: invalid type: string \"two\", expected an integer",
        ),
        (
            "bound: {address: here}",
            "text:1:18: bound.address: without effect, because what `address` belongs to does not fit: correct it, or remove `address`",
        ),
        (
            "type: console\npretty: maybe",
            "text:2:9: pretty: invalid type: string \"maybe\", expected `true` or `false`",
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Optionals>(written)), expected, "{written}");
    }
    let config = load(yaml::<Optionals>(
        "{one: {name: a, type: http, url: u, token: t, disk: {path: a}}, many: [{}, {type: console}], labelled: {x: 1}, \
         bound: {address: '127.0.0.1:80'}, type: file, bucket: b}",
    ));
    assert!(config.one.sink.is_some() && config.one.store.is_some());
    assert!(config.many[1].sink.is_some() && config.sink.is_some());
    assert!(config.labelled.weights.is_some() && config.bound.listen.is_some());
    assert_eq!(load(yaml::<Optionals>("one: {name: a}")).one.sink, None);
    // A text that looks like a number is a text here, too.
    let config = load(yaml::<Optionals>("one: {type: http, url: u, token: 0123}"));
    let http = Sink::Http { url: "u".into(), token: "0123".into(), retries: 0 };
    assert_eq!(config.one.sink, Some(http));
}

#[test]
fn case_08_text_that_looks_like_a_number() {
    let sink = |written: &str| load(yaml::<Config>(written)).sink.clone().unwrap();
    for (written, token) in [
        ("12345", "12345"),
        ("0123", "0123"),
        ("1e5", "1e5"),
        ("1.10", "1.10"),
        ("true", "true"),
        ("0x10", "0x10"),
    ] {
        let http = Sink::Http { url: "a".into(), token: token.into(), retries: 3 };
        let text = format!("sink: {{type: http, url: a, token: {written}, retries: 3}}");
        assert_eq!(sink(&text), http);
        let base = yaml::<Config>("sink: {type: http, url: a, token: x, retries: 3}");
        let env = base.source(Env::new("APP").of([("APP_SINK__TOKEN", written)]));
        assert_eq!(load(env).sink.clone().unwrap(), http);
        let base = yaml::<Config>("sink: {type: http, url: a, token: x, retries: 3}");
        assert_eq!(load(base.set("sink.token", written)).sink.clone().unwrap(), http);
        let whole = format!("{{type: http, url: a, token: {written}, retries: 3}}");
        let env = Loader::<Config>::new().source(Env::new("APP").of([("APP_SINK", &*whole)]));
        assert_eq!(load(env).sink.clone().unwrap(), http);
    }
    let base = yaml::<Config>("sink: {type: http, url: a, token: x}");
    let env = base.source(Env::new("APP").of([("APP_SINK__TOKEN", "[abc]")]));
    let token = Some(Sink::Http { url: "a".into(), token: "[abc]".into(), retries: 0 });
    assert_eq!(load(env).sink, token);

    let config = load(yaml::<Config>(
        "login: {token: 12345}\nhosts: 12345\npeer: {name: 1, version: 1.10, x: 1, y: 2}\n\
         auth: {with: {user: a, pin: 0123}, kind: basic}",
    ));
    assert_eq!(config.login, Some(Login::Bearer { token: "12345".into(), user: String::new() }));
    assert_eq!(config.hosts, Some(OneOrMany::One("12345".into())));
    assert_eq!((&*config.peer.name, &*config.peer.more.version), ("1", "1.10"));
    assert_eq!(config.auth, Some(Auth::Basic { user: "a".into(), pin: "0123".into() }));
    // A field of any type takes the number.
    assert_eq!(load(yaml::<Config>("any: {a: 12}")).any["a"], 12);
}

#[test]
fn case_09_the_place_of_a_value_in_a_list_of_enums() {
    let list = "\
sinks:
  - type: console
  - type: http
    url: a
    token: b
  - type: http
    url: a
    token: b
    retries: many
";
    let cases = [
        (list.to_owned(), "text:9:14: sinks[2].retries: invalid type: string \"many\", expected an integer from 0 to 4294967295"),
        (
            "sinks:\n- {type: http, url: a}\n- {type: console, pretty: 3}\n- {type: http, url: [b], token: c}".to_owned(),
            "text:2:3: sinks[0].token: required, but no source sets it\n\
             text:3:27: sinks[1].pretty: invalid type: integer `3`, expected `true` or `false`\n\
             text:4:21: sinks[2].url: invalid type: list, expected a string",
        ),
        ("sinks: [{type: console}, {type: htp}]".to_owned(), "text:1:33: sinks[1].type: unknown variant `htp`, did you mean `http`?"),
        ("by_name: {a: {type: console}, b: {type: console, pretty: x}}".to_owned(), "text:1:58: by_name.b.pretty: invalid type: string \"x\", expected `true` or `false`"),
        ("hosts: {a: 1}".to_owned(), "text:1:8: hosts: fits none of the forms that are allowed here: a string, a list of strings"),
        ("login: {ports: [80, x]}".to_owned(), "text:1:21: login.ports[1]: fits none of the forms that are allowed here: an integer"),
        ("store: {disk: {path: a, sync: 3}}".to_owned(), "text:1:31: store.disk.sync: invalid type: integer `3`, expected `true` or `false`"),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Config>(&written)), expected, "{written}");
    }
    let later = yaml::<Config>(list.replace("many", "3").as_str())
        .source(Text::new(Format::Yaml, list).named("later"));
    assert!(problems(later).starts_with("later:9:14: sinks[2].retries"));
}

/// A colour, which is read as a text and then checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
struct Rgb(String);

impl TryFrom<String> for Rgb {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix('#') {
            Some(digits) if digits.len() == 6 => Ok(Self(text)),
            _ => Err(format!("no colour:\n    {text}\n    ^")),
        }
    }
}

impl From<Rgb> for String {
    fn from(Rgb(text): Rgb) -> Self {
        text
    }
}

fn even<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        even if even % 2 == 0 => Ok(even),
        _ => Err(serde::de::Error::custom("must be even")),
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Colors {
    #[serde(alias = "fg")]
    normal: Rgb,
    bright: Rgb,
    all: Vec<Rgb>,
    by_name: BTreeMap<String, Rgb>,
    #[serde(deserialize_with = "even")]
    width: u8,
    last: u8,
}

/// A map that ends by an error of its own, and looks for its text in what comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Ended(Vec<String>);

impl<'de> Deserialize<'de> for Ended {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const END: &str = "__END__";
        struct End;
        impl<'de> Deserialize<'de> for End {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Err(serde::de::Error::custom(END))
            }
        }
        let found: Result<BTreeMap<String, End>, D::Error> = BTreeMap::deserialize(deserializer);
        match found {
            Err(error) if error.to_string() == END => Ok(Self(vec!["ended".into()])),
            Err(error) => Err(error),
            Ok(_) => Ok(Self::default()),
        }
    }
}

impl JsonSchema for Ended {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ended".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "additionalProperties": true })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Theme {
    #[reload(hot, live)]
    colors: Colors,
    #[reload(hot, live)]
    ended: Ended,
    #[reload(hot, live)]
    shape: Shape,
}

/// A value that is written as a name, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
struct Shape {
    kind: String,
    size: u32,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Name(String),
            Whole {
                #[serde(default, alias = "sort")]
                kind: String,
                #[serde(default)]
                size: u32,
            },
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Name(kind) => Self { kind, size: 1 },
            Form::Whole { kind, size } => Self { kind, size },
        })
    }
}

#[test]
fn case_17_f2_an_error_says_what_the_type_said() {
    assert_eq!(load(yaml::<Theme>("ended: {a: 1}")).ended, Ended(vec!["ended".into()]));
}

#[test]
fn case_17_f6_an_error_after_reading_stands_at_the_value() {
    let written = "\
colors:
  normal: red
  bright: '#00ff00'
  all: ['#000000', blue]
  by_name: {a: green}
  width: 3
  last: 300
";
    assert_eq!(
        problems(yaml::<Theme>(written)),
        "text:2:11: colors.normal: no colour: red ^\n\
         text:4:20: colors.all[1]: no colour: blue ^\n\
         text:5:16: colors.by_name.a: no colour: green ^\n\
         text:6:10: colors.width: must be even\n\
         text:7:9: colors.last: invalid value: integer `300`, expected an integer from 0 to 255"
    );
}

#[test]
fn a_message_does_not_repeat_a_long_value() {
    let text = format!("sink: {{type: console, pretty: {}}}", "x".repeat(5_000));
    let found = problems(yaml::<Config>(&text));
    assert!(found.ends_with("x…, expected `true` or `false`") && found.len() < 700, "{found}");
}

#[test]
fn case_18_a_text_that_its_type_refuses_is_named() {
    #[derive(Clone, Debug, Deserialize, Serialize, Reloadable)]
    struct Listen {
        #[reload(restart)]
        addr: std::net::SocketAddr,
        #[reload(restart, secret)]
        from: Option<std::net::SocketAddr>,
    }
    assert_eq!(
        problems(yaml::<Listen>("addr: localhost:8091\nfrom: 127.0.0.1:99999")),
        "text:1:7: addr: invalid socket address syntax, found \"localhost:8091\"\n\
         text:2:7: from: invalid value (not shown, because it may hold a secret)"
    );
}

#[test]
fn case_17_f7_the_origin_of_a_value_in_another_form() {
    let boot = load(yaml::<Theme>("colors: {fg: '#000000'}\nshape: round"));
    let origin = |key: &str| {
        let explanation = boot.explain(key);
        let wins = |row: &&dlc_reload::ExplanationRow| row.standing == dlc_reload::RowOutcome::Wins;
        explanation.rows.iter().rfind(wins).unwrap().origin.to_string()
    };
    assert_eq!(origin("colors.normal"), "text:1:9");
    assert_eq!(origin("shape.kind"), "text:2:8");
    assert_eq!(origin("shape.size"), "text:2:8");
    // All names of this map are its own, so that what is absent has its default.
    let boot = load(yaml::<Theme>("colors: {last: 1}"));
    let explanation = boot.explain("colors.width");
    assert_eq!(explanation.rows[0].standing, dlc_reload::RowOutcome::Wins, "{explanation}");
}

/// A section that is written as a list, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Gutters {
    #[reload(restart)]
    layout: Vec<Store>,
    #[reload(restart)]
    width: u8,
}

fn map_or_list(generator: &mut SchemaGenerator) -> Schema {
    let (map, store) = (generator.subschema_for::<Gutters>(), generator.subschema_for::<Store>());
    json_schema!({ "anyOf": [map, { "type": "array", "items": store }] })
}

fn gutters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Gutters, D::Error> {
    struct Either;
    impl<'de> serde::de::Visitor<'de> for Either {
        type Value = Gutters;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of gutters or a map")
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Gutters, A::Error> {
            let layout = Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
            Ok(Gutters { layout, ..Gutters::default() })
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Gutters, A::Error> {
            Gutters::deserialize(serde::de::value::MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Either)
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Editor {
    #[serde(deserialize_with = "gutters")]
    #[schemars(schema_with = "map_or_list")]
    #[reload(restart, nested)]
    gutters: Gutters,
}

#[test]
fn case_17_f8_a_section_that_is_written_in_another_form() {
    assert_eq!(load(yaml::<Editor>("gutters: [memory]")).gutters.layout, [Store::Memory]);
    assert_eq!(
        problems(yaml::<Editor>("gutters: [memry]")),
        "text:1:11: gutters[0]: unknown variant, expected one of `memory`, `disk`, `s3`"
    );
    assert_eq!(
        problems(yaml::<Editor>("gutters: 3")),
        "text:1:10: gutters: invalid type: integer, expected a list of gutters or a map"
    );
    assert_eq!(
        problems(yaml::<Editor>("gutters: {width: x}")),
        "text:1:18: gutters.width: invalid type: string \"x\", expected an integer from 0 to 255"
    );
}
