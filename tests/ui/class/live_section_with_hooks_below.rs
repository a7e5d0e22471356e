use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limits {
    #[reload(hot)]
    rate: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(nested)]
    limits: Box<Limits>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested, live)]
    cache: Option<Box<Cache>>,
}

fn main() {}
