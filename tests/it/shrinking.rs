//! Files that set far less than before, such as a copy that ended early and can be read all the same.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use dlc_reload::{
    Error, Loader, Observer, Origin, Problem, Reloadable, Reloader, Report, Secret, Severity,
    Trigger, UnknownKeys, Verdict, Watching,
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, rollback},
    log_lines::Lines,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Limits {
    #[reload(restart)]
    burst: u32,
    #[reload(restart)]
    window: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    motd: String,
    #[reload(hot, live)]
    level: String,
    #[reload(restart)]
    port: u16,
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart, nested)]
    limits: Limits,
    #[reload(hot, live)]
    tags: Vec<String>,
    #[reload(restart)]
    services: BTreeMap<String, u32>,
    #[reload(restart)]
    vault: BTreeMap<String, Secret<String>>,
    #[reload(restart, secret)]
    hidden: BTreeMap<String, u32>,
}

const WHOLE: &str = "\
motd: hello
level: info
rate: 1
limits:
  burst: 2
tags: [a]
port: 80
";

/// The same, as a copy that ended after two lines leaves it.
const CUT: &str = "\
motd: hello
level: info
";

/// A service whose configuration is in `a.yaml`, and in drop-ins.
struct Service {
    dir: Dir,
    reloader: Reloader<Config>,
}

impl Service {
    fn start(files: &[(&str, &str)]) -> Self {
        Self::start_with(files, |loader| loader)
    }

    fn start_with(
        files: &[(&str, &str)],
        settings: impl FnOnce(Loader<Config>) -> Loader<Config>,
    ) -> Self {
        let dir = Dir::new();
        for (name, text) in files {
            dir.write(name, text);
        }
        let loader = Loader::new().optional_file(dir.join("a.yaml")).directory(dir.join("conf.d"));
        let boot = settings(loader).load().unwrap();
        let warnings = crate::fixture::lines(boot.warnings());
        assert!(!warnings.contains("are gone"), "a start has nothing to compare with: {warnings}");
        let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
        Self { dir, reloader }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        self.dir.write(name, text)
    }

    fn reload(&self) -> Report {
        self.reloader.reload(Trigger::api("a test")).wait().unwrap()
    }

    fn confirm(&self) -> Report {
        self.reloader.reload(Trigger::api("a test").confirm_shrinking()).wait().unwrap()
    }

    /// What a reload of these files says of them.
    fn said(&self, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            self.write(name, text);
        }
        self.strip(self.reload().problems())
    }

    fn strip(&self, problems: &[Problem]) -> String {
        self.dir.strip(&crate::fixture::lines(problems))
    }
}

#[test]
fn a_copy_that_ended_early_is_warned_of_with_what_it_lacks() {
    let service = Service::start(&[("a.yaml", WHOLE)]);
    let path = service.write("a.yaml", CUT);
    let report = service.reload();
    assert_eq!(report.verdict(), Verdict::Applied);
    let expected = "a.yaml: warning: 4 of the 6 values that were set here are gone, and fall back to earlier sources or to defaults: `rate`, `limits.burst`, `tags[0]`, `port`: put the whole file back if it was cut off";
    assert_eq!(service.strip(report.problems()), expected);
    let problem = &report.problems()[0];
    assert_eq!(problem.severity, Severity::Warning);
    assert_eq!(problem.origin, Some(Origin::source(path.display().to_string())));
    assert_eq!(service.reload().problems(), [], "it is what the file sets from now on");
}

#[test]
fn it_stands_in_the_log_and_in_a_plan() {
    let service = Service::start(&[("a.yaml", WHOLE)]);
    service.write("a.yaml", CUT);
    let plan = service.reloader.plan().wait().unwrap();
    assert!(plan.warnings[0].message.starts_with("4 of the 6 values"), "{plan:?}");

    let alone = "shrinking::it_stands_in_the_log_and_in_a_plan";
    if !crate::subprocess::is_alone() {
        return crate::subprocess::passes(crate::subprocess::this_binary(alone));
    }
    let logged = Lines::default();
    logged.hear_all();
    service.reload();
    service.reload();
    let is_one = |line: &&String| line.contains("values that were set here are gone");
    assert_eq!(logged.take().iter().filter(is_one).count(), 1);
}

