use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

impl From<u16> for Config {
    fn from(port: u16) -> Self {
        Self { port }
    }
}

impl From<Config> for u16 {
    fn from(config: Config) -> Self {
        config.port
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(from = "u16", into = "u16")]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
