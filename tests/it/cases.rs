//! Inputs from bug reports of other projects, each by the number of its case.

use std::collections::{BTreeMap, BTreeSet};

use dlc_reload::{
    Format, Loader, Reloadable, Trigger, Verdict,
    source::{Env, Text},
};
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, load, problems};

/// Lists of several kinds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Lists {
    #[reload(hot, live)]
    allow: Vec<String>,
    #[reload(hot, live)]
    ports: BTreeSet<u16>,
    #[reload(hot, live)]
    pair: (u8, u8),
    #[reload(hot, live)]
    by_name: BTreeMap<String, Vec<u16>>,
    #[reload(hot, live)]
    gaps: Vec<Option<u16>>,
    #[serde(flatten)]
    #[reload(nested)]
    more: More,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct More {
    #[reload(hot, live)]
    hosts: Vec<String>,
    #[serde(flatten)]
    #[reload(hot, live)]
    rest: BTreeMap<String, Vec<u16>>,
}

fn text<C: Reloadable>(format: Format, text: &str) -> Loader<C> {
    Loader::new().source(Text::new(format, text))
}

#[test]
fn case_06_an_empty_item_of_a_list_is_refused() {
    let cases = [
        (
            "allow:\n  - 10.0.0.0/8\n  -",
            "text:3:4: allow[1]: invalid type: null, expected a string",
        ),
        (
            "ports: [80, null]",
            "text:1:13: ports[1]: invalid type: null, expected an integer from 0 to 65535",
        ),
        (
            "pair: [1, null]",
            "text:1:11: pair[1]: invalid type: null, expected an integer from 0 to 255",
        ),
        (
            "by_name: {a: [~, 1]}",
            "text:1:15: by_name.a[0]: invalid type: null, expected an integer from 0 to 65535",
        ),
        ("hosts: [a, null, b]", "text:1:12: hosts[1]: invalid type: null, expected a string"),
    ];
    for (input, expected) in cases {
        assert_eq!(problems(text::<Lists>(Format::Yaml, input)), expected);
    }
    let variable = Env::new("T").of([("T_ALLOW", "[a, null, b]")]);
    assert_eq!(
        problems(Loader::<Lists>::new().source(variable)),
        "environment variable T_ALLOW: allow[1]: invalid type: null, expected a string"
    );
    assert_eq!(
        problems(text::<Lists>(Format::Json, r#"{"allow": [null, null]}"#)),
        "text:1:12: allow[0]: invalid type: null, expected a string\n\
         text:1:18: allow[1]: invalid type: null, expected a string"
    );
    let config = load(text::<Lists>(Format::Yaml, "gaps: [80, null, ~, 81]\nallow: null"));
    assert_eq!(config.gaps, [Some(80), None, None, Some(81)]);
    assert_eq!(config.allow, Vec::<String>::new());
}

/// Values of which JSON has no word for some.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Numbers {
    #[reload(hot, live)]
    level: String,
    #[reload(hot, live)]
    rate: f64,
    #[reload(hot, live)]
    rates: Vec<f32>,
    #[reload(hot, live)]
    burst: Option<f64>,
    #[reload(hot, live)]
    wide: u128,
    #[reload(hot, live)]
    deep: i128,
    #[serde(serialize_with = "refuses")]
    #[schemars(with = "u8")]
    #[reload(hot, live)]
    shy: u8,
    #[reload(hot, live)]
    keyed: BTreeMap<bool, u8>,
    #[reload(restart)]
    port: u16,
}

fn refuses<S: serde::Serializer>(_: &u8, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("never shown"))
}

/// The rows of a report without the places.
fn rows(report: &dlc_reload::Report) -> Vec<String> {
    let waiting = report.pending().iter().map(|pending| &pending.change);
    let rows = report.changes().iter().chain(waiting);
    let shown = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(|| "(absent)".to_owned(), ToString::to_string)
    };
    rows.map(|row| format!("{} {} → {}", row.key, shown(&row.old), shown(&row.new))).collect()
}

