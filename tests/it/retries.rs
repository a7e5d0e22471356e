//! Content that was refused by code that asks the world, and is tried again by itself.

mod log;
mod port;

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Builder, Change, Commit, HookResult, Intent, Invalid, Loader, NextRetry, Observer, Probation,
    Reloadable, Reloader, Report, Restarts, Trigger, TriggerKind, Verdict, Veto, Watching,
    audit::Audit,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, rollback},
    staged::Looks,
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::certificate_is_there)]
struct Config {
    #[reload(hot)]
    port: u16,
    #[reload(hot)]
    rate: u32,
    /// The path of a file that has to exist.
    #[serde(default)]
    #[reload(hot, live)]
    certificate: String,
    #[serde(default)]
    #[reload(restart)]
    threads: u32,
}

impl Config {
    fn certificate_is_there(&self) -> Result<(), Invalid> {
        if self.certificate.is_empty() || Path::new(&self.certificate).exists() {
            Ok(())
        } else {
            Err(Invalid::new().at("certificate", "no such file"))
        }
    }
}

/// Takes everything over.
#[derive(Default)]
struct Hooks;

impl ConfigHooks for Hooks {
    fn on_port(&self, _: Change<'_, u16>) -> HookResult<'_> {
        Ok(Commit::new(|| ()))
    }

    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

/// A watched service whose clock stands still.
struct Service {
    file: Memory,
    stage: Stage,
    reloader: Reloader<Config>,
}

impl Service {
    fn start() -> Self {
        Self::with(|builder| builder)
    }

    fn with(set_up: impl FnOnce(Builder<Config, Hooks>) -> Builder<Config, Hooks>) -> Self {
        let (file, stage, looks) = (Memory::yaml("{port: 0, rate: 1}"), Stage::new(), Looks::new());
        let loader = Loader::<Config>::new().source(file.clone()).source(looks.source());
        let builder = loader.load().unwrap().reloader().hooks(Arc::<Hooks>::default());
        // A busy machine is nothing to be warned of here.
        let builder = builder.slow_steps(Duration::from_secs(3600));
        let reloader = set_up(builder.watch(Watching::Always).stage(&stage)).start().unwrap();
        looks.until_settled(&reloader, &stage);
        Self { file, stage, reloader }
    }

    fn reload(&self, text: &str) -> Report {
        self.file.write(text);
        self.reloader.reload(Trigger::api("a test").actor("alice")).wait().unwrap()
    }

    fn next(&self) -> Option<NextRetry> {
        self.reloader.status().next_retry
    }

    fn advance(&self, seconds: u64) {
        self.stage.advance(Duration::from_secs(seconds));
    }

    fn rate(&self) -> u32 {
        self.reloader.handle().load().rate
    }

    fn last(&self) -> Report {
        self.reloader.status().last_report.unwrap()
    }

    /// Lets the hook of the rate refuse from now on.
    fn refuse_rate(&self) {
        self.stage.inject(Config::fields().rate(), Fault::Refuse);
    }

    /// The pauses of so many retries, each of which the clock is moved to.
    fn pauses(&self, count: usize) -> Vec<u64> {
        let mut pauses = Vec::new();
        for _ in 0..count {
            let before = self.next().unwrap();
            // Nothing happens before its time.
            let pause = pauses.last().map_or(1, |last: &u64| (last * 2).min(300));
            self.advance(pause - 1);
            assert_eq!(self.next().as_ref(), Some(&before));
            self.advance(1);
            let after = self.next().unwrap();
            assert_eq!((after.retries, after.since), (before.retries + 1, before.since));
            pauses.push(pause);
            let next = (pause * 2).min(300);
            assert_eq!(after.at.duration_since(before.at).unwrap(), Duration::from_secs(next));
        }
        pauses
    }
}

#[test]
fn a_required_audit_that_gets_room_lets_the_change_through() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let audit = Arc::new(Audit::new(&path).required());
    let service = Service::with(|builder| builder.observer(audit));
    let kept = dir.join("kept");
    fs::rename(&path, &kept).unwrap();
    fs::create_dir(&path).unwrap();

    assert_eq!(service.reload("{port: 0, rate: 2}").verdict(), Verdict::Rejected);
    assert_eq!(service.pauses(3), [1, 2, 4]);
    assert_eq!((service.last().id(), service.rate()), (1, 1));

    fs::remove_dir(&path).unwrap();
    fs::rename(&kept, &path).unwrap();
    service.advance(8);
    assert_eq!((service.rate(), service.next()), (2, None));
    let log = fs::read_to_string(&path).unwrap();
    let told: Vec<_> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| format!("{} {} {}", line["kind"], line["id"], line["trigger"]["kind"]))
        .map(|line| line.replace('"', ""))
        .collect();
    assert_eq!(told, ["report 0 start", "report 1 api", "intent 2 retry", "report 2 retry"]);
}

