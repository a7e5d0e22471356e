//! YAML texts that could be read in two ways: the one that was chosen, or the refusal that names both.

use std::collections::BTreeMap;

use dlc_reload::{Format, Loader, Reloadable, source::Env};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fixture::{load, problems};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    mode: Option<i64>,
    #[reload(hot, live)]
    ratio: f64,
    #[reload(hot, live)]
    wide: u128,
    #[reload(hot, live)]
    text: String,
    #[reload(hot, live)]
    modes: Vec<u16>,
    #[reload(hot, live)]
    by_name: BTreeMap<String, u32>,
    #[reload(hot, live)]
    by_number: BTreeMap<u32, String>,
    #[reload(hot, live)]
    any: BTreeMap<String, serde_json::Value>,
    #[serde(flatten)]
    #[reload(nested)]
    more: More,
    #[reload(restart, secret)]
    pin: u32,
}

/// Fields of which serde buffers the values before it knows their types.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct More {
    #[reload(hot, live)]
    umask: u16,
    #[reload(hot, live)]
    label: String,
}

fn yaml(text: &str) -> Loader<Config> {
    Loader::new().text(Format::Yaml, text)
}

#[test]
fn an_integer_with_a_leading_zero_is_refused() {
    let both = |octal, decimal| {
        format!(
            "an integer with a leading zero is read in two ways, write `{octal}` (octal) or `{decimal}` (decimal)"
        )
    };
    let mode = both("0o644", "644");
    let one = |decimal| format!("an integer with a leading zero, write `{decimal}`");
    let cases = [
        ("mode: 0644", format!("1:7: mode: {mode}")),
        ("mode: +0644", format!("1:7: mode: {}", one("644"))),
        ("mode: -0644", format!("1:7: mode: {}", one("-644"))),
        ("mode: 08", format!("1:7: mode: {}", one("8"))),
        ("mode: 00", format!("1:7: mode: {}", one("0"))),
        ("mode: 007", format!("1:7: mode: {}", both("0o7", "7"))),
        ("mode: !!int 0644", format!("1:13: mode: {mode}")),
        ("wide: 0644", format!("1:7: wide: {mode}")),
        ("ratio: 0644", format!("1:8: ratio: {mode}")),
        ("umask: 0022", format!("1:8: umask: {}", both("0o22", "22"))),
        ("modes: [1, 0644]", format!("1:12: modes[1]: {mode}")),
        ("modes:\n- 1\n- 0644", format!("3:3: modes[1]: {mode}")),
        ("by_name: {a: 0644}", format!("1:14: by_name.a: {mode}")),
        ("by_number: {0644: a}", format!("1:13: by_number.0644: {mode}")),
        ("any: {a: [{b: 0644}]}", format!("1:15: any.a[0].b: {mode}")),
        ("x-mode: &mode 0644\nmode: *mode", format!("2:7: mode: {mode}")),
    ];
    for (input, expected) in cases {
        assert_eq!(problems(yaml(input)), format!("text:{expected}"), "{input}");
    }
    let hidden = problems(yaml("pin: 0644"));
    assert!(hidden.starts_with("text:1:6: pin: ") && !hidden.contains("644"), "{hidden}");
    let variable = Loader::<Config>::new().source(Env::new("T").of([("T_MODE", "0644")]));
    assert_eq!(problems(variable), format!("environment variable T_MODE: mode: {mode}"));
}

#[test]
fn what_only_looks_like_a_leading_zero_is_taken() {
    let config =
        load(yaml("{text: 0644, label: 0644, mode: 0o644, ratio: 00.5, any: {a: '0644', b: 0}}"));
    assert_eq!((config.text.as_str(), config.more.label.as_str()), ("0644", "0644"));
    assert_eq!((config.mode, config.ratio), (Some(0o644), 0.5));
    assert_eq!(config.any["a"], json!("0644"));
    assert_eq!(config.any["b"], json!(0));
    assert_eq!(load(yaml("{mode: 0x0F, wide: 0}")).mode, Some(15));
}

