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
    level: u8,
    #[reload(restart, nested)]
    logging: Logging,
}

struct App;

impl ConfigHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn logging(&self) -> &dyn LoggingHooks {
        todo!()
    }
}

fn main() {}
