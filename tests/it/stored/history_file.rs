//! The history on disk: read by the next process, and rolled back to.

use std::{collections::BTreeMap, sync::Arc};

use dlc_reload::{
    Limits, Loader, Reloadable, Reloader, Report, Trigger, Verdict, Watching,
    audit::{self, Audit},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Config, Home, SECRET, reload};
use crate::{
    fixture::{Dir, mode, rollback},
    log_lines::Lines,
};

fn generations(reloader: &Reloader<Config>) -> Vec<u64> {
    reloader.history().iter().map(|past| past.generation).collect()
}

/// One process that accepts `two` and `three` after `one`.
fn three() -> Home {
    let home = Home::new("{motd: one, rate: 1}");
    let reloader = home.remember();
    for config in ["{motd: two, rate: 1}", "{motd: three, rate: 3}"] {
        home.write(config);
        assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    }
    home
}

#[test]
fn a_restart_keeps_the_history_and_goes_on_counting() {
    let home = three();
    let reloader = home.remember();
    assert_eq!(generations(&reloader), [1, 2, 3, 4]);
    assert_eq!(reloader.status().generation, 4);
    assert_eq!(reloader.handle().load().snapshot().generation(), 4);
    let history = reloader.history();
    assert!(history[0].report.is_none() && history[3].report.is_none());
    let report = history[1].report.as_ref().unwrap();
    assert_eq!((report.id(), report.generation(), report.verdict()), (1, 2, Verdict::Applied));
    assert_eq!(report.changes()[0].new, Some("two".into()));
    home.write("{motd: five}");
    assert_eq!(reload(&reloader).generation(), 5);
    drop(reloader);
    assert_eq!(generations(&home.remember()), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_watch_made_before_the_start_follows_the_generation() {
    let home = three();
    let boot = home.load().unwrap();
    let handle = boot.handle();
    assert_eq!(handle.load().snapshot().generation(), 1, "nothing was read yet");
    let builder = boot.reloader().watch(Watching::Off).history_file(home.past());
    let reloader = builder.start().unwrap();
    assert_eq!(handle.load().snapshot().generation(), 4);
    drop(reloader);
}

#[test]
fn without_the_file_the_first_generation_is_one() {
    let home = three();
    assert_eq!(generations(&home.start()), [1]);
}

#[test]
fn a_rollback_reaches_across_a_restart() {
    let home = three();
    let reloader = home.remember();
    let report = reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!((report.verdict(), report.generation()), (Verdict::Applied, 5));
    let config = reloader.handle().get();
    assert_eq!((config.motd.as_str(), config.rate), ("one", 1));
    assert_eq!(config.token.expose(), "hunter2-token");
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged, "it holds");
    drop(reloader);
    // What a rollback put in force is in the history as well.
    let reloader = home.remember();
    let last = &reloader.history()[4];
    assert_eq!(last.report.as_ref().unwrap().trigger().to_string(), "rollback (to generation 1)");
    assert_eq!(reloader.rollback_to(5, rollback()).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(reloader.handle().load().motd, "one");
}

#[test]
fn configurations_of_several_processes_are_compared() {
    let home = three();
    let reloader = home.remember();
    let told = |old, new| {
        let differences = reloader.diff(old, new).unwrap();
        differences.iter().map(|change| change.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(1, 2), ["motd"]);
    assert_eq!(told(2, 4), ["motd", "rate"]);
    assert_eq!(told(3, 4), Vec::<String>::new());
    assert!(reloader.diff(1, 9).unwrap_err().to_string().contains("generation 9"));
}

#[test]
fn a_value_that_only_waited_was_not_in_force() {
    let home = Home::new("{motd: one, version: a}");
    let reloader = home.remember();
    home.write("{motd: two, version: b}");
    assert_eq!(reload(&reloader).pending().len(), 1);
    drop(reloader);
    let reloader = home.remember();
    assert_eq!(reloader.handle().load().version, "b");
    let told = |old, new| {
        let differences = reloader.diff(old, new).unwrap();
        differences.iter().map(|change| change.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(1, 2), ["motd"]);
    assert_eq!(told(2, 3), ["version"]);
}

#[test]
fn what_does_not_fit_the_program_any_more_is_listed_and_refused() {
    let home = three();
    let older = home.read("history.jsonl").replacen("\"text\":\"1\"", "\"text\":\"13\"", 1);
    home.dir.write("history.jsonl", older);
    let reloader = home.remember();
    assert_eq!(generations(&reloader), [1, 2, 3, 4]);
    let report = reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Rejected);
    let told: Vec<_> =
        report.problems().iter().map(|one| home.dir.strip(&one.to_string())).collect();
    assert_eq!(
        told,
        [
            "generation 1 was in force in an earlier process, and does not fit this program any more",
            "config.yaml:1:19: rate: must not be 13"
        ]
    );
    assert!(reloader.diff(1, 4).unwrap_err().to_string().contains("must not be 13"));
    assert_eq!(reloader.handle().load().motd, "three");
}

#[test]
fn the_history_is_bounded_and_the_file_with_it() {
    let home = Home::new("{motd: one}");
    for round in 0..3 {
        let reloader = home.remember_with(|builder| builder.history(3, 1 << 20));
        for rate in 1..8 {
            home.write(&format!("{{motd: one, rate: {}}}", round * 100 + rate));
            assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
            let lines = home.read("history.jsonl").lines().count();
            assert!(lines <= 6, "{lines}");
        }
        assert_eq!(generations(&reloader).len(), 3);
    }
    let reloader = home.remember_with(|builder| builder.history(3, 1 << 20));
    assert_eq!(generations(&reloader), [23, 24, 25]);
    drop(reloader);
    let reloader = home.remember_with(|builder| builder.history(100, 1000));
    let held = generations(&reloader);
    assert_eq!(held.last(), Some(&26));
    assert!(held.len() < 4, "{held:?}");
    assert!(home.read("history.jsonl").len() <= 2000);
    drop(reloader);
    let reloader = home.remember_with(|builder| builder.history(0, 0));
    assert_eq!(generations(&reloader), [27]);
    assert_eq!(home.read("history.jsonl").lines().count(), 1);
}

#[test]
fn a_file_that_was_cut_opens_with_all_whole_lines() {
    let home = three();
    let whole = home.read("history.jsonl");
    let ends: Vec<_> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    // The library's own test cuts it at every byte; here, every line is cut in three places.
    let cuts = ends.iter().flat_map(|end| [end - 200, end - 1, *end]);
    for length in cuts.chain([0, 1]) {
        home.dir.write("history.jsonl", &whole[..length]);
        let lines = ends.iter().filter(|end| **end <= length).count() as u64;
        let torn = !(length == 0 || ends.contains(&length));
        let reloader = home.remember();
        // The line that was not written to its end had a generation too.
        let expected: Vec<_> = (1..=lines).chain([lines + 1 + u64::from(torn)]).collect();
        assert_eq!(generations(&reloader), expected, "cut to {length} bytes");
        assert_eq!(reloader.status().unwritten, []);
        drop(reloader);
        assert_eq!(home.read("history.jsonl").lines().count() as u64, lines + 1);
    }
}

#[test]
fn a_damaged_line_is_left_out_with_a_warning() {
    let home = three();
    let whole = home.read("history.jsonl");
    let lines: Vec<_> = whole.lines().collect();
    let foreign = lines[1].replacen("\"format\":2", "\"format\":1", 1);
    let cases = [
        (
            format!("{}\nnot json\n{}\n", lines[0], lines[2]),
            ":2: this line of the history is damaged",
        ),
        (
            format!("{}\n{foreign}\n{}\n", lines[0], lines[2]),
            ":2: this line of the history is in a format of another version",
        ),
    ];
    for (content, expected) in cases {
        home.dir.write("history.jsonl", &content);
        let logged = Lines::default();
        let reloader = logged.hear(|| home.remember());
        assert_eq!(generations(&reloader), [1, 3, 4]);
        let said = logged.take();
        assert!(said[0].starts_with("WARN ") && said[0].contains(expected), "{said:?}");
        let report = reloader.rollback_to(2, rollback()).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Rejected);
    }
    // A last line that cannot be read keeps its generation.
    home.dir.write("history.jsonl", format!("{}\n{}\n{{}}\n", lines[0], lines[1]));
    assert_eq!(generations(&home.remember()), [1, 2, 4]);
}

#[test]
fn a_generation_beyond_counting_is_damage() {
    let home = three();
    let written = home.read("history.jsonl");
    let huge = format!("\"generation\":{},\"accepted_at\"", u64::MAX);
    home.dir.write("history.jsonl", written.replace("\"generation\":2,\"accepted_at\"", &huge));
    assert_eq!(generations(&home.remember()), [1, 3, 4]);
}

#[test]
fn no_secret_is_in_the_history() {
    let home = Home::new("{motd: one, token: hunter2-a, pins: {hunter2-b: hunter2-c}}");
    let reloader = home.remember();
    home.write("{motd: two, token: hunter2-d, pins: {hunter2-e: x}}");
    let report = reload(&reloader);
    assert_eq!(report.verdict(), Verdict::Applied);
    let written = home.read("history.jsonl");
    assert_eq!(written.lines().count(), 2);
    assert!(!written.contains(SECRET), "{written}");
    assert!(written.contains("\"secret\":true"), "the report tells that it changed: {written}");
}

#[test]
fn the_names_of_what_is_inside_a_secret_are_not_in_the_history() {
    let mut home = Home::new("{motd: one}");
    home.variables.push(("T_PINS__HUNTER2_C", "x".to_owned()));
    let over = home.dir.write("over.yaml", "{pins: {a: b}}");
    let boot = home.loader().file(&over).load().unwrap();
    let builder = boot.reloader().watch(Watching::Off).history_file(home.past());
    let reloader = builder.start().unwrap();
    home.write("{motd: two, rate: 1, pins: {hunter2-a: x, hunter2-b: [1]}}");
    home.dir.write("over.yaml", "{rate: 2, pins: {hunter2-a: y, hunter2-b: z}}");
    let report = reload(&reloader);
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.shadowed().len(), 3, "{report}");
    drop(reloader);
    let written = home.read("history.jsonl");
    assert!(!written.to_lowercase().contains(SECRET), "{written}");
    assert!(written.contains("over.yaml"), "{written}");
    home.write("{motd: two}");
    let last = &home.remember().history()[1];
    let shadowed = last.report.as_ref().unwrap().shadowed();
    assert_eq!(shadowed.iter().map(|one| one.key.to_string()).collect::<Vec<_>>(), ["rate"]);
}

#[cfg(unix)]
#[test]
fn a_history_that_others_could_have_written_is_not_used() {
    use std::os::unix::fs::MetadataExt;
    let home = three();
    assert_eq!(home.past().metadata().unwrap().mode() & 0o7777, 0o600);
    mode(&home.past(), 0o602);
    let before = home.read("history.jsonl");
    let logged = Lines::default();
    let reloader = logged.hear(|| home.remember());
    assert!(logged.take()[0].contains("every user can change it"));
    assert_eq!(generations(&reloader), [1]);
    assert_eq!(reloader.status().unwritten.len(), 1);
    home.write("{motd: four}");
    reload(&reloader);
    assert_eq!(home.read("history.jsonl"), before, "it is not written to either");
}

#[test]
fn a_history_that_cannot_be_written_refuses_nothing() {
    let home = Home::new("{motd: one}");
    std::fs::create_dir(home.past()).unwrap();
    let reloader = home.remember();
    home.write("{motd: two}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let unwritten = &reloader.status().unwritten;
    assert!(unwritten[0].message.contains("a directory and not a file"), "{unwritten:?}");
    assert_eq!(generations(&reloader), [1, 2]);

    std::fs::remove_dir(home.past()).unwrap();
    let (one, other) = (home.remember(), home.remember());
    home.write("{motd: three}");
    assert_eq!(reload(&other).verdict(), Verdict::Applied);
    assert_eq!(reload(&one).verdict(), Verdict::Applied);
    assert_eq!(other.status().unwritten, []);
    assert!(one.status().unwritten[0].message.contains("another process keeps its history here"));
}

#[test]
fn a_degraded_start_is_in_the_history() {
    let home = three();
    home.write("{motd: [");
    let reloader = home.remember();
    assert_eq!(generations(&reloader), [1, 2, 3, 4]);
    assert_eq!(reloader.handle().load().motd, "three");
    assert_eq!(reloader.status().last_failure.unwrap().generation(), 4);
    assert!(reloader.diff(3, 4).unwrap().is_empty());
}

#[test]
fn a_report_reads_back_what_it_serializes_to() {
    let home = Home::new("{motd: one, version: a, labels: {a: 1}, rate: 1}");
    let mut reports = vec![];
    let boot = home.loader().set("rate", 7).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let rich = "{motd: two, version: b, labels: {b: 2}, token: x, pins: {a: b}, rate: 2}";
    for config in [rich, "{motd: 3, rat: 1}", "motd: [", rich] {
        home.write(config);
        let trigger = Trigger::admin("PUT /config").actor("ops");
        reports.push(reloader.reload(trigger).wait().unwrap());
    }
    reports.push(reloader.rollback_to(1, rollback()).wait().unwrap());
    let rich = &reports[0];
    assert!(
        !rich.changes().is_empty() && !rich.pending().is_empty() && !rich.shadowed().is_empty()
    );
    for report in reports {
        let json = serde_json::to_string(&report).unwrap();
        let back: Report = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), json);
        assert_eq!(back.to_string().lines().count(), report.to_string().lines().count());
        assert_eq!(back.shadowed(), report.shadowed());
        assert_eq!(back.problems(), report.problems());
        assert_eq!(back.pending(), report.pending());
        let value: Value = serde_json::from_str(&json).unwrap();
        assert!(!value.to_string().contains("null"));
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Deep {
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(hot, live)]
    tree: BTreeMap<String, Tree>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tree {
    #[serde(default)]
    below: Vec<Tree>,
}

/// A map with one entry, which holds so many levels.
fn deep(levels: usize) -> String {
    let levels = levels / 2;
    format!("{{rate: 2, tree: {{a: {}{{}}{}}}}}", "{below: [".repeat(levels), "]}".repeat(levels))
}

#[test]
fn what_is_deeper_than_a_reader_of_json_allows_is_read_back() {
    let dir = Dir::new();
    let audit = dir.join("audit.jsonl");
    let start = || {
        let limits = Limits::default().with_depth(512);
        let loader = Loader::<Deep>::new().file(dir.join("config.yaml")).limits(limits);
        let boot = loader.last_known_good(dir.join("good.json")).load().unwrap();
        let builder = boot.reloader().watch(Watching::Off).history_file(dir.join("past.jsonl"));
        builder.observer(Arc::new(Audit::new(&audit))).start().unwrap()
    };
    for levels in [90, 100, 120, 126, 400] {
        dir.write("config.yaml", "{rate: 1}");
        let reloader = start();
        let first = reloader.status().generation;
        dir.write("config.yaml", deep(levels));
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Applied, "{report}");
        let json = serde_json::to_string(&report).unwrap();
        let back: Report = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), json, "{levels} levels");
        let in_force = reloader.handle().get().config().clone();
        drop(reloader);

        dir.write("config.yaml", "{rate: 3}");
        let logged = Lines::default();
        let reloader = logged.hear(start);
        let said: Vec<_> =
            logged.take().into_iter().filter(|line| !line.starts_with("INFO")).collect();
        assert_eq!(said, Vec::<String>::new(), "{levels} levels");
        let report = reloader.history().into_iter().rev().nth(1).unwrap().report.unwrap();
        assert_eq!(serde_json::to_string(&report).unwrap(), json, "{levels} levels");
        assert_eq!(
            reloader.rollback_to(first + 1, rollback()).wait().unwrap().verdict(),
            Verdict::Applied
        );
        assert_eq!(*reloader.handle().get().config(), in_force);
        drop(reloader);
        dir.write("config.yaml", "{rate: [");
        assert_eq!(*start().handle().get().config(), in_force, "the last known good");
    }
    audit::verify(&audit).unwrap();
}
