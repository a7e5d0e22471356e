use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[deprecated = "use `host`"]
    #[reload(restart, deprecated = "use `host`")]
    address: String,
}

fn main() {}
