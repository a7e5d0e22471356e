//! Faults of input that a reloader must survive (rows 22 to 28), in real files.

use std::time::{Duration, Instant};

use dlc_reload::{Limits, Loader, Trigger, Verdict, Watching};

use crate::fixture::{BASE, Config, Dir, load, problems, yaml};

/// Returns the problems of one file over `BASE`.
fn wrong(name: &str, content: impl AsRef<[u8]>) -> String {
    let dir = Dir::new();
    dir.write(name, content);
    dir.strip(&problems(yaml("{}").file(dir.join(name))))
}

#[test]
fn row_22_syntax_errors_have_a_position() {
    let cases: [(&str, &[u8], &str); 8] = [
        (
            "a.yaml",
            b"motd: x\nserver: {port: 1\n",
            "a.yaml:2:9: invalid YAML: unclosed bracket '{'",
        ),
        (
            "a.toml",
            b"motd = 'x'\nratio = \n",
            "a.toml:2:9: invalid TOML: string values must be quoted, expected literal string",
        ),
        (
            "a.json",
            b"{\"motd\": \"x\",\n  \"ratio\": }",
            "a.json:2:12: invalid JSON: unexpected close brace",
        ),
        ("a.yaml", b"motd: x\nratio: \xff", "a.yaml:2:8: not UTF-8 from here on, save it as UTF-8"),
        (
            "b.yaml",
            b"motd: x\nratio: \0",
            "b.yaml:2:8: a NUL byte, which no text has: the file is damaged or not a text",
        ),
        (
            "a.toml",
            b"motd = 'x\0'",
            "a.toml:1:10: a NUL byte, which no text has: the file is damaged or not a text",
        ),
        (
            "c.yaml",
            b"server:\n\tport: 1",
            "c.yaml:2:2: invalid YAML: tabs disallowed within this context",
        ),
        ("d.yaml", b"\xff\xfem\0o\0", "d.yaml: written in UTF-16, save it as UTF-8"),
    ];
    for (name, content, expected) in cases {
        let found = wrong(name, content);
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn row_22_a_byte_order_mark_and_carriage_returns_are_accepted() {
    let dir = Dir::new();
    let cases = [
        ("a.yaml", "\u{feff}motd: x\r\nserver:\r\n  port: 7\r\n"),
        ("a.toml", "\u{feff}motd = \"x\"\r\n[server]\r\nport = 7\r\n"),
        ("a.json", "\u{feff}{\"motd\": \"x\",\r\n\"server\": {\"port\": 7}}\r\n"),
    ];
    for (name, content) in cases {
        let config = load(yaml("{}").file(dir.write(name, content)));
        assert_eq!((config.flat.motd.as_str(), config.server.port), ("x", 7), "{name}");
    }
    assert_eq!(
        wrong("a.yaml", "\u{feff}motd: x\r\nratio: y\r\n"),
        "a.yaml:2:8: ratio: invalid type: string \"y\", expected a number"
    );
}

#[test]
fn row_23_everything_that_is_wrong_is_listed_at_once() {
    let content = "\
motd: x
motd: y
server:
  port: 70000
  tags: no
ratio: .nan
rato: 1
labels: {a: -1}
logging: {max-size: 13}
";
    let expected = "\
a.yaml:2:1: duplicate key `motd`, it is already set in line 1: remove one of the two
a.yaml:4:9: server.port: invalid value: integer `70000`, expected an integer from 0 to 65535
a.yaml:5:9: server.tags: invalid type: string \"no\", expected a list
a.yaml:6:8: ratio: invalid value: float `NaN`, expected a number
a.yaml:7:1: rato: unknown key, remove it or write one of `sampler`
a.yaml:8:13: labels.a: invalid value: integer `-1`, expected an integer from 0 to 4294967295
a.yaml:9:21: logging.max-size: must not be 13";
    assert_eq!(wrong("a.yaml", content), expected);
}

#[test]
fn row_23_duplicate_keys_are_named_at_both_places() {
    let cases = [
        (
            "a.yaml",
            "server:\n  port: 1\n  port: 2",
            "a.yaml:3:3: duplicate key `port`, it is already set in line 2: remove one of the two",
        ),
        (
            "a.json",
            "{\"server\":\n {\"port\": 1,\n  \"port\": 2}}",
            "a.json:3:3: duplicate key `port`, it is already set in line 2: remove one of the two",
        ),
        (
            "a.toml",
            "[server]\nport = 1\nport = 2",
            "a.toml:3:1: duplicate key `port`, it is already set in line 2: remove one of the two",
        ),
        (
            "b.toml",
            "[server]\nport = 1\n[server]\nhost = 'x'",
            "b.toml:3:2: duplicate key `server`, it is already set in line 1: remove one of the two",
        ),
    ];
    for (name, content, expected) in cases {
        assert_eq!(wrong(name, content), expected);
    }
}

/// Runs within bounded time; a bound that a machine with ten other things to do meets, and an explosion does not.
fn quickly<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(300), "took {:?}", start.elapsed());
    result
}

