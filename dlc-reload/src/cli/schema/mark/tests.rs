use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use super::*;

const SCHEMA: &str = "./app.schema.json";
const YAML: &str = "# yaml-language-server: $schema=./app.schema.json";
const TOML: &str = "#:schema ./app.schema.json";

/// Returns a text with its mark.
fn marked(format: Format, text: &str) -> String {
    edit(format, text, SCHEMA).unwrap().map_or_else(|| text.to_owned(), |edit| edit.of(text))
}

#[test]
fn a_mark_is_the_first_line_that_may_be_one() {
    let cases = [
        ("", format!("{YAML}\n")),
        ("a: 1", format!("{YAML}\na: 1")),
        ("a: 1\r\nb: 2\r\n", format!("{YAML}\r\na: 1\r\nb: 2\r\n")),
        ("\u{feff}a: 1\n", format!("\u{feff}{YAML}\na: 1\n")),
        ("# about\n\na: 1\n", format!("{YAML}\n# about\n\na: 1\n")),
        ("%YAML 1.2\n---\na: 1\n", format!("{YAML}\n%YAML 1.2\n---\na: 1\n")),
        ("#!/usr/bin/env app\na: 1\n", format!("#!/usr/bin/env app\n{YAML}\na: 1\n")),
        ("#!/usr/bin/env app", format!("#!/usr/bin/env app\n{YAML}\n")),
        // What stands in a value is none.
        (
            "a: |\n  # yaml-language-server: $schema=x\n",
            format!("{YAML}\na: |\n  # yaml-language-server: $schema=x\n"),
        ),
        (
            "#yaml-language-server: $schema=x\n",
            format!("{YAML}\n#yaml-language-server: $schema=x\n"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(marked(Format::Yaml, text), expected, "{text:?}");
        assert_eq!(marked(Format::Yaml, &expected), expected, "twice: {text:?}");
    }
    assert_eq!(marked(Format::Toml, "a = 1\n"), format!("{TOML}\na = 1\n"));
    assert_eq!(marked(Format::Toml, &format!("{TOML}\r\n")), format!("{TOML}\r\n"));
}

#[test]
fn a_mark_of_another_schema_is_replaced_and_all_around_it_stays() {
    let cases = [
        (Format::Yaml, "# yaml-language-server: $schema=old.json  \na: 1", "old.json"),
        (
            Format::Yaml,
            "# about\n%YAML 1.2\n---\n#  yaml-language-server : $schema=old.json\r\n",
            "old.json",
        ),
        (Format::Yaml, "# $schema: https://a/b#c and more\n", "https://a/b#c"),
        (Format::Toml, "# about\n#:schema\told.json # so\na = 1", "old.json"),
        (Format::Json, "{\"a\": 1, \"$schema\" : \"old.json\"}", "\"old.json\""),
        (Format::Json, "{\"$schema\": null}", "null"),
    ];
    for (format, text, old) in cases {
        let new = if format == Format::Json { format!("\"{SCHEMA}\"") } else { SCHEMA.to_owned() };
        let expected = text.replace(old, &new);
        assert_ne!(expected, text);
        assert_eq!(marked(format, text), expected);
        assert_eq!(marked(format, &expected), expected, "twice");
    }
}

#[test]
fn another_spelling_of_the_same_schema_stays() {
    let texts = [
        (Format::Yaml, "# yaml-language-server: $schema=app.schema.json\na: 1"),
        (Format::Toml, "#:schema app.schema.json\n"),
        (Format::Json, r#"{"$schema": "app.schema.json"}"#),
    ];
    for (format, text) in texts {
        assert_eq!(edit(format, text, SCHEMA), Ok(None), "{text}");
    }
}

#[test]
fn the_first_member_of_json_begins_as_the_one_that_was_first() {
    let cases = [
        ("{}", "{\"$schema\": \"./app.schema.json\"}"),
        ("{ \r\n }\n", "{\"$schema\": \"./app.schema.json\" \r\n }\n"),
        ("{\"a\":1}", "{\"$schema\": \"./app.schema.json\", \"a\":1}"),
        ("{ \"a\": 1 }", "{ \"$schema\": \"./app.schema.json\", \"a\": 1 }"),
        (
            "\u{feff} {\r\n\t\"a\": {\"$schema\": 1}\r\n}",
            "\u{feff} {\r\n\t\"$schema\": \"./app.schema.json\",\r\n\t\"a\": {\"$schema\": 1}\r\n}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(marked(Format::Json, text), expected);
        assert_eq!(marked(Format::Json, expected), expected, "twice");
    }
    assert!(edit(Format::Json, "[1]", SCHEMA).unwrap_err().starts_with("holds no object"));
    assert!(edit(Format::Json, "{\"a\": }", SCHEMA).unwrap_err().starts_with("is no JSON: "));
    assert!(edit(Format::Json, "", SCHEMA).is_err());
}

/// Returns texts as people and editors leave them.
fn texts(format: Format) -> impl Strategy<Value = String> {
    let header: &[&str] = match format {
        Format::Yaml => {
            &["# about", "  # ünder", "", " \t", "%YAML 1.2", "---", "# $schema is below"]
        }
        _ => &["# about", "  # ünder", "", " \t", "#: no schema"],
    };
    let body: &[&str] = match format {
        Format::Yaml => &["a: 1 # one", "b: [x, 'ÿ']", "", "c:", "  - |", "    #:schema x"],
        _ => &["a = 1 # one", "b = ['x', \"ÿ\"]", "", "[c]", "d = '''", "#:schema x", "'''"],
    };
    let lines = (vec(select(header), 0..4), vec(select(body), 0..6));
    let ends = (any::<bool>(), any::<bool>(), select(&["\n", "\r\n"][..]), any::<bool>());
    (lines, ends).prop_map(|((header, body), (mark, shebang, end, ended))| {
        let shebang = shebang.then_some("#!/usr/bin/env app");
        let lines: Vec<_> = shebang.into_iter().chain(header).chain(["k"]).chain(body).collect();
        let (mark, last) = (if mark { "\u{feff}" } else { "" }, if ended { end } else { "" });
        format!("{mark}{}{last}", lines.join(end))
    })
}

/// Checks that a text is the same beside its mark, which is there once.
fn is_only_marked(format: Format, text: &str, mark: &str) {
    let edit = edit(format, text, SCHEMA).unwrap().unwrap();
    let new = edit.of(text);
    assert!(edit.at.is_empty(), "{text:?} lost something");
    assert_eq!(edit.new.trim(), mark);
    assert!(new.starts_with(&text[..edit.at.start]) && new.ends_with(&text[edit.at.end..]));
    assert_eq!(new.len(), text.len() + edit.new.len());
    assert_eq!(new.contains("\r\n"), text.contains("\r\n"));
    assert_eq!(self::edit(format, &new, SCHEMA), Ok(None), "twice: {new:?}");
    // And another schema takes the place of this one, and gives it back.
    let other = self::edit(format, &new, "../b.json").unwrap().unwrap().of(&new);
    assert_eq!(self::edit(format, &other, SCHEMA).unwrap().unwrap().of(&other), new);
}

proptest! {
    #[test]
    fn all_around_a_new_mark_stays_byte_for_byte(
        yaml in texts(Format::Yaml),
        toml in texts(Format::Toml),
    ) {
        is_only_marked(Format::Yaml, &yaml, YAML);
        is_only_marked(Format::Toml, &toml, TOML);
    }

    #[test]
    fn all_around_a_new_member_stays_byte_for_byte(
        spaces in vec("[ \t\r\n]{0,3}", 5),
        values in vec(select(&["1", "null", "\"ü\\\"{\"", "{\"$schema\": 1}", "[1, 2]"][..]), 0..4),
        mark in any::<bool>(),
    ) {
        let members: Vec<_> = values.iter().zip(0..).map(|(value, n)| format!("\"k{n}\"{}:{value}", spaces[0])).collect();
        let members = members.join(&format!("{},{}", spaces[1], spaces[2]));
        let mark = if mark { "\u{feff}" } else { "" };
        let text = format!("{mark}{}{{{}{members}}}{}", spaces[3], spaces[4], spaces[0]);
        let edit = edit(Format::Json, &text, SCHEMA).unwrap().unwrap();
        let new = edit.of(&text);
        prop_assert!(edit.at.is_empty());
        prop_assert_eq!(self::edit(Format::Json, &new, SCHEMA), Ok(None));
        let read = |text: &str| -> Value {
            serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
        };
        let (mut made, was) = (read(&new), read(&text));
        prop_assert_eq!(made.as_object_mut().unwrap().remove("$schema"), Some(SCHEMA.into()));
        prop_assert_eq!(made, was);
    }
}
