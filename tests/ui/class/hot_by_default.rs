use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(hot)]
struct Config {
    motd: String,
}

fn main() {}
