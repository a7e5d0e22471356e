//! `gateway config explain`, for the fields of entries: each has a class of its own.

use std::process::Command;

use serde_json::{Value, json};

/// Explains a key of a gateway with one upstream.
fn explained(key: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(["--set", "upstreams={hello: {address: localhost:9000, weight: 3}}"]);
    let output = command.args(["config", "explain", "--json", key]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[test]
fn a_field_of_an_entry_has_its_own_class() {
    let weight = explained("upstreams.hello.weight");
    assert_eq!((&weight["is"], &weight["effective"]), (&json!("inside"), &json!(3)), "{weight}");
    assert_eq!(weight["inside"]["class"], "hot", "{weight}");
    let address = explained("upstreams.hello.address");
    assert_eq!(address["inside"]["class"], "restart", "{address}");
    assert_eq!(address["fields"][0]["class"], "hot", "entries come and go live: {address}");
    assert_ne!(address["inside"]["description"], address["fields"][0]["description"]);
}
