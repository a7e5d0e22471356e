use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    logging: Logging,
}

struct LogControl;

impl LoggingHooks for LogControl {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

struct App {
    log: LogControl,
}

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let app = App { log: LogControl };
    let _reloader = boot.reloader().hooks(std::sync::Arc::new(app)).start().unwrap();
}
