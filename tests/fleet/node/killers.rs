//! Versions that end the process, in processes of their own.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use dlc_reload::{
    Loader, Reloadable,
    fleet::{Because, Desk, Document, Fleet, MemoryStore, Store},
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{
    fixture::{Config, World},
    starts::point,
};

/// The variable that says what a process of [`the_process`] is to do.
const LIFE: &str = "DLC_RELOAD_TEST_FLEET_LIFE";

/// The version with which the process ends itself, and its rate.
const DEADLY: u64 = 2;
const RATE: u32 = 99;

/// What a process is to do: it is pointed to the deadly version.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Life {
    stable: Option<u64>,
    retries: u64,
    /// The rate that its own file has.
    own: Option<u32>,
    /// True if the deadly version comes while the service runs.
    comes_later: bool,
    is_aborted: bool,
    is_away: bool,
}

/// A service of its own, with a store of its own that says the same each time.
#[test]
fn the_process() {
    let Some(life) = std::env::var_os(LIFE) else { return };
    let (home, life): (String, Life) = serde_json::from_str(life.to_str().unwrap()).unwrap();
    let home = Path::new(&home);
    let engine = MemoryStore::new("coach/test");
    let desk = Desk::new(Arc::new(engine.client()), "alice");
    for rate in [50, RATE] {
        let text = format!("rate: {rate}");
        let document = Document { name: "base.yaml".to_owned(), text };
        desk.publish(vec![document], "a test").unwrap();
    }
    let client = engine.client();
    match (life.comes_later, life.stable) {
        (true, None) => {}
        (true, Some(stable)) => point(&client, Some(stable), stable, life.retries),
        (false, stable) => point(&client, stable, DEADLY, life.retries),
    }
    if life.is_aborted {
        abort(&client);
    }
    if life.is_away {
        engine.cut_off("no cable");
    }
    let fleet = Fleet::new(engine.client(), "n1").cache(home.join("fleet"));
    let fleet = fleet.splay(Duration::ZERO).control(false);
    let own = life.own.map(|rate| format!("rate: {rate}"));
    let loader = Loader::<Config>::new().text("yaml", own.unwrap_or("{}".to_owned()));
    let boot = match loader.fleet(&fleet).load() {
        Ok(boot) => boot,
        Err(error) => return fs::write(home.join("error"), error.to_string()).unwrap(),
    };
    let config = boot.handle();
    let watch = config.watch(Config::fields().rate());
    let reloader = boot.reloader().fleet(fleet).start().unwrap();
    if life.comes_later {
        point(&client, life.stable, DEADLY, life.retries);
        watch.wait().unwrap();
    }
    if config.load().rate == RATE {
        std::process::abort();
    }
    let world = World { engine, desk, folder: tempfile::tempdir().unwrap() };
    if life.is_away {
        world.engine.mend();
    }
    if life.is_aborted {
        world.wait("n1", "well", |state| state.refused.is_none());
    } else {
        world.refuses("n1", DEADLY, Because::Killed);
    }
    let running = life.stable.filter(|stable| *stable != DEADLY);
    world.wait("n1", "as it is to be", |state| state.running == running);
    assert_eq!(config.load().rate, running.map_or_else(|| life.own.unwrap(), |_| 50));
    drop(reloader);
}

/// Takes the rollout back.
fn abort(store: &impl Store) {
    let entry = store.get("target").unwrap().unwrap();
    let mut target: serde_json::Value = serde_json::from_slice(&entry.value).unwrap();
    target["rollout"]["phase"] = "aborted".into();
    target["rollout"]["cuts"] = serde_json::json!([]);
    store.swap("target", entry.revision, target.to_string().as_bytes()).unwrap().unwrap();
}

/// Lives through processes of one node.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Returns true if a process ends in an orderly way.
    fn survives(&self, life: &Life) -> bool {
        let life = serde_json::to_string(&(self.0.path(), life)).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "node::killers::the_process", "--nocapture"]).env(LIFE, life);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    /// Has the deadly version end two processes of a node.
    fn killed(life: &Life) -> Self {
        let home = Self::new();
        let later = Life { comes_later: true, ..life.clone() };
        assert!(!home.survives(&later), "it comes while the service runs");
        assert!(!home.survives(life), "and is tried once more by the start");
        home
    }

    /// Returns why the last start was refused.
    fn error(&self) -> String {
        fs::read_to_string(self.0.path().join("error")).unwrap()
    }
}

#[test]
fn a_version_that_ended_the_process_twice_is_not_tried_again() {
    let life = Life { stable: Some(1), ..Life::default() };
    let home = Home::killed(&life);
    assert!(home.survives(&life), "the second end was one too many");
    assert!(home.survives(&life), "which is known from then on");
    let retried = Life { retries: 1, ..life };
    assert!(!home.survives(&retried), "until a retry is asked for");
    assert!(!home.survives(&retried), "which counts anew");
    assert!(home.survives(&retried), "and ends as the first time");
}

#[test]
fn a_first_version_that_ended_the_process_twice_is_not_tried_again() {
    let life = Life { own: Some(7), ..Life::default() };
    let home = Home::killed(&life);
    assert!(home.survives(&life), "the second end was one too many");
    assert!(home.survives(&life), "which is known from then on");
    assert!(home.survives(&Life { is_away: true, ..life.clone() }), "also without the store");
    assert!(home.survives(&Life { is_aborted: true, ..life.clone() }), "and after the abort");
    let retried = Life { retries: 1, ..life };
    assert!(!home.survives(&retried), "until a retry is asked for");
}

#[test]
fn an_abort_keeps_a_first_version_from_coming_back_that_ended_the_process_once() {
    let life = Life { own: Some(7), ..Life::default() };
    let home = Home::new();
    assert!(!home.survives(&life));
    assert!(home.survives(&Life { is_aborted: true, ..life.clone() }));
    assert!(home.survives(&Life { is_aborted: true, is_away: true, ..life }));
}

#[test]
fn a_service_that_needs_the_version_that_ended_it_does_not_start_and_says_so() {
    let life = Life::default();
    let home = Home::new();
    assert!(!home.survives(&life) && !home.survives(&life));
    for is_away in [false, true] {
        assert!(home.survives(&Life { is_away, ..life.clone() }));
        let error = home.error();
        let said = "version 2 is refused here (the process ended twice while it was tried";
        assert!(error.contains(said) && error.contains("rate"), "{error}");
        fs::remove_file(home.0.path().join("error")).unwrap();
    }
}

/// The rest of the fleet runs it well, and a node without any other version is of no use.
#[test]
fn the_stable_version_is_tried_where_there_is_no_other_one() {
    let life = Life { stable: Some(DEADLY), ..Life::default() };
    let home = Home::new();
    assert!((0..4).all(|_| !home.survives(&life)));
}
