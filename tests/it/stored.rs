//! State on disk that outlives the process: the last known good, and the history file.

mod history_file;
mod interactions;
mod last_known_good;
mod memory;
mod round_trip;

use std::{collections::BTreeMap, path::PathBuf};

use dlc_reload::{
    Boot, Builder, Error, Invalid, Loader, Reloadable, Reloader, Report, Secret, Trigger, Watching,
    source::Env,
};
use serde::{Deserialize, Serialize};

use crate::fixture::Dir;

/// All that must not be found on disk starts with this.
const SECRET: &str = "hunter2";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
struct Config {
    #[reload(hot, live)]
    motd: String,
    #[serde(default)]
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(restart)]
    version: String,
    #[serde(default)]
    #[reload(restart)]
    labels: BTreeMap<String, u32>,
    #[reload(restart)]
    token: Secret<String>,
    #[serde(default)]
    #[reload(restart, secret)]
    pins: BTreeMap<String, String>,
}

/// Checks a rule that an earlier program may not have had.
fn check(config: &Config) -> Result<(), Invalid> {
    if config.rate == 13 {
        return Err(Invalid::new().at("rate", "must not be 13"));
    }
    Ok(())
}

/// A folder with a configuration file, what is kept beside it, and the environment of the service.
struct Home {
    dir: Dir,
    variables: Vec<(&'static str, String)>,
}

impl Home {
    /// The token is in the environment, as it should be.
    fn new(config: &str) -> Self {
        let dir = Dir::new();
        dir.write("config.yaml", config);
        Self { dir, variables: vec![("T_TOKEN", format!("{SECRET}-token"))] }
    }

    fn write(&self, config: &str) {
        self.dir.write("config.yaml", config);
    }

    fn good(&self) -> PathBuf {
        self.dir.join("good.json")
    }

    fn loader(&self) -> Loader<Config> {
        Loader::new()
            .file(self.dir.join("config.yaml"))
            .source(Env::new("T").of(self.variables.clone()))
            .last_known_good(self.good())
    }

    fn load(&self) -> Result<Boot<Config>, Error> {
        self.loader().load()
    }

    /// Returns the problems of a load that is refused, without the path of the folder.
    fn refused(&self) -> String {
        match self.load() {
            Ok(_) => panic!("accepted"),
            Err(error) => self.dir.strip(&error.to_string()),
        }
    }

    fn start(&self) -> Reloader<Config> {
        self.load().unwrap().reloader().watch(Watching::Off).start().unwrap()
    }

    fn past(&self) -> PathBuf {
        self.dir.join("history.jsonl")
    }

    /// A service that keeps its history.
    fn remember(&self) -> Reloader<Config> {
        self.remember_with(|builder| builder)
    }

    fn remember_with(
        &self,
        set_up: impl FnOnce(Builder<Config>) -> Builder<Config>,
    ) -> Reloader<Config> {
        let builder = self.load().unwrap().reloader().watch(Watching::Off);
        set_up(builder.history_file(self.past())).start().unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.join(name)).unwrap()
    }
}

fn reload(reloader: &Reloader<Config>) -> Report {
    reloader.reload(Trigger::api("a test")).wait().unwrap()
}
