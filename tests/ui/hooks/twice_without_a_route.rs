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
    #[reload(nested)]
    audit: Option<Box<Logging>>,
}

struct App;

impl LoggingHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl ConfigLoggingRoute for App {
    fn logging(&self) -> &dyn LoggingHooks {
        self
    }
}

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let _reloader = boot.reloader().hooks(std::sync::Arc::new(App)).start().unwrap();
}
