//! Texts of environment variables, and those set in code, that stand for lists and maps.

use std::collections::{BTreeMap, BTreeSet};

use dlc_reload::{Boot, Limits, Loader, Reloadable, source::Env};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems, warnings};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(restart)]
    hosts: Vec<String>,
    #[reload(restart)]
    ports: BTreeSet<u16>,
    #[reload(restart)]
    by: BTreeMap<String, Vec<String>>,
    #[reload(restart)]
    wide: Vec<u64>,
    #[reload(restart)]
    title: String,
    #[reload(restart)]
    gaps: Vec<Option<u16>>,
    #[reload(restart)]
    sink: Option<Sink>,
    #[reload(restart)]
    routes: Vec<Route>,
    #[reload(restart)]
    any: serde_json::Value,
    #[reload(restart, secret)]
    tokens: Vec<String>,
    #[reload(restart, nested)]
    server: Server,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Server {
    #[serde(alias = "address")]
    #[reload(restart)]
    host: String,
    #[reload(restart)]
    tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Sink {
    None,
    Http { url: String, tries: u8 },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Route {
    path: String,
    to: Vec<String>,
}

fn env<const N: usize>(variables: [(&str, &str); N]) -> Loader<Config> {
    Loader::new().source(
        Env::new("T").of(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))),
    )
}

/// A configuration in which a text is `hosts`, by a variable; by `set` it has to be the same.
fn hosts(text: &str) -> Boot<Config> {
    let boot = load(env([("T_HOSTS", text)]));
    let set = load(Loader::<Config>::new().set("hosts", text));
    let below = load(env([("T_BY__A", text)]));
    assert_eq!(set.hosts, boot.hosts, "{text}");
    assert_eq!(below.by["a"], boot.hosts, "{text}");
    boot
}

/// The only problem of a text that is no list.
fn refused_hosts(text: &str) -> String {
    let found = problems(env([("T_HOSTS", text)]));
    let message = found.strip_prefix("environment variable T_HOSTS: hosts: ").expect(&found);
    let set = problems(Loader::<Config>::new().set("hosts", text));
    assert_eq!(set, format!("override: hosts: {message}"));
    let below = problems(env([("T_BY__A", text)]));
    assert_eq!(below, format!("environment variable T_BY__A: by.a: {message}"));
    // The same text is a string where a string is wanted.
    assert_eq!(load(env([("T_TITLE", text)])).title, text);
    message.to_owned()
}