#[test]
fn an_anchor_on_nothing_is_refused() {
    let nothing = "an anchor on nothing, remove it (a text that starts with `&` needs quotes)";
    let cases = [
        ("text: &abc", "1:7"),
        ("text: &abc # a comment", "1:7"),
        ("text: &abc\nratio: 1", "1:7"),
        ("{text: &abc, ratio: 1}", "1:8"),
        ("modes: [&abc ]", "1:9"),
        ("modes:\n- &abc\n- 1", "2:3"),
        ("any: {a: {b: &abc}}", "1:14"),
    ];
    for (input, place) in cases {
        assert_eq!(problems(yaml(input)), format!("text:{place}: {nothing}"), "{input}");
    }
    let unknown =
        "no anchor has this name before, correct it (a text that starts with `*` needs quotes)";
    for (input, place) in [("text: *abc", "1:7"), ("any: {a: [*.log]}", "1:11"), ("*a: 1", "1:1")] {
        assert_eq!(problems(yaml(input)), format!("text:{place}: {unknown}"), "{input}");
    }
    let config =
        load(yaml("text: &a x\nlabel: *a\nany: {b: &b null, c: *b, d: &d '', e: &e !!str }"));
    assert_eq!(config.more.label, "x");
    assert_eq!(json!(config.any), json!({"b": null, "c": null, "d": "", "e": ""}));
}

#[test]
fn a_value_without_a_key_is_refused() {
    let missing = "a value without a key, write the key before the `:`";
    for (input, place) in [(": 1", "1:1"), ("any:\n  : 1", "2:3"), ("any: {: 1}", "1:7")] {
        assert_eq!(problems(yaml(input)), format!("text:{place}: {missing}"), "{input}");
    }
    assert_eq!(load(yaml("any: {'': 1, ~: 2}")).any.len(), 2);
}

#[test]
fn a_key_in_braces_needs_a_colon() {
    let missing = "a key without a value, write `key: value` with a space after the colon";
    let cases = [
        ("by_name: {a:1}", "1:11"),
        ("by_name: {a 1, b: 2}", "1:11"),
        ("by_name: {b: 2, \"a\" # a comment\n\n }", "1:17"),
        ("any: {a: {b: [{c}]}}", "1:16"),
        ("{mode}", "1:2"),
    ];
    for (input, place) in cases {
        assert_eq!(problems(yaml(input)), format!("text:{place}: {missing}"), "{input}");
    }
    let config = load(yaml("any: {a: , b:, 'c':, 'd' : , ? e : , f:\n}\n? mode\nlabel:\n"));
    assert_eq!(config.any.len(), 6);
    let config = load(yaml("by_name: {'a':1, http://b: 2}"));
    assert_eq!(config.by_name, BTreeMap::from([("a".into(), 1), ("http://b".into(), 2)]));
}

#[test]
fn a_block_at_the_end_of_a_file_ends_as_the_file_does() {
    let cases = [
        ("text: |\n  hello", "hello"),
        ("text: |\n  hello\n", "hello\n"),
        ("text: |\n  hello\n  ", "hello\n"),
        ("text: |\n  hello\r\n", "hello\n"),
        ("text: |-\n  hello", "hello"),
        ("text: |+\n  hello", "hello"),
        ("text: |+\n  hello\n\n", "hello\n\n"),
        ("text: |\n  a\n\n  hello", "a\n\nhello"),
        ("text: >\n  a\n  hello", "a hello"),
        ("text: >\n  a\n  hello\n", "a hello\n"),
        ("text: |\n  hello\n# a comment", "hello\n"),
        ("text: |\n  hello\nratio: 1", "hello\n"),
        ("text: |\n  é\u{1f600}", "é\u{1f600}"),
        ("text: |\n", ""),
        ("text: |", ""),
    ];
    for (input, expected) in cases {
        assert_eq!(load(yaml(input)).text, expected, "{input:?}");
    }
}
