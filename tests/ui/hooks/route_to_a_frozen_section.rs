use dlc_reload::Reloadable;
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
    #[reload(hot, live)]
    motd: String,
    #[reload(restart, nested)]
    logging: Logging,
}

struct App;

impl ConfigLoggingRoute for App {
    fn logging(&self) -> &dyn LoggingHooks {
        self
    }
}

fn main() {}