#[test]
fn case_11_infinity_is_shown() {
    let dir = Dir::new();
    let path = dir.write("a.yaml", "rate: 1.5\nrates: [0.1]");
    let reloader = load(Loader::<Numbers>::new().file(&path)).reloader().start().unwrap();
    let reload = |text: &str| {
        dir.write("a.yaml", text);
        reloader.reload(Trigger::api("test")).wait().unwrap()
    };
    let report = reload("rate: .inf\nrates: [0.1, .inf]\nburst: .inf");
    assert_eq!(
        rows(&report),
        ["rate 1.5 → \"inf\"", "rates[1] (absent) → \"inf\"", "burst (absent) → \"inf\""]
    );
    let report = reload("rate: -.inf\nrates: [0.1, .inf]\nburst: .inf");
    assert_eq!(rows(&report), ["rate \"inf\" → \"-inf\""]);
    let explained = reloader.explain("rate").to_string();
    assert!(explained.contains("\"-inf\"  wins"), "{explained}");
}

#[test]
fn case_12_a_value_without_a_word_in_json_hides_no_other() {
    let dir = Dir::new();
    let path = dir.write("a.yaml", "{level: info, wide: 1, port: 80, shy: 1}");
    let reloader = load(Loader::<Numbers>::new().file(&path)).reloader().start().unwrap();
    let wide = u128::MAX;
    let deep = i128::MIN;
    let text =
        format!("level: debug\nwide: {wide}\ndeep: {deep}\nport: 81\nshy: 2\nkeyed: {{true: 1}}");
    dir.write("a.yaml", text);
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    let expected = [
        "level \"info\" → \"debug\"".to_owned(),
        format!("wide 1 → \"{wide}\""),
        format!("deep 0 → \"{deep}\""),
        "shy \"(cannot be shown)\" → \"(cannot be shown)\"".to_owned(),
        "keyed.true (absent) → 1".to_owned(),
        "port 80 → 81".to_owned(),
    ];
    assert_eq!(rows(&report), expected);
    let status = reloader.status();
    assert_eq!(status.pending[0].change.new, Some(81.into()));
    assert!(!report.to_string().contains("never shown"));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Server {
    #[reload(hot, live)]
    host: String,
    #[serde(default)]
    #[reload(hot, live)]
    mode: u32,
    #[serde(default)]
    #[reload(hot, live)]
    labels: BTreeMap<String, String>,
}

#[test]
fn case_14_a_character_that_cannot_be_seen_is_named() {
    let cases = [
        (
            Format::Yaml,
            "ho\u{200b}st: a",
            "text:1:1: \"ho\\u{200b}st\": unknown key, did you mean `host`? (it holds U+200B)",
        ),
        (
            Format::Yaml,
            // The second letter is Cyrillic.
            "h\u{43e}st: a",
            "text:1:1: h\u{43e}st: unknown key, did you mean `host`? (it holds U+043E)",
        ),
        (
            Format::Yaml,
            "host:\u{a0}a\nmode: 1",
            "text:2:5: invalid YAML: mapping values are not allowed in this context; line 1, column 6 is a no-break space (U+00A0), replace it",
        ),
        (
            Format::Yaml,
            "host:\u{a0}a",
            "text:1:1: expected a map of keys, found a string; line 1, column 6 is a no-break space (U+00A0), replace it",
        ),
        (
            Format::Toml,
            "host = 'a'\n\u{feff}mode = 1",
            "text:2:1: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`; line 2, column 1 is a byte order mark (U+FEFF), replace it",
        ),
        (
            Format::Toml,
            "host = \u{201c}a\u{201d}",
            "text:1:8: invalid TOML: string values must be quoted, expected literal string; line 1, column 8 is a curly quote (U+201C), replace it",
        ),
        (
            Format::Json,
            "{\"host\": \"a\",\n \u{feff}\"mode\": 1}",
            "text:2:2: invalid JSON: unexpected token; line 2, column 2 is a byte order mark (U+FEFF), replace it",
        ),
    ];
    for (format, input, expected) in cases {
        let found = problems(text::<Server>(format, input));
        assert!(found.lines().any(|line| line == expected), "{found}\n{expected}");
    }
    // In quotes and in remarks, such characters are somebody's text.
    let config = load(text::<Server>(Format::Yaml, "host: 'a\u{a0}b' # \u{201c}b\u{201d}"));
    assert_eq!(config.host, "a\u{a0}b");
    let found = problems(text::<Server>(Format::Toml, "host = 'a' # \u{201c}a\u{201d}\nmode ="));
    assert!(!found.contains("curly"), "{found}");
}

#[test]
fn case_14_a_key_reads_back_as_it_is_shown() {
    for name in ["ho\u{200b}st", "a\u{a0}b", "a\nb", "a\\u{200b}", "tab\t", "e\u{301}", "\u{301}e"]
    {
        let key = dlc_reload::Key::root().child(name.to_owned()).item(3);
        assert_eq!(dlc_reload::Key::parse(&key.to_string()), key, "{key}");
    }
}

#[test]
fn case_15_json_is_read_as_its_specification_has_it() {
    let cases = [
        (
            "{\"labels\": {\"a\": \"x\ny\"}, \"host\": \"b\"}",
            "text:1:20: invalid JSON: U+000A inside of a string, write it as `\\n`",
        ),
        (
            "{\"host\": \"a\tb\"}",
            "text:1:12: invalid JSON: U+0009 inside of a string, write it as `\\t`",
        ),
        (
            "{\"ho\u{1}st\": \"a\"}",
            "text:1:5: invalid JSON: U+0001 inside of a string, write it as `\\u0001`",
        ),
        (
            "{\"host\":\u{a0}\"a\"}",
            "text:1:9: invalid JSON: a no-break space (U+00A0) between two values, remove it",
        ),
        ("{\"host\": \"a\"}\u{c}", "text:1:14: invalid JSON: U+000C between two values, remove it"),
    ];
    for (input, expected) in cases {
        assert_eq!(problems(text::<Server>(Format::Json, input)), expected);
    }
    let right =
        "{\"host\": \"\\n\\t\\u0001\\\"\\\\\", \"labels\": {\"a\": \"é\u{a0}\u{2028}\u{7f}b\"}}";
    let config = load(text::<Server>(Format::Json, right));
    assert_eq!(config.host, "\n\t\u{1}\"\\");
    assert_eq!(config.labels["a"], "é\u{a0}\u{2028}\u{7f}b");
}

#[test]
fn case_16_line_ends_do_not_change_a_toml_file() {
    let dir = Dir::new();
    let content =
        "host = \"\"\"\nline 1\\r\nline \\\n  2\n\"\"\"\n[labels]\ncert = '''\nBEGIN\nEND\n'''\n";
    let path = dir.write("a.toml", content);
    let boot = load(Loader::<Server>::new().file(&path));
    assert_eq!(boot.host, "line 1\r\nline 2\n");
    let reloader = boot.reloader().start().unwrap();
    dir.write("a.toml", content.replace('\n', "\r\n"));
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Unchanged, "{report}");
    let broken = content.replace('\n', "\r\n") + "mode = 1\r\nmode = \r\n";
    let found = dir.strip(&problems(Loader::<Server>::new().file(dir.write("b.toml", broken))));
    assert!(found.contains("b.toml:12:"), "{found}");
}