#[test]
fn row_24_alias_bombs_are_refused() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut maps = String::from("a0: &a0 {a: 1, b: 1, c: 1, d: 1}\n");
    for n in 1..30 {
        let items = vec![format!("*a{}", n - 1); 10].join(", ");
        lists += &format!("a{n}: &a{n} [{items}]\n");
        let before = n - 1;
        maps += &format!("a{n}: &a{n} {{a: *a{before}, b: *a{before}, c: *a{before}}}\n");
    }
    for bomb in [lists, maps] {
        let found = quickly(|| wrong("a.yaml", bomb));
        assert!(
            found.contains("aliases copy too many values, write fewer of them")
                || found.contains("levels deep"),
            "{found}"
        );
    }
    let merges = "a: &a {x: 1}\nb: &b {<<: [*a, *a]}\nc: {<<: [*b, *b, *b]}";
    assert!(quickly(|| wrong("a.yaml", merges)).contains("a.yaml:1:1: a: unknown key"));
}

#[test]
fn row_24_deep_nesting_is_refused() {
    let deep = 100_000;
    let cases = [
        ("a.yaml", "- ".repeat(deep)),
        ("a.yaml", "[".repeat(deep)),
        ("a.yaml", format!("a: {}", "{a: ".repeat(deep))),
        ("a.yaml", (0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("a.json", "[".repeat(deep)),
        ("a.json", "{\"a\":".repeat(deep)),
        ("a.toml", format!("a = {}", "[".repeat(deep))),
        ("a.toml", format!("a = {}", "{a = ".repeat(deep))),
        ("a.toml", format!("{} = 1", vec!["a"; deep].join("."))),
        ("a.toml", format!("[{}]\nx = 1", vec!["a"; deep].join("."))),
    ];
    for (name, content) in cases {
        let start: String = content.chars().take(20).collect();
        let found = quickly(|| wrong(name, content));
        assert!(!found.is_empty() && found.len() < 100_000, "{start}: {}", found.len());
    }
}

#[test]
fn row_24_a_hundred_megabytes_of_zeros_are_refused() {
    let dir = Dir::new();
    for name in ["a.yaml", "a.toml", "a.json"] {
        let file = std::fs::File::create(dir.join(name)).unwrap();
        // A file of zeros that takes no space on the disk.
        file.set_len(100 << 20).unwrap();
        let found = quickly(|| problems(yaml("{}").file(dir.join(name))));
        let expected = format!("{name}: larger than 16777216 bytes, shorten it");
        assert_eq!(dir.strip(&found), expected);
    }
    let found = quickly(|| wrong("a.yaml", vec![b'0'; 15 << 20]));
    assert_eq!(found, "a.yaml:1:1: expected a map of keys, found an integer");
    let found = quickly(|| wrong("a.yaml", vec![0; 15 << 20]));
    assert_eq!(
        found,
        "a.yaml:1:1: a NUL byte, which no text has: the file is damaged or not a text"
    );
}

#[test]
fn row_24_the_limits_can_be_set() {
    let refuse = |limits: Limits, text: &str| {
        let loader = yaml("{}").limits(limits);
        problems(loader.text("yaml", text))
    };
    let limits = Limits::default;
    let cases = [
        (
            refuse(limits().with_depth(2), "labels: {a: {b: 1}}"),
            "text:1:13: nested more than 2 levels deep, flatten it",
        ),
        (
            refuse(limits().with_values(10), "server: {tags: [a, b, c, d]}"),
            "text:1:23: more than 10 values in all sources, take some away",
        ),
        (
            refuse(limits().with_aliased(2), "server: {tags: &t [a, b]}\nlabels: *t"),
            "text:2:9: aliases copy too many values, write fewer of them",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn row_24_what_a_parser_refuses_is_refused_by_the_same_limit() {
    let (open, close) = ("[".repeat(600), "]".repeat(600));
    let blocks: String = (0..600).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let limit = |most: usize| format!("nested more than {most} levels deep, flatten it");
    let deep = |depth| Limits::default().with_depth(depth);
    let flow = format!("labels: {open}{close}");
    let json = format!("{{\"labels\": {open}{close}}}");
    for (limits, format, text, expected) in [
        (deep(64), "yaml", &flow, limit(64)),
        (deep(64), "yaml", &blocks, limit(64)),
        (deep(300), "yaml", &blocks, limit(300)),
        (deep(1000), "yaml", &flow, limit(512)),
        (deep(1000), "yaml", &blocks, limit(512)),
        (deep(64), "json", &json, limit(64)),
        (deep(1000), "json", &json, limit(512)),
    ] {
        let found = problems(yaml("{}").limits(limits).text(format, text.as_str()));
        assert!(found.ends_with(&expected), "{found}");
    }
}

#[test]
fn row_25_a_removed_key_falls_back_to_the_layer_below() {
    let dir = Dir::new();
    let low = dir.write("low.yaml", format!("{BASE}ratio: 1\n"));
    let high = dir.write("high.yaml", "ratio: 2\nlogging: {json: true}\nmotd: x");
    let loader = Loader::<Config>::new().file(low).file(&high);
    let reloader = load(loader).reloader().watch(Watching::Off).start().unwrap();
    dir.write("high.yaml", "motd: x");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::PendingRestart);
    let pending: Vec<_> = report
        .pending()
        .iter()
        .map(|pending| {
            let change = &pending.change;
            format!("{} {:?} {:?} {}", change.key, change.old, change.new, change.origin)
        })
        .collect();
    let expected = [
        "logging.json Some(Bool(true)) Some(Bool(false)) default".to_owned(),
        "ratio Some(Number(2.0)) Some(Number(1.0)) low.yaml:3:8".to_owned(),
    ];
    assert_eq!(pending.iter().map(|line| dir.strip(line)).collect::<Vec<_>>(), expected);
}

#[test]
fn row_26_sources_that_disagree_on_a_kind_are_named_both() {
    let dir = Dir::new();
    let loader = yaml("{}")
        .file(dir.write("a.yaml", "logging:\n  json: true\nlabels: {a: 1}"))
        .file(dir.write("b.toml", "logging = 'info'\n[ratio]\nx = 1"))
        .file(dir.write("c.json", "{\"labels\": [1]}"))
        .file(dir.write("d.yaml", "ratio: 2"));
    let expected = "\
b.toml:1:11: logging: a string here, but a map in a.yaml:2:3, write the same kind in both
b.toml:2:1: ratio: invalid type: map, expected a number
c.json:1:12: labels: a list here, but a map in a.yaml:3:9, write the same kind in both
d.yaml:1:8: ratio: an integer here, but a map in b.toml:2:1, write the same kind in both";
    assert_eq!(dir.strip(&problems(loader)), expected);
}

#[test]
fn row_28_another_spelling_is_no_change() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "ratio: 1.0\nmotd: x\nlabels: {a: 1, b: 2}\nserver: {port: 16}");
    let loader = yaml("{}").file(&file);
    let reloader = load(loader).reloader().watch(Watching::Off).start().unwrap();
    let spellings = [
        "ratio: 1.00\nmotd: x\nlabels: {a: 1, b: 2}\nserver: {port: 16}",
        "labels: {b: 2, a: 1}\nserver: {port: 16}\nmotd: x\nratio: 1.0",
        "'ratio': 1\n\"motd\": 'x'\nlabels:\n  b: 2\n  a: 1\nserver:\n  port: 0x10 # a comment",
    ];
    for spelling in spellings {
        dir.write("a.yaml", spelling);
        let report = reloader.reload(Trigger::api("test")).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Unchanged, "{spelling}\n{report}");
        assert_eq!(report.generation(), 1);
    }
}
