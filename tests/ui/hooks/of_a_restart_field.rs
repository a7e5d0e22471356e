use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

struct LogControl;

impl LoggingHooks for LogControl {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_json(&self, _: Change<'_, bool>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
