//! Flattened `Option`s inside of values: what they take counts as set, and what they would lose is told.

use std::collections::BTreeMap;

use dlc_reload::{Loader, Reloadable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems};

/// A struct that needs nothing. The schema names no defaults, because the fields are not written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Silent {
    #[serde(skip_serializing)]
    burst: u32,
    #[serde(skip_serializing)]
    window: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Plain {
    size: u32,
    unit: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Auth {
    Token {
        token: String,
    },
    Level {
        #[serde(default)]
        level: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Store {
    #[serde(alias = "mem")]
    Memory {
        #[serde(default, alias = "bytes")]
        limit: u32,
    },
    Disk {
        path: String,
    },
    #[serde(other)]
    Other,
}

/// A struct whose equality is only that of what matters to the service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Noted {
    name: String,
    #[serde(flatten)]
    note: Option<Note>,
}

impl PartialEq for Noted {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Note {
    author: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Address {
    // What is flattened is read from what was kept, and nobody is told of its names.
    #[serde(alias = "addr")]
    #[schemars(extend("x-aliases" = ["addr"]))]
    address: String,
    port: u16,
}

/// A struct that takes its default for whatever it does not understand, of which the schema says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Lenient {
    #[serde(default, deserialize_with = "number_or_none")]
    #[schemars(with = "u64")]
    most: u64,
}

fn number_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = serde_json::Value::deserialize(deserializer).ok();
    Ok(value.and_then(|value| value.as_u64()).unwrap_or_default())
}

/// A struct of which one part is needed and another is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Half {
    needed: u32,
    #[serde(default)]
    spare: u32,
}

/// A name, and something that is flattened beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct With<T> {
    name: String,
    #[serde(flatten)]
    more: Option<T>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    silent: Option<With<Silent>>,
    #[reload(hot, live)]
    plain: Option<With<Plain>>,
    #[reload(hot, live)]
    auth: Option<With<Auth>>,
    #[reload(hot, live)]
    store: Option<With<Store>>,
    #[reload(hot, live)]
    noted: Option<Noted>,
    #[reload(hot, live)]
    address: Option<With<Address>>,
    #[reload(hot, live)]
    lenient: Option<With<Lenient>>,
    #[reload(hot, live)]
    half: Option<With<Half>>,
    #[reload(hot, live)]
    labels: Option<With<BTreeMap<String, String>>>,
    #[reload(hot, live)]
    lists: Option<With<BTreeMap<String, Vec<String>>>>,
}

fn yaml(text: &str) -> Loader<Config> {
    Loader::new().text("yaml", text)
}

/// What is flattened, as it was read.
fn more<T>(with: Option<&With<T>>) -> &T {
    with.unwrap().more.as_ref().unwrap()
}

#[test]
fn what_a_flattened_option_reads_is_set_though_it_says_what_holds_anyway() {
    let config = load(yaml("silent: {name: a, burst: 0}"));
    assert_eq!(more(config.silent.as_ref()), &Silent::default());
    let config = load(yaml("silent: {name: a, burst: 0, window: ''}"));
    assert_eq!(more(config.silent.as_ref()), &Silent::default());
    let config = load(yaml("auth: {name: a, level: 0}"));
    assert_eq!(more(config.auth.as_ref()), &Auth::Level { level: 0 });
    let config = load(yaml("noted: {name: a, author: b}"));
    assert_eq!(config.noted.as_ref().unwrap().note.as_ref().unwrap().author, "b");
    let config = load(yaml("lenient: {name: a, most: much}"));
    assert_eq!(more(config.lenient.as_ref()).most, 0);
}

#[test]
fn an_alias_that_a_flattened_option_reads_is_known() {
    let config = load(yaml("address: {name: a, addr: b, port: 80}"));
    assert_eq!(more(config.address.as_ref()).address, "b");
    for (text, limit) in
        [("type: mem", 0), ("type: memory, bytes: 0", 0), ("type: mem, bytes: 9", 9)]
    {
        let config = load(yaml(&format!("store: {{name: a, {text}}}")));
        assert_eq!(more(config.store.as_ref()), &Store::Memory { limit }, "{text}");
    }
    let config = load(yaml("store: {name: a, type: disk, path: 7}"));
    assert_eq!(more(config.store.as_ref()), &Store::Disk { path: "7".to_owned() });
    let config = load(yaml("store: {name: a, type: later}"));
    assert_eq!(more(config.store.as_ref()), &Store::Other);

    let expected = "text:1:20: address.adress: unknown key, did you mean `address`?\n\
        text:1:37: address.port: without effect, because `address` is missing: set it, too, or remove `port`";
    assert_eq!(problems(yaml("address: {name: a, adress: b, port: 80}")), expected);
    let found = problems(yaml("address: {name: a, addr: b, port: 1, extra: 1}"));
    assert!(found.starts_with("text:1:38: address.extra: unknown key"), "{found}");
}

#[test]
fn numbers_and_nulls_do_not_make_a_flattened_option_lose_all_that_it_holds() {
    let labels = |text: &str| {
        let config = load(yaml(&format!("labels: {{name: a, {text}}}")));
        let labels = more(config.labels.as_ref()).iter();
        labels.map(|(name, label)| format!("{name}={label}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(labels("team: core, cost: 12"), "cost=12 team=core");
    assert_eq!(labels("team: core, paid: true, ratio: 1.10"), "paid=true ratio=1.10 team=core");
    assert_eq!(labels("team: core, old: null, older: ~"), "team=core");
    let config = load(yaml("lists: {name: a, ports: [http, 80]}"));
    assert_eq!(more(config.lists.as_ref())["ports"], ["http", "80"]);
    let config = load(yaml("plain: {name: a, unit: 7}"));
    assert_eq!(more(config.plain.as_ref()), &Plain { size: 0, unit: "7".to_owned() });
    let config = load(yaml("plain: {name: a, unit: null, size: 3}"));
    assert_eq!(more(config.plain.as_ref()), &Plain { size: 3, unit: String::new() });
}

#[test]
fn what_would_make_a_flattened_option_lose_all_that_it_holds_is_told() {
    let cases = [
        (
            "plain: {name: a, unit: b, size: two}",
            "text:1:33: plain.size: invalid type: string \"two\", expected an integer",
        ),
        (
            "half: {name: a, needed: 1, spare: two}",
            "text:1:35: half.spare: invalid type: string \"two\", expected an integer",
        ),
        (
            "labels: {name: a, team: [b], more: [b]}",
            "text:1:25: labels.team: without effect, because what `team` belongs to does not fit: correct it, or remove `team`\n\
             text:1:36: labels.more: without effect, because what `more` belongs to does not fit: correct it, or remove `more`",
        ),
        (
            "labels: {name: a, team: core, more: [b]}",
            "text:1:37: labels.more: without effect, because what `more` belongs to does not fit: correct it, or remove `more`",
        ),
        (
            "lists: {name: a, ports: {http: 80}}",
            "text:1:25: lists.ports: without effect, because what `ports` belongs to does not fit: correct it, or remove `ports`",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(yaml(text)), expected, "{text}");
    }
}
