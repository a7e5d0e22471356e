use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(renamed_from = "host")]
    address: String,
}

fn main() {}