#[test]
fn it_takes_half_of_at_least_four_values() {
    let cases = [
        ("half of four", "{motd: a, level: b, port: 1, tags: [x]}", "{motd: a, level: b}", 2),
        (
            "less than half",
            "{motd: a, level: b, port: 1, tags: [x]}",
            "{motd: a, level: b, port: 1}",
            0,
        ),
        ("all of three", "{motd: a, level: b, port: 1}", "{}", 0),
        ("all of four", "{motd: a, level: b, port: 1, tags: [x]}", "{}", 4),
        (
            "other values",
            "{motd: a, level: b, port: 1, tags: [x]}",
            "{motd: c, level: d, port: 2, tags: [y]}",
            0,
        ),
        (
            "null",
            "{motd: a, level: b, port: 1, tags: [x]}",
            "{motd: a, level: b, port: 1, tags: null}",
            0,
        ),
        (
            "null for half",
            "{motd: a, level: b, tags: [x, y, z]}",
            "{motd: a, level: b, tags: null}",
            3,
        ),
        ("items of a list", "tags: [a, b, c, d]", "tags: [x, y]", 2),
        ("an empty list", "tags: [a, b, c, d]", "tags: []", 4),
        ("entries of a map", "services: {a: 1, b: 2, c: 3, d: 4}", "services: {d: 5}", 3),
        (
            "a key of which nothing is left",
            "{services: {a: 1, b: 2, c: 3}, motd: a}",
            "{motd: a, services: }",
            3,
        ),
    ];
    for (name, before, after, lost) in cases {
        let service = Service::start(&[("a.yaml", before)]);
        let said = service.said(&[("a.yaml", after)]);
        let expected = format!("a.yaml: warning: {lost} of the ");
        assert_eq!(lost > 0, said.starts_with(&expected), "{name}: {said:?}");
        assert_eq!(lost == 0, said.is_empty(), "{name}: {said:?}");
    }
}

#[test]
fn each_file_counts_for_itself() {
    let base = "{motd: a, level: b, port: 1, tags: [x]}";
    let more = "{limits: {burst: 1, window: 2}, services: {a: 1, b: 2}}";
    let start = || {
        let files = [
            ("a.yaml", "{include: [more.yaml], motd: a, level: b, port: 1, tags: [x]}"),
            ("more.yaml", more),
            ("conf.d/1.yaml", "{vault: {a: x, b: y}, hidden: {a: 1, b: 2}}"),
        ];
        Service::start(&files)
    };
    let service = start();
    let said = service.said(&[("more.yaml", "{}"), ("conf.d/1.yaml", "hidden: {a: 1}")]);
    let lines: Vec<_> = said.lines().map(|line| line.split(" values").next().unwrap()).collect();
    let expected = ["more.yaml: warning: 4 of the 4", "conf.d/1.yaml: warning: 3 of the 4"];
    assert_eq!(lines, expected, "{said}");

    // A whole drop-in that is removed has not shrunk, and a file may go with all that it says.
    let service = start();
    std::fs::remove_file(service.dir.join("conf.d/1.yaml")).unwrap();
    assert_eq!(service.said(&[]), "");
    let service = Service::start(&[("a.yaml", base)]);
    std::fs::remove_file(service.dir.join("a.yaml")).unwrap();
    assert_eq!(service.said(&[]), "");
}

#[test]
fn a_value_that_another_source_took_over_is_not_lost() {
    let base = "{motd: a, level: b, port: 1, tags: [x]}";
    let service = Service::start(&[("a.yaml", base)]);
    let moved = [("a.yaml", "{motd: a, level: b}"), ("conf.d/1.yaml", "{port: 1, tags: [x]}")];
    assert_eq!(service.said(&moved), "");

    // One that was overridden before, and is back, was not taken over: it is what the other value kept out.
    let service = Service::start(&[("a.yaml", base), ("conf.d/1.yaml", base)]);
    let said = service.said(&[("conf.d/1.yaml", "motd: a")]);
    let expected = "conf.d/1.yaml: warning: 3 of the 4 values";
    assert!(said.starts_with(expected), "{said}");
    // What was of no effect before is no loss.
    let service = Service::start(&[("a.yaml", base), ("conf.d/1.yaml", base)]);
    assert_eq!(service.said(&[("a.yaml", "motd: a")]), "");
}

