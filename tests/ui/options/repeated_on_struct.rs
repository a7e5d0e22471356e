use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(restart)]
#[reload(restart)]
struct Config {
    port: u16,
}

fn main() {}
