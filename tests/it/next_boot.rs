//! The outcome of a start with what the sources hold now.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use dlc_reload::{
    BootOutcome::{self, Fails, LastKnownGood, Starts},
    Change, Commit, HookResult, Invalid, Loader, NextBoot, Reloadable, Reloader, Restarts, Secret,
    Trigger, Verdict, Watching,
    testing::{Fault, Stage},
};
use serde::{Deserialize, Serialize};

use crate::fixture::Dir;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::within_limit)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[reload(hot)]
    burst: u32,
    #[reload(restart)]
    limit: u32,
    #[serde(default)]
    #[reload(restart)]
    token: Option<Secret<String>>,
}

impl Config {
    fn within_limit(&self) -> Result<(), Invalid> {
        if self.rate <= self.limit {
            Ok(())
        } else {
            Err(Invalid::new().at("rate", "above the limit"))
        }
    }
}

struct Hooks;

impl ConfigHooks for Hooks {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
    fn on_burst(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

const FIRST: &str = "{rate: 1, burst: 1, limit: 5}";

struct Service {
    dir: Dir,
    stage: Stage,
    reloader: Reloader<Config>,
}

fn loader(dir: &Dir) -> Loader<Config> {
    Loader::new().file(dir.join("config.yaml"))
}

impl Service {
    /// A service that reloads when it is asked to.
    fn start() -> Self {
        let dir = Dir::new();
        dir.write("config.yaml", FIRST);
        let loader = loader(&dir);
        Self::of(dir, loader, Restarts::Wait, Watching::Off)
    }

    fn of(dir: Dir, loader: Loader<Config>, restarts: Restarts, watching: Watching) -> Self {
        let builder = loader.load().unwrap().reloader().hooks(Arc::new(Hooks));
        // The time of the load is that of the system, and all that happens on the stage comes after it.
        let stage = Stage::new();
        let builder = builder.watch(watching).restarts(restarts).stage(&stage);
        let reloader = builder.start().unwrap();
        Self { dir, stage, reloader }
    }

    fn write(&self, text: &str) {
        self.dir.write("config.yaml", text);
    }

    fn reload(&self, text: &str) -> Verdict {
        self.write(text);
        self.reloader.reload(Trigger::api("a test")).wait().unwrap().verdict()
    }

    fn breaks(&self) {
        self.reload(BROKEN);
        assert_eq!(self.next().outcome, Fails);
    }

    fn next(&self) -> NextBoot {
        self.reloader.status().next_boot
    }

    /// The outcome, and the messages of the problems.
    fn said(&self) -> (BootOutcome, String) {
        let NextBoot { outcome, problems, .. } = self.next();
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        (outcome, self.dir.strip(&problems.join("\n")))
    }

    /// Waits until a look by itself has found this.
    fn until(&self, outcome: BootOutcome) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.next().outcome != outcome {
            assert!(Instant::now() < deadline, "still {:?}", self.next());
            std::thread::yield_now();
        }
    }

    /// What a start really does.
    fn boots(&self) -> bool {
        loader(&self.dir).load().is_ok()
    }
}

const BROKEN: &str = "{rate: many, burst: 1, limit: 5}";

#[test]
fn it_says_why_the_file_would_not_start_and_that_it_is_mended() {
    let service = Service::start();
    assert_eq!(service.said(), (Starts, String::new()));
    let started = service.next();
    assert_eq!(started.since, started.looked_at);

    service.stage.advance(Duration::from_secs(60));
    assert_eq!(service.reload(BROKEN), Verdict::Rejected);
    let (outcome, problems) = service.said();
    assert_eq!((outcome, service.boots()), (Fails, false));
    assert!(problems.starts_with("config.yaml:1:8: rate: invalid type"), "{problems}");
    let broken = service.next();
    assert!(broken.since > started.since);
    assert!(service.reloader.is_ready(), "readiness does not depend on it");

    service.stage.advance(Duration::from_secs(60));
    service.reload(BROKEN);
    let still = service.next();
    assert_eq!(still.since, broken.since);
    assert!(still.looked_at > broken.looked_at);

    // To what is in force.
    service.stage.advance(Duration::from_secs(60));
    assert_eq!(service.reload(FIRST), Verdict::Unchanged);
    assert_eq!(service.said(), (Starts, String::new()));
    let status = service.reloader.status();
    assert!(status.next_boot.since > still.since);
    assert_eq!(status.last_failure.unwrap().id(), 2, "which says nothing of now");
}

#[test]
fn it_is_kept_by_looks_that_nobody_asks_for() {
    let dir = Dir::new();
    dir.write("config.yaml", FIRST);
    let sources = loader(&dir);
    let service = Service::of(dir, sources, Restarts::Wait, Watching::Always);
    for text in [BROKEN, "{rate: 9, burst: 1, limit: 5}", "", "{rate: ["] {
        service.write(text);
        service.until(Fails);
        service.write(FIRST);
        service.until(Starts);
    }
    fs::remove_file(service.dir.join("config.yaml")).unwrap();
    service.until(Fails);
    assert!(service.said().1.contains("config.yaml: no such file"), "{:?}", service.said());
    service.write(FIRST);
    service.until(Starts);
    assert_eq!(service.reloader.status().generation, 1);
}

#[test]
fn a_service_that_is_inconsistent_still_says_what_would_start() {
    let dir = Dir::new();
    dir.write("config.yaml", FIRST);
    let sources = loader(&dir);
    let service = Service::of(dir, sources, Restarts::Wait, Watching::Always);
    service.stage.inject(Config::fields().rate(), Fault::FailUndo);
    service.stage.inject(Config::fields().burst(), Fault::FailCommit);
    assert_eq!(service.reload("{rate: 2, burst: 2, limit: 5}"), Verdict::Inconsistent);
    assert_eq!(service.said(), (Starts, String::new()));
    let reports = service.reloader.status().last_report.unwrap().id();
    for _ in 0..2 {
        service.write(BROKEN);
        service.until(Fails);
        service.write(FIRST);
        service.until(Starts);
    }
    let status = service.reloader.status();
    assert_eq!(status.last_report.unwrap().id(), reports, "it only looks");
    assert!(!service.reloader.is_ready());
}

#[test]
fn what_only_this_process_refuses_would_start() {
    let service = Service::start();
    service.stage.inject(Config::fields().rate(), Fault::Refuse);
    service.breaks();
    assert_eq!(service.reload("{rate: 2, burst: 1, limit: 5}"), Verdict::Rejected, "by a hook");
    assert_eq!(service.said(), (Starts, String::new()));
    service.stage.heal();

    service.breaks();
    let beside = "{rate: 7, burst: 1, limit: 9}";
    assert_eq!(service.reload(beside), Verdict::Rejected, "beside the limit in force");
    assert_eq!((service.said(), service.boots()), ((Starts, String::new()), true));

    service.breaks();
    assert_eq!(service.reload("{rate: 1, burst: 1, limit: 9}"), Verdict::PendingRestart);
    assert_eq!(service.said(), (Starts, String::new()));

    let dir = Dir::new();
    dir.write("config.yaml", FIRST);
    let sources = loader(&dir);
    let service = Service::of(dir, sources, Restarts::Reject, Watching::Off);
    service.breaks();
    assert_eq!(service.reload("{rate: 1, burst: 1, limit: 9}"), Verdict::Rejected);
    assert_eq!(service.said(), (Starts, String::new()));
}

#[test]
fn it_says_that_the_last_known_good_is_there_to_start_from() {
    let dir = Dir::new();
    dir.write("config.yaml", FIRST);
    let good = dir.join("good.json");
    let sources = |dir: &Dir| loader(dir).last_known_good(&good);
    let first = sources(&dir);
    let service = Service::of(dir, first, Restarts::Wait, Watching::Off);
    service.reload(BROKEN);
    let (outcome, problems) = service.said();
    assert_eq!(outcome, LastKnownGood);
    assert!(problems.starts_with("config.yaml:1:8: rate: invalid type"), "{problems}");

    // As the start itself finds it.
    let Service { dir, reloader, .. } = service;
    drop(reloader);
    let next = sources(&dir);
    let service = Service::of(dir, next, Restarts::Wait, Watching::Off);
    assert_eq!(service.said(), (LastKnownGood, problems));
    service.reload(FIRST);
    assert_eq!(service.said(), (Starts, String::new()));

    fs::write(&good, "{}").unwrap();
    service.reload(BROKEN);
    let (outcome, problems) = service.said();
    assert_eq!(outcome, Fails);
    let reason = problems.lines().last().unwrap();
    assert!(
        reason.starts_with("good.json: the last known good configuration cannot be used either"),
        "{reason}"
    );
    fs::remove_file(&good).unwrap();
    service.reload(BROKEN);
    assert_eq!((service.said().0, service.said().1.lines().count()), (Fails, 1));
}

#[test]
fn it_lists_the_warnings_of_a_start() {
    let dir = Dir::new();
    dir.write("config.yaml", FIRST);
    let sources = loader(&dir).unknown_keys(dlc_reload::UnknownKeys::Warn);
    let service = Service::of(dir, sources, Restarts::Wait, Watching::Off);
    service.reload("{rate: 1, burst: 1, limit: 5, brust: 2}");
    let (outcome, problems) = service.said();
    assert_eq!(outcome, Starts);
    assert!(problems.contains("warning: brust: unknown key"), "{problems}");
}

#[test]
fn it_serializes_without_secrets() {
    let service = Service::start();
    service.reload("{rate: 1, burst: hunter2, limit: 5, token: hunter2}");
    let json = serde_json::to_value(service.reloader.status()).unwrap();
    let next = &json["next_boot"];
    assert_eq!(next["outcome"], "fails");
    assert_eq!(next["problems"][0]["key"], "burst");
    assert!(next["since"].as_str().unwrap().ends_with('Z'));
    assert!(next["looked_at"].as_str().unwrap().ends_with('Z'));
    assert!(!json.to_string().contains("hunter2"), "{json}");
    let words = [Starts, LastKnownGood, Fails].map(|word| serde_json::to_value(word).unwrap());
    assert_eq!(words, ["starts", "last_known_good", "fails"]);
}

#[test]
fn a_file_that_cannot_be_read_would_not_start() {
    let service = Service::start();
    let path = service.dir.join("config.yaml");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    service.reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!((service.said().0, service.boots()), (Fails, false));
    fs::remove_dir(&path).unwrap();
    assert_eq!(service.reload(FIRST), Verdict::Unchanged);
    assert_eq!(service.said().0, Starts);
}
