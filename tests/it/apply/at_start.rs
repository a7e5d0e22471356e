//! Hooks that are asked at the start.

use std::{
    sync::{Arc, Mutex, OnceLock},
    thread,
};

use dlc_reload::{
    Builder, Change, Commit, Error, Handle, HookResult, Loader, Reloadable, Reloader, Trigger,
    Verdict, Watching,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

use crate::log_lines::Lines;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[reload(nested)]
    pool: Option<Pool>,
    #[reload(nested)]
    cache: Option<Cache>,
    #[reload(hot, live)]
    motd: u32,
    #[reload(restart, nested)]
    frozen: Pool,
    #[reload(hot)]
    last: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot)]
    size: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(hot)]
    entries: u32,
}

/// Hooks that refuse 0, panic at 1, and whose commit fails at 2; 3 cannot be left.
struct Hooks {
    heard: Mutex<Vec<String>>,
    handle: OnceLock<Handle<Config>>,
    threads: Mutex<Vec<Option<String>>>,
}

impl Hooks {
    fn hook<'a>(&'a self, name: &'static str, change: Change<'a, u32>) -> HookResult<'a> {
        self.threads.lock().unwrap().push(thread::current().name().map(str::to_owned));
        // The configuration of the start can be read.
        assert!(self.handle.get().is_some_and(|handle| handle.load().last < 100));
        match *change.new {
            0 => return Err("nothing is not enough".into()),
            1 => panic!("one is lonely"),
            _ => {}
        }
        Ok(Commit::fallible(move || match (*change.old, *change.new) {
            (_, 2) => Err("two are a crowd".into()),
            (old, new) => {
                self.heard.lock().unwrap().push(format!("{name} {old}>{new}"));
                Ok(())
            }
        })
        .undo(move |()| match *change.new {
            3 => Err("three stay".into()),
            new => {
                self.heard.lock().unwrap().push(format!("{name} {new} undone"));
                Ok(())
            }
        }))
    }
}

impl ConfigHooks for Hooks {
    fn on_rate<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook("rate", change)
    }
    fn on_last<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook("last", change)
    }
}

impl PoolHooks for Hooks {
    fn on_size<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook("size", change)
    }
}

impl CacheHooks for Hooks {
    fn on_entries<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook("entries", change)
    }
}

/// One value a line, so that a line is the place of a value.
fn text(rate: u32, size: u32, last: u32) -> String {
    format!("rate: {rate}\npool:\n  size: {size}\nmotd: 0\nfrozen: {{size: 0}}\nlast: {last}")
}

struct Service {
    file: Memory,
    stage: Stage,
    hooks: Arc<Hooks>,
    started: Result<Reloader<Config>, Error>,
}

type Setup = Builder<Config, Hooks>;

fn start(text: String, set_up: impl FnOnce(Setup) -> Setup) -> Service {
    start_on(Stage::new(), text, set_up)
}

fn start_on(stage: Stage, text: String, set_up: impl FnOnce(Setup) -> Setup) -> Service {
    let hooks = Arc::new(Hooks {
        heard: Mutex::default(),
        handle: OnceLock::new(),
        threads: Mutex::default(),
    });
    let file = Memory::yaml(text);
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    assert!(hooks.handle.set(boot.handle()).is_ok());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off).stage(&stage);
    let started = set_up(builder).start();
    Service { file, stage, hooks, started }
}

impl Service {
    fn refused(&self) -> String {
        self.started.as_ref().map(drop).unwrap_err().to_string()
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.hooks.heard.lock().unwrap())
    }
}

#[test]
fn a_start_asks_no_hook_unless_it_is_told_to() {
    let service = start(text(0, 1, 2), |builder| builder);
    assert!(service.started.is_ok());
    assert_eq!(service.stage.calls(), Vec::<&str>::new());
}

