use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(hot)]
    size: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Extra<S> {
    #[reload(nested, live)]
    extra: Option<S>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    extra: Extra<Cache>,
}

fn main() {}
