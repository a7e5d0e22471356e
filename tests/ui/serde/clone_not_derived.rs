use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
