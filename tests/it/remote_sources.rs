//! Sources that are elsewhere: they announce changes, have versions, become stale, and hold no secrets.

mod beside_files;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, SystemTime},
};

use dlc_reload::{
    Format, Loader, Observer, Probation, Problem, Reloadable, Reloader, Report, Secret,
    SourceState, Trigger, TriggerKind, Verdict, Watching,
    source::{Guard, Intake, Notice, Source},
    testing::Stage,
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[reload(hot)]
    weight: u32,
    #[serde(default)]
    #[reload(restart, secret)]
    token: Secret<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(hot, live)]
    name: String,
    #[serde(default)]
    #[reload(restart, secret)]
    key: Secret<String>,
}

/// What a fleet shares, with secrets at every depth.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Shared {
    #[reload(restart, secret)]
    key: Secret<String>,
    #[reload(restart)]
    logins: BTreeMap<String, Secret<String>>,
    #[reload(hot, entries)]
    upstreams: BTreeMap<String, Upstream>,
}

/// A document elsewhere, as the thread of a source would have it.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<State>>, Arc<Condvar>);

#[derive(Default)]
struct State {
    text: Option<String>,
    version: Option<String>,
    stale: Option<(SystemTime, String)>,
    notice: Option<Notice>,
    reads: usize,
    /// The version that was read last.
    read: Option<String>,
    ended: Arc<AtomicUsize>,
}

impl Store {
    fn of(text: &str) -> Self {
        let store = Self::default();
        store.hold(|state| state.text = Some(text.to_owned()));
        store
    }

    fn hold(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    /// Waits until it was read for the second time: by the look that the start ends with.
    fn await_first_look(&self) {
        self.wait_while(|state| state.reads < 2);
    }

    /// Waits until a version was read.
    fn await_read(&self, version: &str) {
        self.wait_while(|state| state.read.as_deref() != Some(version));
    }

    fn wait_while(&self, missing: impl Fn(&State) -> bool) {
        let (state, patience) = (self.0.lock().unwrap(), Duration::from_secs(60));
        let waited = self.1.wait_timeout_while(state, patience, |state| missing(state)).unwrap();
        assert!(!waited.1.timed_out());
    }

    /// Announces a new version.
    fn publish(&self, version: &str, text: &str) {
        let mut state = self.0.lock().unwrap();
        (state.version, state.text) = (Some(version.to_owned()), Some(text.to_owned()));
        let notice = state.notice.clone();
        drop(state);
        let by =
            Trigger::new(TriggerKind::Remote).detail(format!("version {version}")).actor("ann");
        notice.expect("the source is watched").changed(by);
    }
}

impl Source for Store {
    fn read(&self, intake: &mut Intake<'_>) {
        let mut state = self.0.lock().unwrap();
        state.reads += 1;
        state.read = state.version.clone();
        self.1.notify_all();
        if let Some(version) = &state.version {
            intake.version(version.as_str());
        }
        match &state.text {
            Some(text) => intake.text("store", Format::Yaml, text).without_secrets(),
            None => intake.problem(Problem::error("the store does not answer")),
        }
        if let Some((since, reason)) = &state.stale {
            intake.stale(*since, reason.as_str());
        }
    }

    fn watch(&self, notice: Notice) -> Option<Guard> {
        let mut state = self.0.lock().unwrap();
        state.notice = Some(notice);
        let ended = Arc::clone(&state.ended);
        Some(Guard::new(Ending(ended)))
    }

    fn name(&self) -> Cow<'_, str> {
        "store".into()
    }
}

struct Ending(Arc<AtomicUsize>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Hands the reports to a test, and what has proven itself.
struct Reports(mpsc::Sender<Report>, mpsc::Sender<u64>);

impl Observer for Reports {
    fn reported(&self, report: &Report) {
        let _ = self.0.send(report.clone());
    }

    fn proved(&self, generation: u64) {
        let _ = self.1.send(generation);
    }
}

struct Watched {
    reloader: Reloader<Config>,
    reports: mpsc::Receiver<Report>,
}

impl Watched {
    /// Starts with a store, and without watching files.
    fn start(loader: Loader<Config>) -> Self {
        let ((reports, received), (proven, _)) = (mpsc::channel(), mpsc::channel());
        let observer = Arc::new(Reports(reports, proven));
        let builder = loader.load().unwrap().reloader().watch(Watching::Off);
        let reloader = builder.observer(observer).start().unwrap();
        let started = Self { reloader, reports: received };
        assert_eq!(started.next().id(), 0);
        started
    }

    fn next(&self) -> Report {
        self.reports.recv_timeout(Duration::from_secs(60)).expect("a report")
    }
}

fn source(reloader: &Reloader<Config>, name: &str) -> dlc_reload::SourceStatus {
    let sources = reloader.status().sources;
    sources.into_iter().find(|source| &*source.name == name).expect(name)
}

#[test]
fn a_source_announces_a_change_by_itself() {
    let store = Store::of("rate: 1");
    let service = Watched::start(Loader::new().source(store.clone()));
    store.await_first_look();
    store.publish("2", "rate: 2");
    let report = service.next();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.trigger().to_string(), "remote (version 2) for ann");
    assert_eq!(service.reloader.handle().load().rate, 2);

    // The same content is no change, whatever its version.
    store.publish("3", "rate: 2");
    // Or else the look for this version may find the next one.
    store.await_read("3");
    store.publish("4", "rate: 4");
    assert_eq!(service.next().trigger().to_string(), "remote (version 4) for ann");
    let ended = Arc::clone(&store.0.lock().unwrap().ended);
    drop(service);
    assert_eq!(ended.load(Ordering::SeqCst), 1, "the guard ends with the reloader");
}

