//! The check, beside what the loader says of the same documents over the file of a node.

use std::collections::BTreeMap;

use dlc_reload::{Loader, Reloadable, Secret, file_schema, units::Period};
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, nested)]
    server: Server,
    #[reload(hot, live)]
    #[serde(default)]
    output: Output,
    #[reload(hot, live)]
    #[serde(default)]
    partners: Vec<Partner>,
    #[reload(hot, live)]
    #[serde(default)]
    rates: BTreeMap<String, u8>,
    #[reload(hot, live)]
    #[serde(default)]
    level: Level,
}

/// How much is logged.
#[derive(
    Clone, Debug, Default, PartialEq, Serialize, Deserialize, dlc_reload::schemars::JsonSchema,
)]
#[schemars(crate = "dlc_reload::schemars")]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Info,
    Debug,
    /// All of it.
    Trace,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Server {
    /// The port.
    #[reload(restart)]
    port: u16,
    #[reload(hot, live)]
    #[serde(default)]
    timeout: Period,
    #[reload(restart)]
    #[serde(default)]
    token: Option<Secret<String>>,
}

#[derive(
    Clone, Debug, Default, PartialEq, Serialize, Deserialize, dlc_reload::schemars::JsonSchema,
)]
#[schemars(crate = "dlc_reload::schemars")]
#[serde(rename_all = "snake_case")]
enum Output {
    #[default]
    Nothing,
    File {
        path: String,
    },
    Socket {
        port: u16,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, dlc_reload::schemars::JsonSchema)]
#[schemars(crate = "dlc_reload::schemars")]
#[serde(deny_unknown_fields)]
struct Partner {
    name: String,
    #[serde(default)]
    limit: u32,
}

/// A program that knows less.
#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Older {
    #[reload(restart, nested)]
    server: Server,
}

/// The node's own file, which lies below the documents.
const OWN: &str = "server: {port: 80}\npartners: []\n";

fn build<C: Reloadable>(program: &str) -> Build {
    let (programs, nodes) = ([program.to_owned()].into(), [format!("node-{program}")].into());
    let schema = Some(file_schema::<C>().to_value());
    Build { programs, nodes, schema }
}

fn documents(texts: &[(&str, &str)]) -> Vec<Document> {
    let document =
        |(name, text): &(&str, &str)| Document { name: (*name).into(), text: (*text).into() };
    texts.iter().map(document).collect()
}

fn said(texts: &[(&str, &str)], builds: &[Build]) -> Vec<String> {
    let checked = check(&documents(texts), builds);
    assert_eq!(checked.unknown, Vec::<String>::new());
    checked.problems.iter().map(Problem::to_string).collect()
}

/// Returns what a node says of a document over its own file.
fn refused(text: &str) -> String {
    let loader = Loader::<Config>::new().text("yaml", OWN).text("yaml", text);
    loader.load().map(|_| ()).unwrap_err().to_string().replace("text:", "a.yaml:")
}

/// Returns true if a node takes the documents over its own file.
fn loads(texts: &[(&str, &str)]) -> bool {
    let mut loader = Loader::<Config>::new().text("yaml", OWN);
    for (name, text) in texts {
        loader = loader.text(name.rsplit('.').next().unwrap(), *text);
    }
    loader.load().is_ok()
}

#[test]
fn what_a_node_takes_is_published() {
    for texts in [
        &[("a.yaml", "server: {timeout: 1m 30s}\nrates: {eu: 7}\n")][..],
        &[("a.yaml", "{}")],
        &[("a.json", "{\"server\": {\"port\": 443}}"), ("b.toml", "[server]\ntimeout = '1s'\n")],
        // Nothing is required, in a section and over two documents.
        &[("a.yaml", "server: {timeout: 1s}"), ("b.yaml", "server: {port: 1}")],
        // Another variant, in a later document.
        &[("a.yaml", "output: {file: {path: x}}"), ("b.yaml", "output: {socket: {port: 1}}")],
        &[("a.yaml", "output: nothing"), ("b.yaml", "output: {socket: {port: 1}}")],
        &[("a.yaml", "partners:\n- {name: x}\n- {name: y, limit: 3}\n")],
        &[("a.yaml", "x-note: &a 7\nrates: {eu: *a}\n")],
        // A text without quotes where a text is wanted.
        &[("a.yaml", "partners: [{name: 12}]")],
        &[("a.yaml", "rates:\n")],
    ] {
        assert!(loads(texts), "{texts:?}");
        assert_eq!(said(texts, &[build::<Config>("1")]), Vec::<String>::new(), "{texts:?}");
    }
}

