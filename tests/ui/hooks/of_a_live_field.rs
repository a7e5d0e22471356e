use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    level: u8,
    #[reload(hot, live)]
    motd: String,
}

struct App;

impl ConfigHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_motd(&self, _: Change<'_, String>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
