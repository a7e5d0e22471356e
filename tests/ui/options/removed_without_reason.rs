use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(removed = "port")]
struct Config {
    #[reload(restart)]
    host: String,
}

fn main() {}
