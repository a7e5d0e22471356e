//! The schema for people and editors: class and words on every key, and its forms.

use std::collections::BTreeMap;

use dlc_reload::{Reloadable, Secret, draft_07, file_schema, schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A rule that is one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Rule {
    /// The part of the requests.
    share: f64,
    #[serde(default)]
    hosts: Vec<Host>,
    /// Rules for what is left.
    #[serde(default)]
    inner: Vec<Rule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Host {
    #[serde(alias = "addr")]
    name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// Only what is wrong.
    #[default]
    Error,
    /// All of it.
    #[serde(alias = "verbose")]
    Debug,
}

/// A service beside this one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Peer {
    #[reload(restart)]
    name: String,
    /// The part of the load.
    #[serde(default)]
    #[reload(hot, live)]
    weight: u8,
}

/// How much there may be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Limits {
    /// Requests a second.
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(restart)]
    rule: Rule,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rule: Rule,
    #[serde(default)]
    #[reload(restart)]
    kept: Rule,
    #[reload(hot, live, entries)]
    peers: BTreeMap<String, Peer>,
    #[serde(default)]
    #[reload(hot, live, entries = "name")]
    listed: Vec<Peer>,
    #[reload(nested)]
    limits: Limits,
    #[serde(default)]
    #[reload(restart, nested)]
    frozen: Option<Limits>,
    #[serde(default)]
    #[reload(nested, live)]
    extra: Option<Peer>,
    /// The lines to write.
    #[serde(default)]
    #[reload(hot, live)]
    level: Level,
    #[serde(default)]
    #[reload(restart)]
    token: Option<Secret<String>>,
    #[serde(default)]
    #[reload(restart, deprecated = "write `limits.rate`")]
    rate: Option<u32>,
}

/// Returns a schema with what its references lead to; those that lead to themselves stay.
fn at<'s>(root: &'s Value, path: &str) -> &'s Value {
    path.split('.').fold(root, |schema, step| {
        let resolved = |schema: &'s Value| match schema["$ref"].as_str() {
            Some(reference) => root.pointer(&reference[1..]).unwrap(),
            None => schema,
        };
        let optional = schema["anyOf"].as_array().and_then(|forms| forms.first());
        let schema = resolved(optional.unwrap_or(resolved(schema)));
        match step {
            "*" => &schema["additionalProperties"],
            "[]" => &schema["items"],
            name => &schema["properties"][name],
        }
    })
}

#[test]
fn every_key_has_its_class_at_every_depth() {
    for root in [schema::<Config>().to_value(), file_schema::<Config>().to_value()] {
        for (path, class) in [
            ("rule", "hot"),
            ("rule.share", "hot"),
            ("rule.hosts.[].name", "hot"),
            ("rule.inner.[].share", "hot"),
            ("kept.share", "restart"),
            ("kept.hosts.[].name", "restart"),
            ("kept.inner.[].share", "restart"),
            ("peers", "hot"),
            ("peers.*.name", "restart"),
            ("peers.*.weight", "hot"),
            ("listed.[].name", "restart"),
            ("listed.[].weight", "hot"),
            ("limits.rate", "hot"),
            ("limits.rule.hosts.[].name", "restart"),
            ("frozen.rate", "restart"),
            ("frozen.rule.share", "restart"),
            ("extra.weight", "hot"),
            ("extra.name", "restart"),
        ] {
            assert_eq!(at(&root, path)["x-reload"], class, "{path} in {root:#}");
        }
        for section in ["limits", "frozen", "extra"] {
            assert_eq!(at(&root, section).get("x-reload"), None, "{section} is no leaf");
        }
        assert_eq!(at(&root, "extra")["x-reload-presence"], "hot");
        assert_eq!(at(&root, "frozen")["x-reload-presence"], "restart");
    }
    let root = schema::<Config>().to_value();
    let names: Vec<_> = root["$defs"].as_object().unwrap().keys().collect();
    let known = [
        "Host",
        "HostAtRestart",
        "Level",
        "Limits",
        "LimitsAtRestart",
        "Peer",
        "Rule",
        "RuleAtRestart",
    ];
    assert_eq!(names, known);
}

