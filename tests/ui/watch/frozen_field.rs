use dlc_reload::{Handle, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, nested)]
    logging: Logging,
    #[reload(nested)]
    other: Option<Logging>,
}

fn watch(handle: &Handle<Config>) {
    handle.watch(Config::fields().logging().level());
}

fn main() {}
