//! The aliases of types that are no sections, which the schema finds by asking the types.

use std::{collections::BTreeMap, num::NonZeroU16};

use dlc_reload::{Loader, Reloadable, file_schema, schema};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// A struct as serde derives it.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
struct Host {
    #[serde(alias = "addr", alias = "address")]
    name: String,
    #[serde(default, rename = "door", alias = "gate/way~")]
    port: Option<NonZeroU16>,
    #[serde(default)]
    backups: Vec<Host>,
}

#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    #[serde(alias = "quiet")]
    Error,
    #[serde(alias = "verbose", alias = "all")]
    Debug,
}

/// An enum of which each variant has its own form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Store {
    /// Kept nowhere.
    #[serde(alias = "nowhere")]
    Memory,
    #[serde(alias = "file")]
    Disk {
        #[serde(alias = "folder")]
        path: String,
    },
    #[serde(alias = "remote")]
    Far(Host),
    Pair(u8, Host),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Inner {
    #[serde(alias = "plain")]
    Simple,
    #[serde(alias = "full")]
    Whole { part: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Beside {
    #[serde(alias = "none")]
    Nothing,
    #[serde(alias = "one")]
    Single(Host),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Lone {
    #[serde(alias = "single")]
    Only { name: String },
}

/// A type that is read as another one, and refuses most of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Span", into = "Span")]
struct Checked(Span);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Span {
    #[serde(alias = "begin")]
    from: u8,
    #[serde(alias = "end")]
    to: u8,
}

impl TryFrom<Span> for Checked {
    type Error = &'static str;

    fn try_from(span: Span) -> Result<Self, &'static str> {
        if span.from < span.to { Ok(Self(span)) } else { Err("it ends before it begins") }
    }
}

impl From<Checked> for Span {
    fn from(Checked(span): Checked) -> Self {
        span
    }
}

/// A type whose code panics at whatever it does not expect.
#[derive(Clone, Debug, PartialEq, Default, Serialize, JsonSchema)]
struct Touchy {
    name: String,
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(Self { name: all["name"].clone() })
    }
}

/// A struct among the fields of another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Address {
    #[serde(default, alias = "route")]
    street: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Below {
    #[serde(default)]
    #[reload(hot, live)]
    hosts: BTreeMap<String, Vec<Host>>,
    #[serde(default)]
    #[reload(restart)]
    numbered: BTreeMap<u16, Option<Box<Host>>>,
    #[serde(flatten)]
    #[reload(hot, live)]
    address: Address,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(default)]
    #[reload(hot, live)]
    host: Host,
    #[serde(default)]
    #[reload(restart)]
    level: Option<Level>,
    #[serde(default)]
    #[reload(hot, live)]
    stores: Vec<Store>,
    #[serde(default)]
    #[reload(restart)]
    inner: Option<Inner>,
    #[serde(default)]
    #[reload(restart)]
    beside: Option<Beside>,
    #[serde(default)]
    #[reload(restart)]
    lone: Option<Lone>,
    #[serde(default)]
    #[reload(restart)]
    checked: Option<Checked>,
    #[serde(default)]
    #[reload(restart)]
    pair: Option<(Level, Span)>,
    #[serde(default)]
    #[reload(restart)]
    touchy: Touchy,
    #[reload(restart, nested)]
    #[serde(default)]
    below: Option<Below>,
}

/// Returns whether a text loads, whether it is a valid file, and whether it is valid as the whole.
fn said(mut text: Value) -> [bool; 3] {
    let all = text.as_object_mut().unwrap();
    all.insert("touchy".into(), json!({ "name": "a" }));
    all.entry("host").or_insert(json!({ "name": "a" }));
    let loads = Loader::<Config>::new().text("json", text.to_string()).load().is_ok();
    let [file, whole] = [file_schema::<Config>(), schema::<Config>()];
    let [file, whole] = [file, whole].map(|schema| jsonschema::is_valid(schema.as_value(), &text));
    [loads, file, whole]
}

#[test]
fn a_text_with_aliases_is_valid_as_it_loads() {
    let mut wrong = Vec::new();
    let host = json!({ "addr": "a", "gate/way~": 1 });
    for (text, loaded) in [
        (json!({ "host": { "name": "a" } }), true),
        (json!({ "host": host }), true),
        (json!({ "host": { "address": "a", "backups": [host] } }), true),
        (json!({ "host": { "name": "a", "adr": "b" } }), false),
        (json!({ "level": "quiet" }), true),
        (json!({ "level": "all" }), true),
        (json!({ "level": "loud" }), false),
        (json!({ "stores": ["nowhere", "memory"] }), true),
        (json!({ "stores": [{ "file": { "folder": "/a" } }, { "disk": { "path": "/a" } }] }), true),
        (json!({ "stores": [{ "file": { "folder": "/a", "path": "/b" } }] }), false),
        (json!({ "stores": [{ "remote": host }, { "far": host }] }), true),
        (json!({ "stores": [{ "remote": { "adr": "a" } }] }), false),
        (json!({ "stores": [{ "pair": [1, host] }] }), true),
        (json!({ "inner": { "kind": "plain" } }), true),
        (json!({ "inner": { "kind": "full", "part": 0.5 } }), true),
        (json!({ "inner": { "kind": "fuller", "part": 0.5 } }), false),
        (json!({ "beside": { "t": "none" } }), true),
        (json!({ "beside": { "t": "one", "c": host } }), true),
        (json!({ "beside": { "t": "two", "c": host } }), false),
        (json!({ "lone": { "single": { "name": "a" } } }), true),
        (json!({ "checked": { "begin": 1, "end": 2 } }), true),
        (json!({ "pair": ["quiet", { "begin": 1, "end": 2 }] }), true),
        (json!({ "below": { "hosts": { "a": [host] }, "numbered": { "7": host } } }), true),
        (json!({ "below": { "route": "a" } }), true),
        (json!({ "below": { "numbered": { "7": { "adress": "a" } } } }), false),
    ] {
        let said = said(text.clone());
        if said != [loaded; 3] {
            wrong.push(format!("{text}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Another file may set what is missing in this one, and take back what is there twice.
#[test]
fn a_file_alone_need_not_have_one_name_of_a_field() {
    for host in [json!({ "address": "a", "addr": "b" }), json!({ "door": 1 })] {
        assert_eq!(said(json!({ "host": host })), [false, true, false], "{host}");
    }
}
