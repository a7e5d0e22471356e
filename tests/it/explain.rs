//! Explanations of keys, and plans of reloads.

use dlc_reload::{Loader, RowOutcome, Trigger, Watching, testing::Memory};

use crate::fixture::{BASE, Config, Dir, env, load, problems, yaml};

#[test]
fn every_source_has_a_row() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "logging: {level: debug}\nlabels: {a: 1}");
    let boot = load(
        env([("T_LABELS__B", "2"), ("T_LOGGING__LEVEL", "info")])
            .file(file)
            .optional_file(dir.join("absent.yaml"))
            .text("yaml", "logging: null")
            .set("ratio", 2),
    );
    let explained = |key: &str| dir.strip(&boot.explain(key).to_string());
    let expected = "\
ratio
    default                          shadowed by override
    base                             does not set it
    a                                does not set it
    environment variable T_RATIO     does not set it
    a.yaml                           does not set it
    absent.yaml                      does not exist
    text                             does not set it
  > override                      2  wins: no later source sets it";
    let aligned = |text: String| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(aligned(explained("ratio")), aligned(expected.to_owned()));
    let expected = "\
logging.level
  > default \"info\" wins: no later source sets it
    base does not set it
    a does not set it
    environment variable T_LOGGING__LEVEL \"info\" shadowed by text:1:10
    a.yaml:1:18 \"debug\" shadowed by text:1:10
    absent.yaml does not exist
    text:1:10 null erases what earlier sources say, so the default is used
    override does not set it";
    assert_eq!(aligned(explained("logging.level")), aligned(expected.to_owned()));
    let labels = boot.explain("labels");
    let standings: Vec<_> = labels.rows.iter().map(|row| row.standing.clone()).collect();
    assert_eq!(
        standings,
        [
            RowOutcome::Shadowed { by: labels.rows[4].origin.clone() },
            RowOutcome::Unset,
            RowOutcome::Unset,
            RowOutcome::Merged,
            RowOutcome::Merged,
            RowOutcome::Absent,
            RowOutcome::Unset,
            RowOutcome::Unset
        ]
    );
}

#[test]
fn a_secret_is_explained_without_its_value() {
    let boot = load(yaml("secret: hunter2").set("sampler.api-key", "hunter2"));
    for key in ["secret", "sampler.api-key", "sampler", "nothing.at.all"] {
        let explanation = boot.explain(key);
        assert!(explanation.hidden, "{key}");
        assert!(!explanation.to_string().contains("hunter2"), "{explanation}");
        assert!(!serde_json::to_string(&explanation).unwrap().contains("hunter2"));
    }
    let rows = serde_json::to_value(&boot.explain("secret").rows[2]).unwrap();
    assert_eq!(
        rows,
        serde_json::json!({"source": "a", "line": 1, "column": 9, "standing": "wins"})
    );
}

#[test]
fn the_origin_of_every_value_is_known() {
    let boot = load(yaml("labels: {b: 1, a: 2}\nmotd: x"));
    let origins: Vec<_> =
        boot.origins().into_iter().map(|(key, origin)| format!("{key} {origin}")).collect();
    let expected = [
        "server.host base:1:16",
        "server.port default",
        "server.tags default",
        "logging.level default",
        "logging.json default",
        "logging.max-size default",
        "labels.b a:1:13",
        "labels.a a:1:19",
        "sampler default",
        "ratio default",
        "secret base:2:9",
        "motd a:2:7",
    ];
    assert_eq!(origins, expected);
}

#[test]
fn a_plan_says_what_a_reload_would_do_and_does_nothing() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "ratio: 1\nmotd: x");
    let loader = yaml("{}").file(&file).set("motd", "wins");
    let reloader = load(loader).reloader().watch(Watching::Off).start().unwrap();
    assert!(reloader.plan().wait().unwrap().pending.is_empty());

    dir.write("a.yaml", "ratio: 2\nmotd: y");
    let plan = reloader.plan().wait().unwrap();
    let pending: Vec<_> = plan.pending.iter().map(|change| change.key.to_string()).collect();
    assert_eq!(pending, ["ratio"]);
    assert_eq!(plan.shadowed[0].key.to_string(), "motd");
    assert_eq!(reloader.plan().wait().unwrap(), plan, "asking changes nothing");
    assert!(reloader.status().pending.is_empty());
    assert_eq!(dir.strip(&reloader.explain("ratio").rows[3].origin.to_string()), "a.yaml:1:8");
    assert_eq!(reloader.origins().len(), 11);

    dir.write("a.yaml", "ratio: x");
    let error = reloader.plan().wait().unwrap_err();
    assert_eq!(
        dir.strip(&error.to_string()),
        "a.yaml:1:8: ratio: invalid type: string \"x\", expected a number"
    );
    assert!(error.excerpts().to_string().contains("1 | ratio: x\n"));
}

#[test]
fn a_problem_in_a_shadowed_value_is_a_warning() {
    let boot = load(
        yaml("ratio: x\nserver: {port: 1e9}\nlabels: {a: no}")
            .set("ratio", 1)
            .text("yaml", "server: {port: 1}\nlabels: {a: 1}\nlogging: {level: verbose}")
            .text("yaml", "logging: {level: info}"),
    );
    let expected = "\
a:1:8: warning: ratio: invalid type: string \"x\", expected a number (without effect, because override wins)
a:2:16: warning: server.port: invalid type: float `1000000000.0`, expected an integer from 0 to 65535 (without effect, because text:1:16 wins)
a:3:13: warning: labels.a: invalid type: string \"no\", expected an integer from 0 to 4294967295 (without effect, because text:2:13 wins)
text:3:18: warning: logging.level: unknown variant `verbose`, expected one of `debug`, `info` (without effect, because text:1:18 wins)";
    assert_eq!(crate::fixture::lines(boot.warnings()), expected);
    assert_eq!(
        problems(yaml("ratio: x").set("ratio", "y")),
        "override: ratio: invalid type: string \"y\", expected a number\n\
         a:1:8: warning: ratio: invalid type: string \"x\", expected a number (without effect, because override wins)"
    );
}

/// Formatting to a width panics from 65 536 on.
#[test]
fn a_value_of_any_length_is_displayed() {
    let (long, file) = ("x".repeat(100_000), Memory::yaml(BASE));
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    file.write(format!("server: {{host: {long}}}\nsecret: s\nratio: 2\n"));
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap().to_string();
    assert!(report.contains("xxx…") && report.len() < 1000, "{report}");
    let explained = reloader.explain("server.host").to_string();
    assert!(explained.contains(&long) && explained.len() < long.len() + 1000);
    file.write(format!("server: {{host: a, port: {long}}}\nsecret: s\n"));
    let refused = Loader::<Config>::new().source(file).load().unwrap_err();
    assert!(refused.excerpts().to_string().contains("expected an integer"));
}

#[test]
fn a_key_that_no_field_has_is_said_to_be_unknown() {
    let boot = load(yaml("ratio: 1"));
    let said = |key: &str| boot.explain(key).to_string().lines().nth(1).unwrap().trim().to_owned();
    let meant = "default     no field has this key, did you mean `logging.level`?";
    assert_eq!(said("logging.levle"), meant);
    assert_eq!(said("nothing.like.it"), "default     no field has this key");
    assert_eq!(said("logging.level"), "> default   \"info\"  wins: no later source sets it");
    let json = serde_json::to_value(boot.explain("logging.levle")).unwrap();
    assert_eq!(json["rows"][0]["standing"]["unknown"]["meant"], "logging.level");
}
