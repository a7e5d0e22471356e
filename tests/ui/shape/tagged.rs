use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(tag = "kind")]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
