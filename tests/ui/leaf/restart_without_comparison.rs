use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
enum Level {
    Low,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart)]
    level: Level,
}

fn main() {}
