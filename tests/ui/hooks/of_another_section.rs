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
struct Limits {
    #[reload(hot)]
    rate: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    logging: Logging,
    #[reload(nested)]
    limits: Limits,
}

struct App;

impl LoggingHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let _reloader = boot.reloader().hooks(std::sync::Arc::new(App)).start().unwrap();
}
