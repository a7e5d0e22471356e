use std::sync::Arc;

use dlc_reload::{
    Change, Commit, Handle, HookResult, Loader, Reloadable, Secret, Trigger, Verdict, Watching,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    Info,
}

/// How the service logs.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Logging {
    /// Minimum severity written to the log.
    #[reload(hot)]
    pub level: Level,
    /// Write JSON lines instead of text.
    #[reload(restart)]
    pub json: bool,
}
impl Default for Logging {
    fn default() -> Self {
        Self { level: Level::Info, json: false }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct Server {
    #[reload(hot)]
    pub host: String,
    #[reload(restart)]
    pub port: u16,
}
impl Default for Server {
    fn default() -> Self {
        Self { host: "h".into(), port: 8080 }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Config {
    #[serde(default)]
    #[reload(restart, nested)]
    pub server: Server,
    #[serde(default)]
    #[reload(nested)]
    pub logging: Logging,
    #[reload(nested)]
    pub extra: Option<Logging>,
    #[reload(hot, live)]
    pub motd: String,
    #[reload(restart, secret)]
    pub jwt_secret: Secret<String>,
}

struct LogControl;
impl LoggingHooks for LogControl {
    fn on_level(&self, level: Change<'_, Level>) -> HookResult<'_> {
        let new = *level.new;
        Ok(Commit::new(move || println!("{new:?}")))
    }
}
struct App {
    log: LogControl,
    _handle: Handle<Config>,
}
impl ConfigHooks for App {
    fn logging(&self) -> &dyn LoggingHooks {
        &self.log
    }
    fn extra(&self) -> &dyn LoggingHooks {
        &self.log
    }
}

#[test]
fn it_runs() {
    let dir = std::env::temp_dir().join("dlcfirst");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("config.yaml");
    std::fs::write(&file, "motd: hi\njwt_secret: s3\nserver:\n  port: 80\n").unwrap();
    let boot = Loader::<Config>::new().file(&file).env("DLC").load().unwrap();
    let app = App { log: LogControl, _handle: boot.handle() };
    let reloader = boot.reloader().hooks(Arc::new(app)).watch(Watching::Off).start().unwrap();
    let watch = reloader.watch(Config::fields().logging().level());
    let extra = reloader.watch(Config::fields().extra().level());
    assert_eq!(extra.get(), None);
    std::fs::write(
        &file,
        "motd: ho\njwt_secret: s4\nserver:\n  port: 81\nlogging:\n  level: debug\n",
    )
    .unwrap();
    let report = reloader.reload(Trigger::api("nightly")).unwrap();
    println!("{report}\n{}", serde_json::to_string_pretty(&report).unwrap());
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(watch.get(), Level::Debug);
    std::fs::write(
        &file,
        "motd: ho\njwt_secret: s4\nserver:\n  port: 8111111\nlogging:\n  level: debg\nxyz: 4",
    )
    .unwrap();
    let report = reloader.reload(Trigger::api("nightly")).unwrap();
    println!("{report}\n{:?}", serde_json::to_string_pretty(&reloader.status()).unwrap().len());
    println!("{}", serde_json::to_string_pretty(&dlc_reload::schema::<Config>()).unwrap());
}
