use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(transparent)]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
