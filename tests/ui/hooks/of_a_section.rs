use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot, live)]
    level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested, hook)]
    logging: Logging,
    #[reload(hot)]
    motd: String,
}

struct App;

impl ConfigHooks for App {
    fn on_motd(&self, _: Change<'_, String>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
