//! The way to disk and back.

#![allow(unused_qualifications, reason = "the derive names this very crate by a path")]

use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    Format, Loader, Reloadable, Secret,
    candidate::UnknownKeys,
    document::Integer,
    source::{Env, Text},
    store::restore::Restored,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Peer {
    host: String,
    #[serde(default, alias = "code")]
    token: Option<Secret<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(crate = crate)]
struct Inner {
    #[serde(default)]
    #[reload(restart)]
    label: String,
    #[serde(default)]
    #[reload(restart, secret)]
    pin: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(crate = crate)]
struct Config {
    #[serde(default)]
    #[reload(restart)]
    version: String,
    #[serde(default)]
    #[reload(restart)]
    ports: Vec<u16>,
    #[serde(default)]
    #[reload(restart)]
    peer: Option<Peer>,
    #[serde(default)]
    #[reload(restart)]
    peers: Vec<Peer>,
    #[serde(default)]
    #[reload(restart)]
    named: std::collections::BTreeMap<String, Peer>,
    #[serde(default)]
    #[reload(restart, nested)]
    inner: Option<Inner>,
    #[serde(default)]
    #[reload(restart, secret)]
    vault: std::collections::BTreeMap<String, String>,
}

fn loader() -> Loader<Config> {
    Loader::new().unknown_keys(UnknownKeys::Warn)
}

fn json(boot: &crate::Boot<Config>) -> String {
    serde_json::to_string(&Archive::of(&boot.loaded.document, boot.sources.shape)).unwrap()
}

/// To JSON and back, with the secrets of the same document.
fn there_and_back(boot: &crate::Boot<Config>) -> Restored {
    let archive: Archive = serde_json::from_str(&json(boot)).unwrap();
    archive.restore(&boot.loaded.document, "").unwrap()
}

#[test]
fn a_scalar_keeps_its_text_its_kind_and_its_place() {
    let boot = loader()
        .source(
            Text::new(Format::Yaml, "# one\nversion: 1.20\npeer: ~\ninner: {label: \"7\"}")
                .named("a"),
        )
        .source(Env::new("T").of([("T_PORTS", "80, 81"), ("T_INNER__PIN", "1234")]))
        .load()
        .unwrap();
    assert_eq!(boot.version, "1.20");
    let restored = there_and_back(&boot);
    assert_eq!(restored.missing, []);
    let again = boot.sources.candidate(&restored.document).unwrap();
    assert_eq!(*again.config, *boot);
    for key in ["version", "peer", "ports", "inner.label", "inner.pin"] {
        let key = Key::from(key);
        assert_eq!(restored.document.origin(&key), boot.loaded.document.origin(&key), "{key}");
    }
    assert!(restored.document.node(&"peer".into()).unwrap().is_null());
}

#[test]
fn no_secret_is_written_wherever_it_stands() {
    let first = "
        vault: {hunter2a: x, y: hunter2b}
        inner: {label: old, pin: hunter2c}
        peer: {host: a, token: hunter2d}
        peers: [{host: a}, {host: b, token: hunter2e}]
        named: {one: {host: a, code: hunter2f}}
        pasword: hunter2g
        other: {a: hunter2h}";
    let boot = loader()
        .source(Text::new(Format::Yaml, first).named("a"))
        .text("yaml", "{vault: {z: hunter2i}, inner: {pin: hunter2j}, peer: {token: hunter2k}, peers: [{host: c, token: hunter2l}]}")
        .source(Env::new("T").of([("T_VAULT__HUNTER2M", "hunter2n"), ("T_NAMED", "{two: {host: c, token: hunter2o}}")]))
        .set("vault.q", "hunter2p")
        .load()
        .unwrap();
    let written = json(&boot);
    assert!(!written.to_lowercase().contains("hunter2"), "{written}");
    let archive: Archive = serde_json::from_str(&written).unwrap();
    let left_out: Vec<_> = archive.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        ["vault", "inner.pin", "peer.token", "peers", "named.one.code", "named.two.token"]
    );
    assert_eq!(*boot.sources.candidate(&there_and_back(&boot).document).unwrap().config, *boot);
}

#[test]
fn a_secret_that_is_set_nowhere_now_is_missing() {
    let boot = loader().text("yaml", "{vault: {a: b}, inner: {pin: 1}}").load().unwrap();
    let now = loader().text("yaml", "{inner: {pin: ~}}").load().unwrap();
    let archive = Archive::of(&boot.loaded.document, boot.sources.shape);
    let restored = archive.restore(&now.loaded.document, "").unwrap();
    assert_eq!(restored.missing, [Key::from("vault"), Key::from("inner.pin")]);
}

#[test]
fn rows_that_make_no_tree_are_damaged() {
    let boot = loader().text("yaml", "{inner: {label: a}, ports: [1, 2]}").load().unwrap();
    let whole = Archive::of(&boot.loaded.document, boot.sources.shape);
    let damaged = |harm: fn(&mut Vec<Row>)| {
        let mut archive = whole.clone();
        harm(&mut archive.values);
        archive.restore(&boot.loaded.document, "").is_none()
    };
    assert!(!damaged(|_| {}));
    assert!(damaged(Vec::clear));
    assert!(damaged(|rows| _ = rows.pop()));
    assert!(damaged(|rows| rows[0].hold(usize::MAX)));
    assert!(damaged(|rows| rows[1].hold(5)));
    assert!(damaged(|rows| rows[2].value = Stored::List(1)));
    assert!(damaged(|rows| rows[0].hold(0)));
    assert!(damaged(|rows| {
        let copy = rows[2].clone();
        rows.insert(3, copy);
        rows[0].hold(6);
        rows[1].hold(2);
    }));
    let huge = loader().text("yaml", "version: 340282366920938463463374607431768211455").load();
    let restored = there_and_back(&huge.unwrap());
    let Value::Scalar(scalar) = &restored.document.node(&"version".into()).unwrap().value else {
        panic!("no scalar")
    };
    assert_eq!(Integer::parse(&scalar.text), Some(Integer::Unsigned(u128::MAX)));
}