#[test]
fn descriptions_say_when_a_change_takes_effect() {
    let root = schema::<Config>().to_value();
    for (path, expected) in [
        ("rule.share", "The part of the requests.\n\nRequired. Changes live."),
        ("kept.share", "The part of the requests.\n\nRequired. Takes effect at the next start."),
        ("peers", "Required. Changes live. Entries may be added and removed live."),
        ("limits", "How much there may be.\n\nRequired."),
        (
            "frozen",
            "How much there may be.\n\nEverything in it takes effect at the next start. Adding or removing it takes effect at the next start.",
        ),
        ("extra", "A service beside this one.\n\nMay be added and removed live."),
        ("level", "The lines to write.\n\nChanges live."),
        ("token", "Secret. Takes effect at the next start."),
        ("rate", "Deprecated: write `limits.rate`. Takes effect at the next start."),
        ("rule.hosts.[].addr", "Another name of `name`. Required. Changes live."),
    ] {
        assert_eq!(at(&root, path)["description"], expected, "{path}");
    }
    let level = at(&root, "level");
    assert_eq!(level["markdownDescription"], "The lines to write.\n\n**Changes live.**");
    assert_eq!(at(&root, "token")["writeOnly"], true);
    assert_eq!(at(&root, "rate")["deprecationMessage"], "write `limits.rate`");
}

#[test]
fn a_file_need_set_nothing_and_may_leave_each_key_empty() {
    let root = file_schema::<Config>().to_value();
    let valid = jsonschema::validator_for(&root).unwrap();
    for accepted in [
        json!({}),
        json!({ "limits": null, "peers": { "a": null } }),
        json!({ "limits": { "rate": null }, "level": "verbose", "include": "a.yaml", "x-note": [] }),
        json!({ "rule": { "hosts": [{ "addr": 7 }] } }),
    ] {
        assert!(valid.is_valid(&accepted), "{accepted}");
    }
    for refused in [
        json!({ "limit": {} }),
        json!({ "limits": { "rate": "x" } }),
        json!({ "limits": { "rate": 5_000_000_000_u64 } }),
        json!({ "level": "vrebose" }),
        // The items of a list are whole.
        json!({ "rule": { "hosts": [{}] } }),
        json!({ "rule": { "hosts": [{ "name": "a", "addr": "b" }] } }),
    ] {
        assert!(!valid.is_valid(&refused), "{refused}");
    }
    assert!(!jsonschema::is_valid(&schema::<Config>().to_value(), &json!({})));
    assert_eq!(at(&root, "rule")["x-required"], true);
}

#[test]
fn an_editor_is_shown_the_words_of_an_enum_beside_the_key() {
    let root = file_schema::<Config>().to_value();
    let level = at(&root, "level");
    assert_eq!(level["description"], "The lines to write.\n\nChanges live.");
    assert_eq!(level["enum"], json!(["error", "debug", "verbose", null]));
    let docs = json!(["Only what is wrong.", "All of it.", "All of it."]);
    assert_eq!(level["enumDescriptions"], docs);
    assert_eq!(level["x-taplo"]["docs"]["enumValues"], docs);
}

#[test]
fn the_older_form_has_only_what_editors_know() {
    let root = draft_07(&file_schema::<Config>()).to_value();
    assert!(jsonschema::draft7::meta::is_valid(&root), "{root:#}");
    let mut pending = vec![&root];
    while let Some(schema) = pending.pop() {
        if let Some(keywords) = schema.as_object() {
            let newer = ["$defs", "prefixItems", "unevaluatedProperties", "dependentRequired"];
            assert!(newer.iter().all(|keyword| !keywords.contains_key(*keyword)), "{schema}");
            assert!(!keywords.contains_key("$ref") || keywords.len() == 1, "{schema}");
            pending.extend(keywords.values());
        }
        pending.extend(schema.as_array().into_iter().flatten());
    }
    let mut held = root["definitions"].as_object().unwrap().keys();
    assert!(held.any(|name| name.starts_with("Rule")), "a type that holds itself: {root:#}");
}

#[test]
fn the_text_of_a_schema_is_the_same_every_time() {
    for make in [schema::<Config>, file_schema::<Config>, || draft_07(&file_schema::<Config>())] {
        let (one, other) = (make().to_value(), make().to_value());
        let mut sorted = one.clone();
        sorted.sort_all_objects();
        assert_eq!(one.to_string(), other.to_string());
        assert_eq!(one.to_string(), sorted.to_string());
    }
}