#[test]
fn a_few_of_many_are_named() {
    let mut text = "services:\n".to_owned();
    for at in 0..1000 {
        writeln!(text, "  s{at:03}: 1").unwrap();
    }
    let service = Service::start(&[("a.yaml", &text)]);
    let said = service.said(&[("a.yaml", &text[..text.len() / 10])]);
    assert!(said.contains(", `services.s100`, "), "{said}");
    let more = said.split(" and ").last().unwrap();
    assert!(more.ends_with("more: put the whole file back if it was cut off"), "{said}");
    assert!(said.len() < 600, "{said}");
    // A name of any length.
    let long = "x".repeat(1000);
    let text = format!("services: {{{long}a: 1, {long}b: 1, {long}c: 1, {long}d: 1}}");
    let service = Service::start(&[("a.yaml", &text)]);
    let said = service.said(&[("a.yaml", "{}")]);
    assert!(said.starts_with("a.yaml: warning: 4 of the 4 values") && said.len() < 1000, "{said}");
}

#[test]
fn names_inside_of_a_secret_are_not_listed() {
    let text = "{vault: {hunter1: a, hunter2: b}, hidden: {hunter3: 1, hunter4: 2}}";
    let service = Service::start(&[("a.yaml", text)]);
    let said = service.said(&[("a.yaml", "{}")]);
    assert!(said.contains(": `vault`, `hidden`: put"), "{said}");
    assert!(!said.contains("hunter"), "{said}");

    // No field has these, and their names do not look like names.
    let text = "{motd: a, \"hunter2 \": 1, \"hunter3 \": 2, \"hunter4 \": {a: 3}}";
    let start = |loader: Loader<Config>| loader.unknown_keys(UnknownKeys::Warn);
    let service = Service::start_with(&[("a.yaml", text)], start);
    let said = service.said(&[("a.yaml", "motd: a")]);
    assert!(said.contains("3 of the 4 values") && !said.contains("hunter"), "{said}");
    assert!(said.contains("to defaults: a key that is not shown: put"), "{said}");
}

#[test]
fn it_is_refused_where_the_author_wants_that_and_accepted_when_it_is_confirmed() {
    let service = Service::start_with(&[("a.yaml", WHOLE)], |loader| loader.refuse_shrinking(0.5));
    service.write("a.yaml", CUT);
    let report = service.reload();
    assert_eq!(report.verdict(), Verdict::Rejected);
    let said = service.strip(report.problems());
    assert!(said.starts_with("a.yaml: 4 of the 6 values that were set here are gone"), "{said}");
    let remedy = "put the whole file back if it was cut off, or ask for a reload that confirms it";
    assert!(said.ends_with(remedy), "{said}");
    assert_eq!(service.reloader.handle().load().rate, 1);
    let refused = service.reloader.plan().wait().unwrap_err();
    assert_eq!(service.dir.strip(&refused.to_string()), said);
    // It stays refused, however often it is asked for.
    assert_eq!(service.reload().verdict(), Verdict::Rejected);

    let report = service.confirm();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert!(report.problems()[0].message.starts_with("4 of the 6 values"));
    assert_eq!(report.problems()[0].severity, Severity::Warning);
    assert_eq!(service.reloader.handle().load().rate, 0);
    assert_eq!(service.reload().problems(), []);
}

