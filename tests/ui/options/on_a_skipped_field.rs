use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(skip)]
    #[reload(hot)]
    port: u16,
}

fn main() {}
