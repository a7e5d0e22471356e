use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Level {
    Low,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    level: Level,
}

fn main() {}