#[test]
fn the_share_decides_what_is_refused() {
    let four = "{motd: a, level: b, port: 1, tags: [x]}";
    let cases = [
        (0.5, "{motd: a, level: b}", true),
        (0.5, "{motd: a, level: b, port: 1}", false),
        (0.25, "{motd: a, level: b, port: 1}", true),
        (0.75, "{motd: a, level: b}", false),
        (0.75, "motd: a", true),
        (1.0, "motd: a", false),
        (1.0, "{}", true),
        (0.0, "{motd: a, level: b, port: 1}", true),
        (0.0, "{motd: c, level: b, port: 1, tags: [x]}", false),
    ];
    for (share, after, refused) in cases {
        let start = |loader: Loader<Config>| loader.refuse_shrinking(share);
        let service = Service::start_with(&[("a.yaml", four)], start);
        service.write("a.yaml", after);
        let verdict = service.reload().verdict();
        assert_eq!(verdict == Verdict::Rejected, refused, "{share} {after}: {verdict}");
        assert!(service.confirm().verdict().is_success(), "{share} {after}");
    }
}

#[test]
fn a_share_that_is_none_is_an_error() {
    for share in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let loader = Loader::<Config>::new().text("yaml", "{}").refuse_shrinking(share);
        let error: Error = loader.load().map(drop).unwrap_err();
        let expected =
            format!("`refuse_shrinking` takes a share from 0.0 to 1.0, and was given {share:?}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn what_is_taken_back_on_purpose_is_no_shrinking() {
    let service = Service::start_with(&[("a.yaml", CUT)], |loader| loader.refuse_shrinking(0.1));
    service.write("a.yaml", WHOLE);
    assert_eq!(service.reload().verdict(), Verdict::Applied);
    let report = service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.problems(), []);
    let rate = Config::fields().rate();
    service.reloader.override_field(rate, 7).for_duration(Duration::from_secs(60)).wait().unwrap();
    let report = service.reloader.end_override(rate, Trigger::api("a test")).wait().unwrap();
    assert_eq!((report.verdict(), report.problems()), (Verdict::Applied, &[][..]));
    // The file is compared with what was accepted of it last, whatever is in force.
    service.write("a.yaml", CUT);
    assert_eq!(service.reload().verdict(), Verdict::Rejected);
}

#[test]
fn a_confirmation_is_part_of_the_trigger() {
    let trigger = Trigger::api("a test").actor("ann");
    assert!(!trigger.confirms_shrinking());
    let text = serde_json::to_string(&trigger).unwrap();
    assert!(!text.contains("confirm"), "{text}");
    let confirmed = trigger.confirm_shrinking();
    assert!(confirmed.confirms_shrinking());
    let text = serde_json::to_string(&confirmed).unwrap();
    assert!(text.contains(r#""confirms_shrinking":true"#), "{text}");
    assert_eq!(serde_json::from_str::<Trigger>(&text).unwrap(), confirmed);
}

#[test]
fn a_confirmed_reload_that_nobody_waits_for_is_not_replaced_by_another() {
    /// Asks for two reloads, the first of which is confirmed, when it is told of the first report.
    struct Asks(Arc<OnceLock<Weak<Reloader<Config>>>>);
    impl Observer for Asks {
        fn reported(&self, report: &Report) {
            let reloader = self.0.get().filter(|_| report.id() == 1).and_then(Weak::upgrade);
            if let Some(reloader) = reloader {
                let confirmed = Trigger::api("confirmed").confirm_shrinking();
                for trigger in [confirmed, Trigger::api("another")] {
                    assert!(reloader.reload(trigger).wait().unwrap_err().is_reentrant());
                }
            }
        }
    }
    let dir = Dir::new();
    let path = dir.write("a.yaml", WHOLE);
    let slot = Arc::new(OnceLock::new());
    let boot = Loader::<Config>::new().file(&path).refuse_shrinking(0.5).load().unwrap();
    let asks = Arc::new(Asks(Arc::clone(&slot)));
    let reloader = boot.reloader().observer(asks).watch(Watching::Off).start().unwrap();
    let reloader = Arc::new(reloader);
    let rate = reloader.watch(Config::fields().rate());
    slot.set(Arc::downgrade(&reloader)).unwrap();
    dir.write("a.yaml", CUT);
    assert_eq!(
        reloader.reload(Trigger::api("a test")).wait().unwrap().verdict(),
        Verdict::Rejected
    );
    while rate.get() != 0 {
        rate.wait().unwrap();
    }
}