#[test]
fn case_07_json_is_read_as_json() {
    let cases: [(&str, &[&str]); 17] = [
        (r#"["https://h/?a=1\u0026b=2", "x"]"#, &["https://h/?a=1&b=2", "x"]),
        (r#"["\u00e9", "a\bb", "\f\/\\\"\n\r\t"]"#, &["é", "a\u{8}b", "\u{c}/\\\"\n\r\t"]),
        (r#"["\ud83d\ude00"]"#, &["😀"]),
        (r#"["\u0000"]"#, &["\0"]),
        (" [\n  \"a\",\n\t\"b\"\r\n] ", &["a", "b"]),
        (r##"["a,b", "[c]", "{d}", "#e", "f: g"]"##, &["a,b", "[c]", "{d}", "#e", "f: g"]),
        (r#"["", " x "]"#, &["", " x "]),
        ("[]", &[]),
        (r#"["C:\\dir"]"#, &[r"C:\dir"]),
        (r#"["\\", "\"", "\\\"", "[\"", "a"]"#, &["\\", "\"", "\\\"", "[\"", "a"]),
        // A number or a boolean is text for a string, with its digits.
        (r#"["a", 1.10, 007e0, true]"#, &["a", "1.10", "007e0", "true"]),
        ("[1.10, 1e3, -0, 18446744073709551616]", &["1.10", "1e3", "-0", "18446744073709551616"]),
        // And so are the other spellings of YAML.
        ("[a, 'b c', \"d\"]", &["a", "b c", "d"]),
        (
            "[https://h/?a=1&b=2#c, h:80, 10.0.0.0/8,]",
            &["https://h/?a=1&b=2#c", "h:80", "10.0.0.0/8"],
        ),
        ("['it''s', 'C:\\dir', 'a, b']", &["it's", r"C:\dir", "a, b"]),
        ("[yes, 1.10, 0x10, ~x]", &["yes", "1.10", "0x10", "~x"]),
        (r#"["\x41\e", a b] # two"#, &["A\u{1b}", "a b"]),
    ];
    for (text, expected) in cases {
        assert_eq!(hosts(text).hosts, expected, "{text}");
    }
}

#[test]
fn case_07_what_begins_with_a_bracket_is_never_split_at_commas() {
    let cases = [
        r#"["C:\dir"]"#,
        r#"["a", "b""#,
        r#"["a" "b"]"#,
        "['a', 'b]",
        "[a, b]]",
        "[a, b",
        "[a, b}",
        "[a,, b]",
        "[, a]",
        "[",
        "{",
        "[a], b",
        "[a] b",
        "{a: 1}, {b: 2}",
        r#"["\ud83d"]"#,
        r#"["\u12"]"#,
        "[a, @b]",
        "[*.example.com, b]",
        "[!a, b]",
        "[\"a\", \u{201c}b\u{201d}: ]",
    ];
    for text in cases {
        let message = refused_hosts(text);
        let start = format!(
            "begins with `{}`, but is neither JSON nor YAML: ",
            text.chars().next().unwrap()
        );
        assert!(message.starts_with(&start), "{text}: {message}");
        let remedy = if text.starts_with('[') {
            r#"; write a list as `["a", "b"]` or `a,b`"#
        } else {
            r#"; write a map as `{"a": 1}`"#
        };
        assert!(message.ends_with(remedy), "{text}: {message}");
    }
    assert_eq!(
        refused_hosts(r#"["a" "b"]"#),
        r#"begins with `[`, but is neither JSON nor YAML: column 6, invalid trailing content after double-quoted scalar, remove it, or write `\"` for a quote inside of the text; write a list as `["a", "b"]` or `a,b`"#
    );
    // The other bracket is a value of another kind.
    assert_eq!(refused_hosts("{a: 1}"), "invalid type: map, expected a list");
}

#[test]
fn case_07_the_text_of_a_secret_is_in_no_message() {
    let found = problems(env([("T_TOKENS", r#"["hunter2" hunter3]"#)]));
    assert!(found.starts_with("environment variable T_TOKENS: tokens: begins with `[`"), "{found}");
    assert!(!found.contains("hunter"), "{found}");
    let found = problems(env([("T_TOKENS", "hunter2,,hunter3")]));
    assert!(found.contains("tokens: the item 2 is empty"), "{found}");
    assert!(!found.contains("hunter"), "{found}");
}

#[test]
fn case_07_lists_without_brackets_are_split_at_commas() {
    let cases: [(&str, &[&str]); 10] = [
        ("a", &["a"]),
        ("a,b", &["a", "b"]),
        (" a , b c ", &["a", "b c"]),
        ("a,", &["a"]),
        ("a, b, ", &["a", "b"]),
        ("", &[]),
        ("  ", &[]),
        ("a, [b, c]", &["a", "[b", "c]"]),
        ("null,~,true,1.10", &["null", "~", "true", "1.10"]),
        ("https://h/?a=[1]", &["https://h/?a=[1]"]),
    ];
    for (text, expected) in cases {
        assert_eq!(hosts(text).hosts, expected, "{text}");
    }
    let cases = [("a,,b", 2), (",a", 1), (",", 1), ("a, b,,", 3), ("a,b, ,c", 3)];
    for (text, item) in cases {
        assert_eq!(
            refused_hosts(text),
            format!(
                r#"the item {item} is empty: take a comma away, or write an empty text as in `["a", ""]`"#
            )
        );
    }
}

#[test]
fn case_07_maps_sets_and_enums_are_read_too() {
    let config = load(env([
        ("T_BY", r#"{"a": ["x\u0026y"], "b c": []}"#),
        ("T_PORTS", "[80, 0x51, 80]"),
        ("T_WIDE", "[18446744073709551615, 9007199254740993]"),
        ("T_GAPS", "[1, null, ~]"),
        ("T_SINK", r#"{"http": {"url": "a\u0026b", "tries": 3}}"#),
        ("T_ROUTES", "[{path: /a, to: [b, c]}, {path: '/d'}]"),
        ("T_ANY", r#"{"a": [1, "1", 1.5, null, true]}"#),
        ("T_SERVER", r#"{"address": "1.10", "tags": ["a"]}"#),
    ]));
    let by = [("a", vec!["x&y"]), ("b c", vec![])];
    let by =
        by.map(|(name, items)| (name.to_owned(), items.into_iter().map(str::to_owned).collect()));
    assert_eq!(config.by, BTreeMap::from(by));
    assert_eq!(config.ports, BTreeSet::from([80, 81]));
    assert_eq!(config.wide, [18_446_744_073_709_551_615, 9_007_199_254_740_993]);
    assert_eq!(config.gaps, [Some(1), None, None]);
    assert_eq!(config.sink, Some(Sink::Http { url: "a&b".into(), tries: 3 }));
    let route = |path: &str, to: &[&str]| Route {
        path: path.into(),
        to: to.iter().map(|item| (*item).to_owned()).collect(),
    };
    assert_eq!(config.routes, [route("/a", &["b", "c"]), route("/d", &[])]);
    assert_eq!(config.any, serde_json::json!({"a": [1, "1", 1.5, null, true]}));
    assert_eq!(
        (config.server.host.as_str(), &*config.server.tags),
        ("1.10", &["a".to_owned()][..])
    );
    assert_eq!(load(env([("T_SINK", "none")])).sink, Some(Sink::None));
}

#[test]
fn case_07_a_map_that_does_not_read_is_refused() {
    let start = "begins with `{`, but is neither JSON nor YAML: ";
    for (variable, key) in [("T_BY", "by"), ("T_SINK", "sink"), ("T_SERVER", "server")] {
        for text in [r#"{"a": "b"#, "{a: 1}}", r#"{"a": 1 "b": 2}"#, "{a: 1]"] {
            let found = problems(env([(variable, text)]));
            let expected = format!("environment variable {variable}: {key}: {start}");
            assert!(found.starts_with(&expected), "{text}: {found}");
            assert_eq!(found.lines().count(), 1, "{found}");
        }
        // A key without a value is no entry that is left out.
        for text in ["{a:1}", "{a, b: 1}", "{a: }"] {
            let found = problems(env([(variable, text)]));
            assert!(found.contains("a key without a value, write `"), "{text}: {found}");
        }
        let found = problems(env([(variable, r#"{"a": 1, "a": 2}"#)]));
        assert!(found.contains("a key stands in it twice, remove one of the two"), "{found}");
    }
    // Beside another source that sets the section, too.
    let file = || Loader::<Config>::new().text("yaml", "server: {host: a}");
    let found = problems(file().source(Env::new("T").of([("T_SERVER", "{host: b")])));
    assert!(
        found.starts_with("environment variable T_SERVER: server: begins with `{`, but is neither"),
        "{found}"
    );
    assert_eq!(found.lines().count(), 1, "{found}");
    let found = problems(env([("T_SERVER", "{host: b"), ("T_SERVER__HOST", "c")]));
    assert!(
        found.starts_with("environment variable T_SERVER: server: begins with `{`, but is neither"),
        "{found}"
    );
    assert_eq!(
        problems(env([("T_BY", "[a]")])),
        "environment variable T_BY: by: invalid type: list, expected a map"
    );
}

#[test]
fn case_07_a_string_takes_the_text_as_it_is() {
    for text in ["[abc]", "{a: 1}", "[a", r#"["\u0026"]"#, " [x] ", "a,,b", "{}"] {
        assert_eq!(load(env([("T_TITLE", text)])).title, text);
        assert_eq!(load(Loader::<Config>::new().set("title", text)).title, text);
    }
    // What takes anything is given the list or map, or else the text.
    let any = |text: &str| load(env([("T_ANY", text)])).any.clone();
    assert_eq!(any("[a, 1]"), serde_json::json!(["a", 1]));
    assert_eq!(any("[%t] %m"), serde_json::json!("[%t] %m"));
    assert_eq!(any("a,b"), serde_json::json!("a,b"));
}

#[test]
fn case_07_a_section_in_one_variable_is_a_section() {
    let file = || Loader::<Config>::new().text("yaml", "server: {host: a, tags: [x]}");
    let config = load(file().source(Env::new("T").of([("T_SERVER", "{address: b}")])));
    assert_eq!((config.server.host.as_str(), &*config.server.tags), ("b", &["x".to_owned()][..]));
    let config = load(env([("T_SERVER", "{host: b}"), ("T_SERVER__TAGS", "c")]));
    assert_eq!((config.server.host.as_str(), &*config.server.tags), ("b", &["c".to_owned()][..]));
    assert_eq!(
        problems(env([("T_SERVER", "{hots: b}")])),
        "environment variable T_SERVER: server.hots: unknown key, did you mean `host`?"
    );
    assert_eq!(
        problems(env([("T_SERVER", "{host: a, address: b}")])),
        "environment variable T_SERVER: `address` is another name of `host`, which is set as well: remove one of the two"
    );
}

#[test]
fn case_07_each_wrong_item_is_named() {
    for text in ["80, x, 81, y", "[80, x, 81, 'y']", r#"[80, "x", 81, "y"]"#] {
        assert_eq!(
            problems(env([("T_PORTS", text)])),
            "environment variable T_PORTS: ports[1]: invalid type: string \"x\", expected an integer from 0 to 65535\n\
             environment variable T_PORTS: ports[3]: invalid type: string \"y\", expected an integer from 0 to 65535"
        );
    }
    // A list that another source replaces is told of, too.
    let found = warnings(env([("T_HOSTS", "[a")]).set("hosts", "a"));
    assert!(found.ends_with("(without effect, because override wins)"), "{found}");
}

#[test]
fn case_07_depth_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (text, most) in [(nested(63), 64), (nested(7), 8)] {
        let limits = Limits::default().with_depth(most);
        assert!(load(env([("T_ANY", &text)]).limits(limits)).any.is_array(), "{most}");
    }
    for (depth, most) in [(65, 64), (9, 8), (200, 64), (5_000, 64), (5_000, 1000)] {
        let limits = Limits::default().with_depth(most);
        for text in
            [nested(depth), format!("{}a", nested(depth)), "[".repeat(depth), "{a: ".repeat(depth)]
        {
            let found = problems(env([("T_HOSTS", &text)]).limits(limits.clone()));
            assert!(found.contains("but is neither JSON nor YAML"), "{depth}: {found}");
        }
    }
    let found = problems(env([("T_HOSTS", &nested(65))]));
    assert!(found.contains("nested more than 64 levels deep, flatten it"));
    // A name with many steps, and a key with many, are no way around it.
    let name = format!("T_ANY{}", "__A".repeat(5_000));
    let found = warnings(env([(&*name, "1")]));
    assert!(found.ends_with("warning: names no key and is ignored, correct or remove it"));
    let key = format!("any{}", ".a".repeat(5_000));
    let found = problems(Loader::<Config>::new().set(key.as_str(), "1"));
    assert_eq!(found, "override: nested more than 64 levels deep, flatten it");
}

proptest! {
    #[test]
    fn case_07_every_list_and_map_comes_back_from_its_json(
        hosts in prop::collection::vec(any::<String>(), 0..6),
        by in prop::collection::btree_map("[^\\p{Cc}]{1,8}", prop::collection::vec(any::<String>(), 0..3), 0..4),
        pretty in any::<bool>(),
    ) {
        let json = |value: serde_json::Value| match pretty {
            true => format!("{value:#}"),
            false => value.to_string(),
        };
        let (hosts_json, by_json) = (json(serde_json::json!(hosts)), json(serde_json::json!(by)));
        let config = load(env([("T_HOSTS", &*hosts_json), ("T_BY", &*by_json)]));
        prop_assert_eq!(&config.hosts, &hosts);
        prop_assert_eq!(&config.by, &by);
    }

    #[test]
    fn case_07_what_is_accepted_is_what_a_file_says(text in r#"\[[ab1.,'"\[\]{}: #&*!~\\-]{0,7}\]"#) {
        if let Ok(boot) = env([("T_ANY", &*text)]).load() {
            let file = Loader::<Config>::new().text("yaml", format!("any: {text}")).load();
            match (&boot.any, file) {
                // What does not read is the text itself for a field that takes anything.
                (serde_json::Value::String(plain), _) => prop_assert_eq!(plain, &text),
                (read, Ok(file)) => prop_assert_eq!(read, &file.any),
                (_, Err(error)) => prop_assert!(false, "{}", error),
            }
        }
    }
}
