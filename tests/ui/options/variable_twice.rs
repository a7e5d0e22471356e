use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, env = "PORT")]
    http: u16,
    #[reload(restart, env = "PORT")]
    https: u16,
    #[reload(restart, env = "MY-HOST")]
    host: String,
    #[reload(restart, env)]
    name: String,
}

fn main() {}