#[test]
fn a_file_that_a_validator_asks_for_and_that_appears_lets_the_change_through() {
    let (dir, service) = (Dir::new(), Service::start());
    let certificate = dir.join("certificate.pem");
    let text = format!("{{port: 0, rate: 2, certificate: '{}'}}", certificate.display());
    let report = service.reload(&text);
    assert_eq!(report.problems()[0].message, "no such file");
    assert_eq!(service.pauses(2), [1, 2]);
    dir.write("certificate.pem", "");
    service.advance(4);
    assert_eq!(service.rate(), 2);
    let report = service.last();
    assert_eq!(report.trigger().to_string(), "retry (of reload #1 by api (a test)) for alice");
}

/// Writes down what it is told, and refuses where a test wants that.
#[derive(Default)]
struct Scribe {
    told: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

impl Observer for Scribe {
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        self.told.lock().unwrap().push(format!("intent {}", intent.id));
        if self.refuses.load(Ordering::Relaxed) { Err("no room".into()) } else { Ok(()) }
    }

    fn reported(&self, report: &Report) {
        self.told.lock().unwrap().push(format!("report {}: {}", report.id(), report.verdict()));
    }
}

#[test]
fn an_observer_is_told_once_of_what_is_refused_for_the_same_reason() {
    let scribe = Arc::new(Scribe::default());
    let observer = Arc::clone(&scribe);
    let service = Service::with(|builder| builder.observer(observer));
    let told = || std::mem::take(&mut *scribe.told.lock().unwrap());
    told();
    scribe.refuses.store(true, Ordering::Relaxed);
    service.reload("{port: 0, rate: 2}");
    service.pauses(2);
    assert_eq!(told(), ["intent 1", "report 1: rejected", "intent 2", "intent 2"]);
    assert_eq!(service.reloader.status().last_failure.unwrap().id(), 1);

    // Another reason is news, and the pause goes on growing.
    scribe.refuses.store(false, Ordering::Relaxed);
    service.refuse_rate();
    service.advance(4);
    assert_eq!(told(), ["intent 2", "report 2: rejected"]);
    assert_eq!(service.next().unwrap().retries, 3);
    service.advance(8);
    assert_eq!(told(), ["intent 3"]);

    service.stage.heal();
    service.advance(16);
    assert_eq!(told(), ["intent 3", "report 3: applied"]);
    assert_eq!(service.reloader.history().len(), 2);
}

#[test]
fn the_pause_grows_from_a_second_to_five_minutes() {
    let service = Service::start();
    service.refuse_rate();
    service.reload("{port: 0, rate: 2}");
    let first = service.next().unwrap();
    assert_eq!(first.retries, 0);
    assert_eq!(first.at.duration_since(first.since).unwrap(), Duration::from_secs(1));
    assert_eq!(service.pauses(11), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    let json = serde_json::to_value(service.reloader.status()).unwrap();
    assert_eq!(json["next_retry"]["retries"], 11);
    let at = json["next_retry"]["at"].as_str().unwrap();
    assert!(at.ends_with('Z') && json["next_retry"]["since"].is_string(), "{at}");

    service.stage.heal();
    service.advance(300);
    assert_eq!(service.rate(), 2);
    let json = serde_json::to_value(service.reloader.status()).unwrap();
    assert_eq!(json.get("next_retry"), None);
}

#[test]
fn a_change_that_was_undone_is_tried_again_and_one_that_could_not_be_undone_is_not() {
    let service = Service::start();
    let (port, rate) = (Config::fields().port(), Config::fields().rate());
    let text = "{port: 1, rate: 2}";
    service.stage.inject(rate, Fault::FailCommit);
    assert_eq!(service.reload(text).verdict(), Verdict::RolledBack);
    service.pauses(2);
    assert_eq!(service.last().id(), 1, "it is told of once");

    service.stage.inject(port, Fault::FailUndo);
    service.advance(4);
    let status = service.reloader.status();
    assert_eq!(service.last().verdict(), Verdict::Inconsistent);
    assert_eq!((status.consistent, status.next_retry), (false, None));
    service.stage.heal();
    service.advance(300);
    assert_eq!(service.last().id(), 2);

    // Nor what is refused in such a state.
    service.stage.inject(rate, Fault::Refuse);
    assert_eq!(service.reload(text).verdict(), Verdict::Rejected);
    assert_eq!(service.next(), None);
}

#[test]
fn what_is_wrong_with_the_content_or_was_decided_is_not_tried_again() {
    let reject = |builder: Builder<Config, Hooks>| builder.restarts(Restarts::Reject);
    let cases = [
        "{port: 0, rate: [",
        "{port: 0, rate: many}",
        "{port: 0, rate: 2, rat: 3}",
        // The validator as well, which would have to be asked again.
        "{port: 0, rate: many, certificate: /nowhere}",
        "{port: 0, rate: 2, rat: 3, certificate: /nowhere}",
        "{port: 0, rate: 2, threads: 8}",
    ];
    for text in cases {
        let service = Service::with(reject);
        assert_eq!(service.reload(text).verdict(), Verdict::Rejected, "{text}");
        assert_eq!(service.next(), None, "{text}");
    }

    // A failed probation.
    let well = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&well);
    let service = Service::with(|builder| {
        let check = move || {
            if asked.load(Ordering::Relaxed) { Ok(()) } else { Err(Veto::from("ill")) }
        };
        builder.probation(Probation::new(check))
    });
    service.reload("{port: 0, rate: 2}");
    service.advance(1);
    assert_eq!((service.rate(), service.last().verdict()), (1, Verdict::Applied));
    assert_eq!(service.reload("{port: 0, rate: 2}").verdict(), Verdict::Rejected);
    assert_eq!(service.next(), None);

    // A rollback, which is a decision against what is tried again.
    let service = Service::start();
    service.refuse_rate();
    service.reload("{port: 0, rate: 3}");
    assert!(service.next().is_some());
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    service.stage.heal();
    service.advance(300);
    assert_eq!((service.next(), service.rate()), (None, 1));
}

