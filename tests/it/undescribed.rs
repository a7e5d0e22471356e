//! Secrets in leaves whose types have no schema.

use std::{
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
    net::IpAddr,
    str::FromStr,
};

use dlc_reload::{Loader, Reloadable, Secret, schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fixture::{Dir, mode, warnings};

const HELD: &str =
    "leaf: the value holds a secret, which cannot be `hot`: mark the field `#[reload(restart)]`";
const UNKNOWN: &str = "leaf: the schema does not describe the value, which may hold a secret: describe it there, or mark the field `#[reload(restart)]`";

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Peer {
    host: IpAddr,
    pin: Option<Secret<String>>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Pair(IpAddr, u8);

#[derive(Clone, PartialEq, Serialize, Deserialize)]
enum Out {
    None,
    Port(u16),
    Login { name: String, keys: (u8, Option<bool>, [Vec<Secret<String>>; 2]) },
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Plain { name: String },
    Other,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    name: String,
    #[serde(flatten)]
    all: BTreeMap<String, String>,
}

/// It holds itself, so that there is no end of its parts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Tree {
    below: Vec<Tree>,
}

/// A struct of many forms, none of which holds a secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Harmless {
    name: Box<str>,
    address: Option<IpAddr>,
    letters: (char, bool, String, Option<f64>),
    by_number: HashMap<u16, Vec<i64>>,
    mode: Mode,
    #[serde(deserialize_with = "text_or_number")]
    size: Text<u64>,
    unit: (),
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
enum Mode {
    Off,
    On { level: u8 },
    Both(u8, String),
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Text<T>(String, PhantomData<T>);

/// A value that is a text or a number, as types for sizes have it.
fn text_or_number<'de, D: Deserializer<'de>, T: FromStr>(d: D) -> Result<Text<T>, D::Error> {
    struct Either;
    impl serde::de::Visitor<'_> for Either {
        type Value = String;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text or a number")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    d.deserialize_any(Either).map(|text| Text(text, PhantomData))
}

/// Configurations with a leaf of a type: where the table makes the schema and where a mirror does, and in entries.
macro_rules! configs {
    ($($name:ident: $ty:ty,)*) => {$(
        mod $name {
            use super::*;

            #[derive(Clone, Serialize, Deserialize, Reloadable)]
            pub(super) struct Hot {
                #[reload(hot, live)]
                leaf: $ty,
            }

            #[derive(Clone, Serialize, Deserialize, Reloadable)]
            pub(super) struct Mirrored {
                #[serde(skip_serializing_if = "Option::is_none")]
                #[reload(restart)]
                other: Option<u8>,
                #[reload(hot, live)]
                leaf: $ty,
            }

            #[derive(Clone, Serialize, Deserialize, Reloadable)]
            pub(super) struct Item {
                #[reload(restart)]
                name: String,
                #[reload(hot, live)]
                leaf: $ty,
            }

            #[derive(Clone, Serialize, Deserialize, Reloadable)]
            pub(super) struct Entries {
                #[reload(hot, live, entries)]
                map: BTreeMap<String, Mirrored>,
                #[reload(hot, live, entries = "name")]
                list: Vec<Item>,
            }
        }
    )*};
}

configs! {
    peer: Peer,
    peers: Vec<Peer>,
    maybe: Option<Box<Peer>>,
    by_number: HashMap<u16, Peer>,
    out: Out,
    tagged: Tagged,
    open: Open,
    pair: Pair,
    tree: Tree,
    harmless: Harmless,
}

/// Returns what the start says of a configuration.
macro_rules! said {
    ($config:ty, $text:expr) => {
        match Loader::<$config>::new().text("yaml", $text).load().unwrap().reloader().start() {
            Ok(_) => "started".to_owned(),
            Err(error) => error.to_string(),
        }
    };
}

macro_rules! assert_said {
    ($name:ident, $value:expr, $expected:expr) => {
        let (leaf, expected) = (concat!("leaf: ", $value), $expected);
        assert_eq!(said!($name::Hot, leaf), expected);
        let mirrored = said!($name::Mirrored, leaf);
        let entries = said!($name::Entries, &format!("map: {{}}\nlist: [{{name: a, {leaf}}}]"));
        if expected == "started" {
            assert_eq!((mirrored, entries), (expected.to_owned(), expected.to_owned()));
        } else {
            assert_eq!(mirrored, HELD);
            assert_eq!(entries, format!("map.*.{HELD}\nlist.*.{expected}"));
        }
    };
}

#[test]
fn a_hot_value_without_a_schema_is_refused_if_it_holds_a_secret_or_may_hold_one() {
    assert_said!(peer, "{host: 10.0.0.1, pin: a}", HELD);
    assert_said!(peers, "[]", HELD);
    assert_said!(maybe, "null", HELD);
    assert_said!(by_number, "{}", HELD);
    assert_said!(out, "None", HELD);
    assert_said!(tagged, "{type: Other}", UNKNOWN);
    assert_said!(open, "{name: a}", UNKNOWN);
    assert_said!(pair, "[10.0.0.1, 1]", UNKNOWN);
    assert_said!(tree, "{below: []}", UNKNOWN);
    let harmless = "{name: a, address: null, letters: [a, true, b, 1], by_number: {}, mode: Off, size: 3, unit: null}";
    assert_eq!(said!(harmless::Hot, &format!("leaf: {harmless}")), "started");
    assert_said!(
        harmless,
        "{name: a, letters: [a, true, b, 1], by_number: {}, mode: Off, size: 3, unit: null}",
        "started"
    );
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart)]
    peers: Vec<Known>,
    #[serde(default)]
    #[reload(restart)]
    known: Known,
    #[serde(default)]
    #[reload(hot, live)]
    rate: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    host: String,
    pin: Secret<String>,
}

#[test]
fn a_secret_in_a_value_without_a_schema_is_shown_nowhere() {
    let text = "peers:\n- {host: a, pin: hunter2hunter2}\nrate: 1\n";
    let loader = || Loader::<Config>::new().text("yaml", text);
    let boot = loader().load().unwrap();
    assert_eq!(boot.peers[0].pin.expose(), "hunter2hunter2");
    for key in ["peers", "peers[0].pin"] {
        let explained = boot.explain(key).to_string();
        assert!(explained.contains("text:2:") && !explained.contains("hunter2"), "{explained}");
    }
    let wrong = text.replace("rate: 1", "rate: hunter2hunter2");
    let error = Loader::<Config>::new().text("yaml", &wrong).load().unwrap_err();
    for said in [error.to_string(), error.excerpts().to_string(), format!("{error:?}")] {
        assert!(said.contains("rate") && !said.contains("hunter2"), "{said}");
    }
    let properties = &schema::<Config>().to_value()["properties"];
    for name in ["peers", "known"] {
        assert_eq!(properties[name]["x-secret"], true, "{properties}");
        assert_eq!(properties[name].get("default"), None);
    }
}

#[cfg(unix)]
#[test]
fn a_readable_file_with_a_secret_in_a_value_without_a_schema_is_a_warning() {
    let dir = Dir::new();
    let file = dir.write("config.yaml", "peers:\n- {host: a, pin: hunter2hunter2}\n");
    mode(&file, 0o644);
    let warned = warnings(Loader::<Config>::new().file(&file));
    assert!(warned.contains("secret"), "{warned}");
    mode(&file, 0o600);
    assert_eq!(warnings(Loader::<Config>::new().file(&file)), "");
}