#[test]
fn what_a_node_refuses_is_not_published_with_its_place() {
    for (texts, expected) in [
        (
            &[("a.yaml", "server:\n  prot: 80\n")][..],
            "a.yaml:2:3: server.prot: unknown key, did you mean `port`?",
        ),
        (&[("a.yaml", "sever: {}\n")], "a.yaml:1:1: sever: unknown key, did you mean `server`?"),
        (&[("a.yaml", "server:\n  port: many\n")], "a.yaml:2:9: server.port: "),
        (&[("a.toml", "[server]\nport = 70000\n")], "a.toml:2:8: server.port: "),
        (&[("a.json", "{\"server\": {\"timeout\": \"soon\"}}")], "a.json:1:24: server.timeout: "),
        (&[("a.yaml", "rates:\n  eu: 300\n")], "a.yaml:2:7: rates.eu: "),
        (
            &[("a.yaml", "partners:\n- limit: 3\n")],
            "a.yaml:2:3: partners[0]: \"name\" is a required",
        ),
        (
            &[("a.yaml", "partners:\n- {name: x, limt: 3}\n")],
            "a.yaml:2:13: partners[0].limt: unknown key",
        ),
        (
            &[("a.yaml", "output: {file: {path: [1]}}")],
            "a.yaml:1:9: output: fits none of the forms",
        ),
        (&[("a.yaml", "output: sockett")], "a.yaml:1:9: output: "),
        (&[("a.yaml", "server: {port: 1\n")], "a.yaml:"),
        (&[("a.yaml", "server: {}\nserver: {}\n")], "a.yaml:2:1: server: duplicate key"),
        // In one of several documents.
        (&[("a.yaml", "{}"), ("b.yaml", "rates: 3\n")], "b.yaml:1:8: rates: "),
    ] {
        assert!(!loads(texts), "{texts:?}");
        let said = said(texts, &[build::<Config>("1")]);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{texts:?}: {said:#?}");
    }
}

#[test]
fn a_wrong_word_of_an_enum_is_told_as_a_node_tells_it() {
    for text in [
        "level: debgu",
        "level: nonsense",
        "output: sockett",
        "output: {fil: {path: x}}",
        "output: {something: 1}",
    ] {
        assert_eq!(said(&[("a.yaml", text)], &[build::<Config>("1")]), [refused(text)], "{text}");
    }
}

#[test]
fn a_value_of_another_type_is_told_as_a_node_tells_it() {
    for text in [
        "server: {port: many}",
        "server: {port: true}",
        "server: {port: 1.5}",
        "server: {port: [80]}",
        "rates: 3",
        "rates: [3]",
        "partners: [{name: [x]}]",
    ] {
        assert_eq!(said(&[("a.yaml", text)], &[build::<Config>("1")]), [refused(text)], "{text}");
    }
}

#[test]
fn definitions_that_refer_to_themselves_end_the_search_for_secrets() {
    let schema = serde_json::json!({
        "$ref": "#/$defs/a",
        "$defs": {
            "a": {"anyOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/a"}]},
            "b": {"$ref": "#/$defs/a", "properties": {
                "key": {"x-secret": true},
                "next": {"$ref": "#/$defs/b"},
            }},
        },
    });
    let value = serde_json::json!({"key": "s", "next": {"next": {"key": "s"}}});
    let found = secrets(&value, &schema);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/key", "/next/next/key"]);
}

#[test]
fn a_wrong_value_that_another_document_replaces_is_not_published_either() {
    let texts = [("a.yaml", "server: {port: many}"), ("b.yaml", "server: {port: 1}")];
    // A node warns of it: it is refused on the day on which the other document goes away.
    assert!(loads(&texts));
    assert!(said(&texts, &[build::<Config>("1")])[0].starts_with("a.yaml:1:16: server.port: "));
}

#[test]
fn a_secret_is_not_published_whatever_its_value_is() {
    for value in ["hunter2", "'hunter2'", "[hunter2]", "{a: hunter2}", "12", "${TOKEN}"] {
        let text = format!("server:\n  token: {value}\n");
        let said = said(&[("a.yaml", &text)], &[build::<Config>("1")]);
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(
            said[0].starts_with("a.yaml:2:3: server.token: a secret, which no store"),
            "{said:?}"
        );
        assert!(!said[0].contains("hunter2"));
    }
    assert_eq!(said(&[("a.yaml", "server: {token: null}")], &[build::<Config>("1")]), [""; 0]);
}