#[test]
fn nothing_is_tried_again_where_nothing_is_watched() {
    let service = Service::with(|builder| builder.watch(Watching::Off));
    service.refuse_rate();
    service.reload("{port: 0, rate: 2}");
    service.stage.heal();
    service.advance(300);
    assert_eq!((service.next(), service.rate(), service.last().id()), (None, 1, 1));
}

#[test]
fn a_reload_an_edit_and_an_override_begin_the_series_anew() {
    let service = Service::start();
    service.refuse_rate();
    service.reload("{port: 0, rate: 2}");
    service.pauses(4);
    let before = service.next().unwrap();

    let again = service.reload("{port: 0, rate: 2}");
    let next = service.next().unwrap();
    assert_eq!((next.retries, next.since), (0, before.since), "it has been refused since then");
    service.pauses(3);

    service.reload("{port: 0, rate: 3}");
    let next = service.next().unwrap();
    assert_eq!(next.retries, 0);
    assert!(next.since > before.since, "other content");
    service.pauses(3);

    let motd = Config::fields().certificate();
    service
        .reloader
        .override_field(motd, String::new())
        .for_duration(Duration::from_secs(3))
        .wait()
        .unwrap();
    assert_eq!(service.next().unwrap().retries, 3, "nothing changed");
    let here = env!("CARGO_MANIFEST_DIR").to_owned();
    service
        .reloader
        .override_field(motd, here)
        .for_duration(Duration::from_secs(3))
        .wait()
        .unwrap();
    assert_eq!(service.next().unwrap().retries, 0);
    service.pauses(1);
    service.advance(2);
    assert_eq!(
        (service.last().trigger().kind(), service.next().unwrap().retries),
        (TriggerKind::Expiry, 0)
    );

    service.stage.heal();
    service.advance(1);
    assert_eq!(service.rate(), 3);
    let expected = format!("retry (of reload #{} by api (a test)) for alice", again.id() + 1);
    assert_eq!(service.last().trigger().to_string(), expected);
}

#[test]
fn a_retry_that_finds_other_content_takes_it() {
    let service = Service::start();
    service.refuse_rate();
    service.reload("{port: 0, rate: 2}");
    service.stage.heal();
    service.file.write("{port: 0, rate: 7}");
    service.advance(1);
    assert_eq!((service.rate(), service.next()), (7, None));
    assert_eq!(service.last().trigger().kind(), TriggerKind::File);
}

#[test]
fn a_mended_file_ends_the_series() {
    let service = Service::start();
    service.refuse_rate();
    for (text, verdict) in
        [("{port: 0, rate: many}", Verdict::Rejected), ("{port: 0, rate: 1}", Verdict::Unchanged)]
    {
        service.reload("{port: 0, rate: 2}");
        assert!(service.next().is_some());
        assert_eq!(service.reload(text).verdict(), verdict);
        assert_eq!(service.next(), None);
    }
}
