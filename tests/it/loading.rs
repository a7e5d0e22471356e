//! Loading: from sources to a candidate, with every problem on the way.

use std::collections::BTreeMap;

use dlc_reload::{
    Format, Loader, Origin, Trigger, UnknownKeys, Watching,
    source::{Env, Intake, Source, Text},
};

use crate::fixture::{
    BASE, Config, Dir, Level, Logging, Server, lines, load, problems, warnings, yaml,
};

#[test]
fn later_sources_win_key_by_key() {
    let loader = yaml("server: {port: 1}\nlogging: {level: debug}")
        .source(Text::new(Format::Toml, "[logging]\njson = true\n[server]\nport = 2").named("b"))
        .source(Text::new(Format::Json, r#"{"server": {"tags": ["x", "y"]}}"#).named("c"))
        .source(Env::new("T").of([
            ("T_LOGGING__MAX_SIZE", "7"),
            ("T_LABELS__EU_WEST", "3"),
            ("T_MOTD", "hi, all"),
            ("T_X", ""),
        ]))
        .set("server.port", "3")
        .set("ratio", 1);
    let config = load(loader);
    assert_eq!(
        config.server,
        Server { host: "a".into(), port: 3, tags: vec!["x".into(), "y".into()] }
    );
    assert_eq!(config.logging, Logging { level: Level::Debug, json: true, max_size: Some(7) });
    assert_eq!(config.labels, BTreeMap::from([("eu_west".into(), 3)]));
    assert_eq!((config.ratio, config.flat.motd.as_str()), (1.0, "hi, all"));
    assert_eq!(
        lines(config.warnings()),
        "environment variable T_X: warning: names no key and is ignored, correct or remove it"
    );
    let snapshot = config.handle().get();
    let origin = |key: &str| snapshot.origin(key);
    assert_eq!(origin("server.host"), Origin::at("base", 1, 16));
    assert_eq!(origin("logging.json"), Origin::at("b", 2, 8));
    assert_eq!(origin("server.tags[1]"), Origin::at("c", 1, 27));
    assert_eq!(origin("motd"), Origin::source("environment variable T_MOTD"));
    assert_eq!(origin("server.port"), Origin::source("override"));
    assert_eq!(origin("nothing"), Origin::default_value());
}

#[test]
fn every_problem_is_found_at_its_place() {
    let text = "\
server:
  port: 70000
  tags: no
logging:
  level: verbose
  jsn: true
labels:
  a: 1
  b: x
ratio: .nan
secret: [hunter2]
motd: {a: 1}
";
    let loader = Loader::<Config>::new().source(Text::new(Format::Yaml, text).named("config.yaml"));
    let expected = "\
config.yaml:2:3: server.host: required, but no source sets it
config.yaml:2:9: server.port: invalid value: integer `70000`, expected an integer from 0 to 65535
config.yaml:3:9: server.tags: invalid type: string \"no\", expected a list
config.yaml:5:10: logging.level: unknown variant `verbose`, expected one of `debug`, `info`
config.yaml:6:3: logging.jsn: unknown key, did you mean `json`?
config.yaml:9:6: labels.b: invalid type: string \"x\", expected an integer from 0 to 4294967295
config.yaml:10:8: ratio: invalid value: float `NaN`, expected a number
config.yaml:11:9: secret: invalid type: list, expected a string
config.yaml:12:7: motd: invalid type: map, expected a string";
    assert_eq!(problems(loader), expected);
}

#[test]
fn null_erases_what_earlier_sources_said() {
    let loader =
        yaml("logging: {level: debug, max-size: 3}\nlabels: {a: 1, b: 2}\nmotd: x\nratio: 2").text(
            Format::Yaml,
            "logging: {level: null, max-size: ~}\nlabels: {a: null}\nmotd:\nserver: {port: null}",
        );
    let config = load(loader);
    assert_eq!(config.logging, Logging::default());
    assert_eq!(config.labels, BTreeMap::from([("b".into(), 2)]));
    assert_eq!((config.flat.motd.as_str(), config.server.port, config.ratio), ("", 8080, 2.0));
    assert_eq!(
        problems(yaml("server: null")),
        "a:1:9: server.host: required, but no source sets it\n\
         a:1:9: warning: server: `null` here erases the map in base:1:9, remove this key unless that is meant"
    );
}

#[test]
fn a_plain_scalar_stays_what_was_written() {
    let config = load(yaml("motd: 1.20\nserver: {host: 0x10, tags: [1.0, true, n]}"));
    assert_eq!((config.flat.motd.as_str(), config.server.host.as_str()), ("1.20", "0x10"));
    assert_eq!(config.server.tags, ["1.0", "true", "n"]);
}

#[test]
fn formats_with_types_keep_them() {
    let loader = yaml("{}").text(Format::Json, r#"{"server": {"host": 5, "port": "80"}}"#);
    let expected = "\
text:1:21: server.host: invalid type: integer `5`, expected a string
text:1:32: server.port: invalid type: string \"80\", expected an integer from 0 to 65535";
    assert_eq!(problems(loader), expected);
}

#[test]
fn sources_that_disagree_on_a_kind_are_named_both() {
    let loader = yaml("server: here").set("logging", true);
    assert_eq!(
        problems(loader),
        "a:1:9: server: a string here, but a map in base:1:9, write the same kind in both\n\
         override: logging: invalid type: boolean, expected a map"
    );
    let loader = yaml("{}").source(Env::new("T").of([("T_SERVER", "{port: 9}")]));
    assert_eq!(load(loader).server.port, 9);
}

#[test]
fn aliases_and_merge_keys_work_within_limits() {
    let text = "\
labels: &l {a: 1}
server:
  <<: {port: 5, host: x}
  host: y
  tags: &t [q]
logging: {<<: [{json: true}, {json: false}]}
";
    let config = load(yaml(text));
    assert_eq!(
        (config.server.host.as_str(), config.server.port, config.logging.json),
        ("y", 5, true)
    );
    let mut bomb = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let items = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb += &format!("a{n}: &a{n} [{items}]\n");
    }
    assert!(
        problems(yaml(&bomb)).contains("aliases copy too many values"),
        "{}",
        problems(yaml(&bomb))
    );
}

#[test]
fn bad_texts_are_refused_with_a_place() {
    let cases: [(Format, &str, &str); 10] = [
        (Format::Yaml, "", "text: holds no keys, write `{}` if that is meant"),
        (Format::Yaml, "# nothing\n---\n", "text: holds no keys, write `{}` if that is meant"),
        (Format::Toml, "# nothing\n", "text: holds no keys, remove the source if that is meant"),
        (Format::Json, " ", "text: holds no keys, write `{}` if that is meant"),
        (Format::Yaml, "[1]", "text:1:1: expected a map of keys, found a list"),
        (
            Format::Yaml,
            "a: 1\n---\nb: 1",
            "text:2:1: a second document starts here: keep one document to a file",
        ),
        (Format::Json, "{\"é\": 1,}", "text:1:8: invalid JSON: trailing commas are not allowed"),
        (
            Format::Toml,
            "a = \nb = ",
            "text:1:5: invalid TOML: string values must be quoted, expected literal string\ntext:2:5: invalid TOML: string values must be quoted, expected literal string",
        ),
        (
            Format::Yaml,
            "a: !x 1",
            "text:1:7: this tag means nothing here, remove it (a text that starts with `!` needs quotes)",
        ),
        (Format::Yaml, "a: [1", "text:1:4: invalid YAML: unclosed bracket '['"),
    ];
    for (format, text, expected) in cases {
        assert_eq!(problems(Loader::<Config>::new().text(format, text)), expected, "{text:?}");
    }
    let loader = Loader::<Config>::new().source(Bytes(b"a: 1\nb: \xff"));
    assert_eq!(problems(loader), "bytes:2:4: not UTF-8 from here on, save it as UTF-8");
}

struct Bytes(&'static [u8]);

impl Source for Bytes {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.text("bytes", Format::Yaml, self.0);
    }
}

#[test]
fn unknown_keys_can_be_warnings() {
    let loader = yaml("server: {prt: 1}\nfoo: 2").unknown_keys(UnknownKeys::Warn);
    let expected = "\
a:1:10: warning: server.prt: unknown key, did you mean `port`?
a:2:1: warning: foo: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`";
    assert_eq!(warnings(loader), expected);
}

#[test]
fn validation_points_at_the_value() {
    assert_eq!(
        problems(yaml("logging:\n  max-size: 13")),
        "a:2:13: logging.max-size: must not be 13"
    );
    let expected = "a:2:3: logging: its validation panicked, see the error output of the process";
    assert_eq!(problems(yaml("logging:\n  max-size: 14")), expected);
}

#[test]
fn new_shadows_are_reported_and_old_ones_are_not() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "ratio: 1\nmotd: old");
    let loader = yaml("{}").file(&file).set("motd", "wins").set("ratio", 2);
    let reloader = load(loader).reloader().watch(Watching::Off).start().unwrap();
    dir.write("a.yaml", "ratio: 1\nmotd: new");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    let shadowed = report.shadowed();
    assert_eq!(shadowed.len(), 1);
    assert_eq!(shadowed[0].key.to_string(), "motd");
    assert_eq!(dir.strip(&shadowed[0].origin.to_string()), "a.yaml:2:7");
    assert_eq!(shadowed[0].by.to_string(), "override");
}

#[test]
fn a_format_can_be_given_by_name() {
    assert_eq!(load(yaml("{}").text("toml", "motd = 'hi'")).flat.motd, "hi");
    let json = String::from("{\"motd\": \"hi\"}");
    assert_eq!(load(yaml("{}").text("JSON", &json)).flat.motd, "hi");
    let expected = "text: unknown format \"ini\", write `yaml`, `toml` or `json`";
    assert_eq!(problems(yaml("{}").text("ini", "")), expected);
}

#[test]
fn files_are_read_or_refused() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "\u{feff}server: {host: h}\r\nsecret: s\r\n");
    let loader = Loader::<Config>::new().file(&file).optional_file(dir.join("absent.toml"));
    assert_eq!(load(loader).server.host, "h");
    let loader =
        Loader::<Config>::new().file(dir.join("absent.toml")).file(dir.write("a.ini", "a=1"));
    let expected = "\
absent.toml: no such file, create it
a.ini: unknown format, end the name of the file in `.yaml`, `.yml`, `.toml` or `.json`";
    assert_eq!(dir.strip(&problems(loader)), expected);
}

#[test]
fn what_no_source_sets_is_not_said_to_stand_in_a_file() {
    let error = Loader::<Server>::new().load().unwrap_err();
    assert_eq!(error.to_string(), "host: required, but no source sets it");
    let shown = error.excerpts().to_string();
    assert_eq!(shown, "error: host: required, but no source sets it");
    let json = serde_json::to_value(error.problems()).unwrap();
    assert_eq!(json[0]["source"], "default");
}

#[test]
fn a_map_that_a_later_source_erases_is_a_warning_at_the_start_and_in_a_report() {
    let dir = Dir::new();
    let low = dir.write("low.yaml", format!("{BASE}logging:\n  json: true\nlabels: {{a: 1}}"));
    let high = dir.write("high.yaml", "logging:\n#  json: false\nratio: 1");
    let loader = || Loader::<Config>::new().file(&low).file(&high);
    let erased = |place: &str, key: &str, map: &str| {
        format!(
            "{place}: warning: {key}: `null` here erases the map in {map}, remove this key unless that is meant"
        )
    };
    let logging = erased("high.yaml:1:8", "logging", "low.yaml:4:3");
    let boot = load(loader());
    assert_eq!(dir.strip(&lines(boot.warnings())), logging);
    assert!(!boot.logging.json);
    let labels = erased("override", "labels", "low.yaml:5:9");
    let set = load(loader().set("labels", Option::<u32>::None));
    assert_eq!(dir.strip(&lines(set.warnings())), format!("{logging}\n{labels}"));
    // An empty map has nothing to lose, and neither has a single value.
    dir.write("high.yaml", "ratio: null\nlabels: {a: null}\nsampler: null");
    let reloader = boot.reloader().start().unwrap();
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.problems(), []);
    dir.write("high.yaml", "logging: ~");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(
        dir.strip(&lines(report.problems())),
        erased("high.yaml:1:10", "logging", "low.yaml:4:3")
    );
    let [shadowed] = report.shadowed() else { panic!("{report}") };
    assert_eq!(shadowed.key.to_string(), "logging");
}