#[test]
fn documents_are_for_every_build_that_is_alive() {
    let builds = [build::<Config>("2.0"), build::<Older>("1.9"), build::<Older>("1.8")];
    let said = said(&[("a.yaml", "rates: {eu: 300}\nserver: {prt: 1}\n")], &builds);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said.iter().any(
        |it| it.starts_with("a.yaml:1:13: rates.eu: ") && it.ends_with("(in the program 2.0)")
    ));
    let older = "a.yaml:1:1: rates: unknown key, remove it (in the program 1.8, 1.9)";
    assert!(said.iter().any(|it| it == older), "{said:#?}");
    assert!(
        said.iter().any(|it| it == "a.yaml:2:10: server.prt: unknown key, did you mean `port`?")
    );

    let unknown = Build { schema: None, ..build::<Config>("3") };
    let checked = check(&documents(&[("a.yaml", "what: ever")]), &[unknown]);
    assert_eq!((checked.problems.len(), checked.unknown), (0, vec!["node-3".to_owned()]));
}

#[test]
fn what_is_not_checked_is_said() {
    let gap = |builds: &[Build]| {
        let checked = check(&documents(&[("a.yaml", "rates: {eu: 300}")]), builds);
        (checked.problems.len(), checked.gap(builds).map_or_else(String::new, |(_, text)| text))
    };
    let alive = build::<Config>("1");
    assert_eq!(gap(slice::from_ref(&alive)), (1, String::new()));
    let (problems, said) = gap(&[]);
    assert!(problems == 0 && said.contains("not checked") && said.contains("secret"), "{said}");
    let (problems, said) = gap(&[alive.clone(), Build { schema: None, ..build::<Older>("2") }]);
    assert!(problems == 1 && said.contains("not checked for node-2"), "{said}");
    let ahead = |schema| {
        let mut build = alive.clone();
        (build.nodes, build.programs, build.schema) = ([].into(), [].into(), schema);
        build
    };
    let (problems, said) = gap(&[ahead(alive.schema.clone())]);
    assert!(problems == 1 && said.contains("no node is in sight: checked against"), "{said}");
    let (problems, said) = gap(&[ahead(Some(7.into()))]);
    assert!(problems == 0 && said.contains("not checked for the build that came last"), "{said}");
}

#[test]
fn a_value_that_refers_to_what_the_node_knows_is_left_to_the_node() {
    for text in [
        "server: {port: '${PORT}'}",
        "server: {port: '${PORT:-80}', timeout: '${TIMEOUT}'}",
        "level: '${LEVEL}'",
        "output: '${OUTPUT}'",
        "output: {socket: {port: '${PORT}'}}",
        "partners: '${PARTNERS}'",
        "partners: [{name: a, limit: '${LIMIT}'}]",
        "rates: {eu: '${RATE}'}",
    ] {
        assert_eq!(said(&[("a.yaml", text)], &[build::<Config>("1")]), [""; 0], "{text}");
    }
}

#[test]
fn what_stands_around_such_a_value_is_checked_all_the_same() {
    for (text, expected) in [
        ("sever: {}\nserver: {port: '${PORT}'}\n", "a.yaml:1:1: sever: unknown key, did you"),
        ("server: {prot: '${PORT}'}\n", "a.yaml:1:10: server.prot: unknown key, did you mean"),
        ("server: {port: ['${PORT}']}\n", "a.yaml:1:16: server.port: invalid type: list"),
        ("partners: [{limit: '${LIMIT}'}]\n", "a.yaml:1:12: partners[0]: \"name\" is a required"),
        ("partners: {name: '${NAME}'}\n", "a.yaml:1:11: partners: invalid type: map"),
        ("output: {fil: {path: '${PATH}'}}\n", "a.yaml:1:10: output.fil: unknown variant `fil`"),
        ("output: {file: {port: '${PORT}'}}\n", "a.yaml:1:9: output: fits none of the forms"),
        ("server: {port: '${PORT}'}\nrates: {eu: 300}\n", "a.yaml:2:13: rates.eu: "),
    ] {
        let said = said(&[("a.yaml", text)], &[build::<Config>("1")]);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{text}: {said:#?}");
    }
}

/// A node can write what it wants as its schema.
#[test]
fn a_schema_that_leads_to_itself_ends_no_publication() {
    for schema in [
        r##"{"$ref": "#"}"##,
        r##"{"allOf": [{"$ref": "#"}]}"##,
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}"##,
        r##"{"additionalProperties": {"$ref": "#"}}"##,
        r##"{"$ref": "#/nowhere"}"##,
        r##"{"type": 7}"##,
        "true",
        "7",
    ] {
        let schema = Some(serde_json::from_str(schema).unwrap());
        let build = Build { schema, ..build::<Config>("evil") };
        let checked = check(&documents(&[("a.yaml", "server: {port: {a: [1]}}")]), &[build]);
        assert_eq!(checked.problems, []);
    }
}
