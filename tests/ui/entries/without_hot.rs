use std::collections::BTreeMap;

use dlc_reload::Reloadable;

#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
struct Upstream {
    #[reload(restart)]
    name: String,
    #[reload(hot, live)]
    weights: Vec<u32>,
}

#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
struct Config {
    #[reload(entries)]
    upstreams: BTreeMap<String, Upstream>,
}

fn main() {}