#[test]
fn what_changes_between_the_first_read_and_the_watch_is_found() {
    let store = Store::of("rate: 1");
    let boot = Loader::<Config>::new().source(store.clone()).load().unwrap();
    store.hold(|state| state.text = Some("rate: 2".to_owned()));
    let reloader = boot.reloader().start().unwrap();
    let rate = reloader.watch(Config::fields().rate());
    if rate.get() != 2 {
        rate.wait().unwrap();
    }
    assert_eq!(rate.get(), 2);
}

#[test]
fn what_a_hook_refused_is_tried_again_although_no_file_is_watched() {
    struct Never;
    impl Observer for Never {
        fn intended(&self, _: &dlc_reload::Intent<'_>) -> Result<(), dlc_reload::Veto> {
            Err("not now".into())
        }
        fn reported(&self, _: &Report) {}
    }
    let store = Store::of("rate: 1");
    let boot = Loader::<Config>::new().source(store.clone()).load().unwrap();
    let reloader = boot.reloader().observer(Arc::new(Never)).start().unwrap();
    store.hold(|state| state.text = Some("rate: 2".to_owned()));
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert!(reloader.status().next_retry.is_some());
}

#[test]
fn reports_snapshots_history_and_status_name_the_version() {
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("history.jsonl");
    let store = Store::of("rate: 1");
    store.hold(|state| state.version = Some("41".to_owned()));
    let versions = |sources: &[dlc_reload::SourceVersion]| {
        sources.iter().map(|one| format!("{} {}", one.source, one.version)).collect::<Vec<_>>()
    };
    {
        let load = Loader::<Config>::new().source(store.clone()).set("name", "a").load().unwrap();
        let reloader = load.reloader().history_file(&kept).start().unwrap();
        store.hold(|state| {
            (state.version, state.text) = (Some("42".to_owned()), Some("rate: 2".to_owned()));
        });
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!(versions(report.sources()), ["store 42"]);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["sources"], serde_json::json!([{"source": "store", "version": "42"}]));
        assert_eq!(versions(reloader.handle().get().sources()), ["store 42"]);

        // A refused one is named in its report, and is not in force.
        store.hold(|state| {
            (state.version, state.text) = (Some("43".to_owned()), Some("rate: x".to_owned()));
        });
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!(
            (report.verdict(), versions(report.sources())),
            (Verdict::Rejected, vec!["store 43".to_owned()])
        );
        assert_eq!(versions(reloader.handle().get().sources()), ["store 42"]);
        assert_eq!(source(&reloader, "store").version.as_deref(), Some("43"));

        let report = reloader.rollback_to(1, Trigger::api("a test")).wait().unwrap();
        assert_eq!(versions(report.sources()), ["store 41"], "that which is in force again");
    }
    store.hold(|state| state.text = Some("rate: 9".to_owned()));
    let boot = Loader::<Config>::new().source(store).load().unwrap();
    let reloader = boot.reloader().history_file(&kept).start().unwrap();
    let history = reloader.history();
    let listed: Vec<_> = history.iter().map(|one| versions(&one.sources).join(",")).collect();
    assert_eq!(listed, ["store 41", "store 42", "store 41", "store 43"]);
}

