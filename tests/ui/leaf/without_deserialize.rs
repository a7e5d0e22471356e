use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Level {
    Low,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    level: Level,
}

fn main() {}
