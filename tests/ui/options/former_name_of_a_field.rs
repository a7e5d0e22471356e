use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, renamed_from = "host")]
    address: String,
    #[reload(restart)]
    host: String,
}

fn main() {}
