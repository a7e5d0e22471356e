use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limits {
    #[reload(hot)]
    rate: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    logging: Logging,
    #[reload(nested)]
    limits: Limits,
}

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let _reloader = boot.reloader().start().unwrap();
}
