use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Level {
    #[reload(restart)]
    min: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Http {
    #[reload(nested)]
    log_level: Level,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct HttpLog {
    #[reload(nested)]
    level: Level,
}

fn main() {}
