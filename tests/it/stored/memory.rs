//! What one process hands on to the next: what was in force, and what failed its probation.

mod failed;
mod in_force;
mod lives;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Boot, Error, Loader, Probation, Reloadable, Reloader, Report, Secret, Trigger, Verdict,
    Watching, source::Env, testing::Stage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fixture::Dir;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(default)]
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
    #[reload(nested)]
    pool: Option<Pool>,
    #[serde(flatten)]
    #[reload(nested)]
    cache: Option<Cache>,
    #[serde(default)]
    #[reload(nested)]
    server: Server,
    #[serde(default)]
    #[reload(restart)]
    token: Option<Secret<String>>,
    #[serde(default)]
    #[reload(restart, secret)]
    pins: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot, live)]
    size: u32,
    #[serde(default)]
    #[reload(restart)]
    threads: u32,
    #[reload(nested)]
    idle: Option<Idle>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Idle {
    #[reload(hot, live)]
    most: u32,
}

/// Its fields stand among those around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(hot, live)]
    entries: u32,
}

/// No field of it has a default of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Server {
    #[reload(restart)]
    host: String,
    #[reload(restart)]
    name: String,
    #[reload(hot, live)]
    timeout: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self { host: "here".to_owned(), name: "one".to_owned(), timeout: 10 }
    }
}

/// A folder with a configuration and what is kept beside it, and the health of the service.
struct Home {
    dir: Dir,
    keeps_good: bool,
    keeps_history: bool,
    variables: Vec<(&'static str, String)>,
    stage: Stage,
    ill: Arc<AtomicBool>,
}

impl Home {
    fn new(config: &str) -> Self {
        let dir = Dir::new();
        dir.write("config.yaml", config);
        let (keeps_good, keeps_history, variables) = (true, true, Vec::new());
        let (stage, ill) = (Stage::new(), Arc::default());
        Self { dir, keeps_good, keeps_history, variables, stage, ill }
    }

    fn write(&self, config: &str) {
        self.dir.write("config.yaml", config);
    }

    fn load(&self) -> Result<Boot<Config>, Error> {
        let loader = Loader::new()
            .file(self.dir.join("config.yaml"))
            .source(Env::new("T").of(self.variables.clone()));
        if self.keeps_good { loader.last_known_good(self.dir.join("good.json")) } else { loader }
            .load()
    }

    /// Starts the next process.
    fn start(&self) -> Reloader<Config> {
        let ill = Arc::clone(&self.ill);
        let probation = Probation::new(move || {
            if ill.load(Ordering::Relaxed) { Err("the pool is exhausted".into()) } else { Ok(()) }
        });
        let mut builder = self.load().unwrap().reloader().watch(Watching::Off);
        if self.keeps_history {
            builder = builder.history_file(self.dir.join("history.jsonl"));
        }
        builder.stage(&self.stage).probation(probation).history(1000, 16 << 20).start().unwrap()
    }

    /// Writes a configuration that has to be accepted, and proves itself.
    fn accept(&self, reloader: &Reloader<Config>, config: &str) -> Report {
        self.write(config);
        let report = reload(reloader);
        assert!(report.verdict().is_success(), "{report}");
        self.stage.advance(Duration::from_secs(60));
        report
    }

    /// Writes a configuration that makes the service ill.
    fn fail(&self, reloader: &Reloader<Config>, config: &str) {
        self.write(config);
        assert_eq!(reload(reloader).verdict(), Verdict::Applied);
        self.ill.store(true, Ordering::Relaxed);
        self.stage.advance(Duration::from_secs(1));
        self.ill.store(false, Ordering::Relaxed);
        assert!(reloader.status().probation.is_none());
    }

    fn good(&self) -> Value {
        let text = std::fs::read_to_string(self.dir.join("good.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn reload(reloader: &Reloader<Config>) -> Report {
    reloader.reload(Trigger::api("a test")).wait().unwrap()
}

/// The values in force.
fn now(reloader: &Reloader<Config>) -> Config {
    reloader.handle().get().config().clone()
}

fn keys(reloader: &Reloader<Config>, old: u64, new: u64) -> Vec<String> {
    let differences = reloader.diff(old, new).unwrap();
    differences.iter().map(|change| change.key.to_string()).collect()
}
