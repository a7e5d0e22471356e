use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Section {
    #[reload(hot)]
    level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    level: u8,
    #[reload(nested)]
    on_level: Section,
}

fn main() {}
