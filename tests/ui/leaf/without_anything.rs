use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

enum Level {
    Low,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart)]
    level: Level,
}

fn main() {}