#[test]
fn a_source_that_is_stale_refuses_nothing_and_says_since_when() {
    let folder = TempDir::new().unwrap();
    let optional = folder.path().join("local.yaml");
    let store = Store::of("rate: 1");
    let loader = Loader::<Config>::new().source(store.clone()).optional_file(&optional);
    let reloader = loader.set("name", "a").load().unwrap().reloader().start().unwrap();
    let reload = || reloader.reload(Trigger::api("a test")).wait().unwrap();
    let fresh = source(&reloader, "store");
    assert_eq!((fresh.state, fresh.reason), (SourceState::Fresh, None));
    assert!(fresh.last_success.is_some());
    let absent = source(&reloader, &optional.display().to_string());
    assert_eq!(
        (absent.state, absent.reason.as_deref()),
        (SourceState::Missing, Some("it does not exist"))
    );
    assert_eq!(source(&reloader, "values that the program sets").state, SourceState::Fresh);

    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    store.hold(|state| state.stale = Some((since, "no route to the host".to_owned())));
    assert_eq!(reload().verdict(), Verdict::Unchanged);
    let json = serde_json::to_value(reloader.status()).unwrap();
    let expected = serde_json::json!({
        "name": "store",
        "state": "stale",
        "since": "2001-09-09T01:46:40Z",
        "reason": "no route to the host",
        "last_success": "2001-09-09T01:46:40Z",
    });
    assert_eq!(json["sources"][0], expected);

    store.hold(|state| (state.stale, state.text) = (None, None));
    let report = reload();
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(report.problems()[0].to_string(), "the store does not answer");
    let missing = source(&reloader, "store");
    assert_eq!(missing.state, SourceState::Missing);
    assert_eq!(missing.last_success, Some(since), "the last one is remembered");

    store.hold(|state| state.text = Some("rate: 1".to_owned()));
    reload();
    assert_eq!(source(&reloader, "store").state, SourceState::Fresh);
}

#[test]
fn a_reason_says_no_secret() {
    let store = Store::of("rate: 1");
    store.hold(|state| {
        state.stale = Some((SystemTime::now(), "login of hunter2-hunter2 failed".to_owned()))
    });
    let loader = Loader::<Config>::new().source(store).set("key", "hunter2-hunter2");
    let reloader = loader.load().unwrap().reloader().start().unwrap();
    let status = serde_json::to_string(&reloader.status()).unwrap();
    assert!(!status.contains("hunter2"), "{status}");
    assert!(status.contains("login of [redacted] failed"), "{status}");
}

#[test]
fn a_secret_from_a_shared_store_is_refused_by_key_and_line_and_not_by_value() {
    let store = Store::of(
        "key: hunter2\nlogins:\n  ann: hunter3\n  bob: hunter4\nupstreams:\n  a: { weight: 1, token: hunter5 }\n",
    );
    let error = Loader::<Shared>::new().source(store).load().unwrap_err().to_string();
    let lines: Vec<_> = error.lines().collect();
    let refused =
        "a secret does not belong into this source, set it in a file or variable of this machine";
    assert_eq!(
        lines,
        [
            format!("store:1:6: key: {refused}"),
            format!("store:3:8: logins: {refused}"),
            format!("store:6:26: upstreams.a.token: {refused}"),
        ]
    );
}

#[test]
fn a_guard_that_panics_and_one_that_asks_keep_nothing_from_ending() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("no end");
        }
    }
    struct BadSource;
    impl Source for BadSource {
        fn read(&self, intake: &mut Intake<'_>) {
            intake.text("bad", Format::Yaml, "rate: 1");
        }
        fn watch(&self, _: Notice) -> Option<Guard> {
            Some(Guard::new(Bad))
        }
    }
    let store = Store::of("name: a");
    let loader = Loader::<Config>::new().source(BadSource).source(store.clone());
    let service = Watched::start(loader);
    drop(service);
    let state = store.0.lock().unwrap();
    assert_eq!(state.ended.load(Ordering::SeqCst), 1);
    // After the end it is heard by no one, and harms nothing.
    state.notice.clone().unwrap().changed(Trigger::new(TriggerKind::Remote));
}

#[test]
fn a_panic_at_the_beginning_of_a_watch_is_an_error_of_the_start() {
    struct Panics;
    impl Source for Panics {
        fn read(&self, intake: &mut Intake<'_>) {
            intake.text("panics", Format::Yaml, "rate: 1");
        }
        fn watch(&self, _: Notice) -> Option<Guard> {
            panic!("hunter2");
        }
        fn name(&self) -> Cow<'_, str> {
            "panics".into()
        }
    }
    let boot = Loader::<Config>::new().source(Panics).load().unwrap();
    let error = boot.reloader().start().unwrap_err();
    assert_eq!(
        error.to_string(),
        "source panics panicked when it began to watch, see the error output of the process"
    );
}

#[test]
fn an_observer_learns_that_a_configuration_has_proven_itself() {
    let ((reports, _received), (proven, generations)) = (mpsc::channel(), mpsc::channel());
    let (store, stage) = (Store::of("rate: 1"), Stage::new());
    let boot = Loader::<Config>::new().source(store.clone()).load().unwrap();
    let reloader = boot
        .reloader()
        .stage(&stage)
        .probation(Probation::new(|| Ok(())).lasting(Duration::from_secs(60)))
        .observer(Arc::new(Reports(reports, proven)))
        .start()
        .unwrap();
    // Or else the first look may find the change, and the reload that is asked for finds none.
    store.await_first_look();
    store.hold(|state| state.text = Some("rate: 2".to_owned()));
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert!(generations.try_recv().is_err(), "nothing is proven yet");
    for _ in 0..61 {
        stage.advance(Duration::from_secs(1));
    }
    let proved = generations.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(proved, report.generation());
}
