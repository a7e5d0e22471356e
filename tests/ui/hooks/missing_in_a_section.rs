use dlc_reload::{Change, Commit, HookResult, Reloadable};
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
    #[reload(hot)]
    motd: String,
    #[reload(nested)]
    logging: Logging,
}

struct App;

impl ConfigHooks for App {
    fn on_motd(&self, _: Change<'_, String>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