#[test]
fn a_yaml_file_may_end_with_the_start_of_a_document() {
    for input in ["host: a\n---\n", "host: a\n---", "---\nhost: a\n...\n---\n# nothing\n"] {
        assert_eq!(load(text::<Server>(Format::Yaml, input)).host, "a", "{input}");
    }
    let second = "a second document starts here: keep one document to a file";
    for input in [
        "host: a\n---\nmode: 1",
        "host: a\n---\n''",
        "host: a\n---\n[]",
        "host: a\n---\n---\n",
        "host: a\n--- !!str\n",
    ] {
        let found = problems(text::<Server>(Format::Yaml, input));
        assert_eq!(found, format!("text:2:1: {second}"), "{input}");
    }
}

#[test]
fn a_file_has_the_format_that_the_program_says() {
    let dir = Dir::new();
    let (toml, odd) =
        (dir.write("app.conf", "host = 'a'"), dir.write("x.toml", "host: b\nmode: 1"));
    let loader = || Loader::<Server>::new().file_as(&toml, Format::Toml);
    assert_eq!(load(loader()).host, "a");
    let config = load(loader().optional_file_as(&odd, Format::Yaml));
    assert_eq!((config.host.as_str(), config.mode), ("b", 1));
    assert_eq!(load(loader().optional_file_as(dir.join("none"), Format::Json)).host, "a");
    dir.write("app.conf", "host = 'a");
    let found = dir.strip(&problems(loader()));
    assert!(found.starts_with("app.conf:1:") && found.contains("invalid TOML"), "{found}");
    // What it includes says its format by its name.
    let including = dir.write("including", "include: [x.toml]\nmode: 2");
    let found = problems(Loader::<Server>::new().file_as(including, Format::Yaml));
    assert!(dir.strip(&found).starts_with("x.toml:1:"), "{found}");
}