#[test]
fn a_rehearsal_refuses_at_start_with_every_refusal_and_its_place() {
    let service = start(text(0, 1, 5), Builder::rehearse);
    assert_eq!(
        service.refused(),
        "memory:1:7: rate: nothing is not enough\n\
         memory:3:9: pool.size: the hook panicked: one is lonely"
    );
    assert_eq!(
        service.stage.calls(),
        [
            "prepare rate: nothing is not enough",
            "prepare pool.size: the hook panicked: one is lonely",
            "prepare last",
            "drop last",
        ],
        "an absent section, a live field and a frozen section have no hooks to ask"
    );
}

#[test]
fn a_rehearsal_drops_the_commits() {
    let service = start(text(2, 5, 5), Builder::rehearse);
    let reloader = service.started.as_ref().unwrap();
    assert_eq!(
        service.stage.calls(),
        [
            "prepare rate",
            "prepare pool.size",
            "prepare last",
            "drop rate",
            "drop pool.size",
            "drop last"
        ]
    );
    assert_eq!(service.heard(), Vec::<String>::new());
    assert_eq!(
        *service.hooks.threads.lock().unwrap(),
        vec![Some("dlc-reload".to_owned()); 3],
        "they are asked where they are asked later"
    );
    service.file.write(text(4, 5, 5));
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(service.heard(), ["rate 2>4"]);
}

#[test]
fn the_commits_run_at_the_start_if_they_are_to() {
    for set_up in [
        |builder: Setup| builder.apply_at_start(),
        |builder: Setup| builder.apply_at_start().rehearse(),
        |builder: Setup| builder.rehearse().apply_at_start(),
    ] {
        let service = start(text(4, 5, 6), set_up);
        let reloader = service.started.as_ref().unwrap();
        assert_eq!(service.heard(), ["rate 4>4", "size 5>5", "last 6>6"]);
        assert_eq!((reloader.status().generation, reloader.is_ready()), (1, true));
    }
}

#[test]
fn a_commit_that_fails_at_the_start_is_refused_and_those_before_it_undone() {
    let service = start(text(4, 5, 2), Builder::apply_at_start);
    assert_eq!(service.refused(), "memory:6:7: last: two are a crowd");
    assert_eq!(service.heard(), ["rate 4>4", "size 5>5", "size 5 undone", "rate 4 undone"]);

    let service = start(text(3, 5, 2), Builder::apply_at_start);
    assert_eq!(
        service.refused(),
        "memory:6:7: last: two are a crowd\n\
         memory:1:7: rate: could not be undone: three stay"
    );
    assert!(service.stage.critical_reports().is_empty(), "nothing runs that could be stopped");
}

#[test]
fn a_fault_of_a_test_strikes_at_the_start_too() {
    let stage = Stage::new();
    stage.inject(Config::fields().last(), Fault::Refuse);
    let service = start_on(stage, text(4, 5, 6), Builder::rehearse);
    assert_eq!(service.refused(), "memory:6:7: last: a fault that the test asked for");
}

#[test]
fn a_start_that_is_refused_does_not_say_whether_files_are_watched() {
    for watching in [Watching::Always, Watching::Off] {
        let lines = Lines::default();
        let rehearsed = |builder: Setup| builder.watch(watching).rehearse();
        lines.hear(|| start(text(0, 5, 5), rehearsed)).refused();
        let lines = lines.take();
        assert!(!lines.iter().any(|line| line.contains("watched")), "{lines:?}");
    }
}

#[test]
fn a_start_that_is_refused_tells_no_observer_and_keeps_nothing() {
    struct Deaf;
    impl dlc_reload::Observer for Deaf {
        fn reported(&self, _: &dlc_reload::Report) {
            panic!("there was no start");
        }
    }
    let dir = crate::fixture::Dir::new();
    let good = dir.join("good.json");
    let loader = Loader::<Config>::new().text("yaml", text(0, 5, 5)).last_known_good(&good);
    let boot = loader.load().unwrap();
    let hooks = Hooks {
        heard: Mutex::default(),
        handle: OnceLock::from(boot.handle()),
        threads: Mutex::default(),
    };
    let builder = boot.reloader().hooks(Arc::new(hooks)).observer(Arc::new(Deaf)).rehearse();
    assert!(builder.start().is_err());
    assert!(!good.exists());
}
