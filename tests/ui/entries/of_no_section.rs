use std::collections::BTreeMap;

use dlc_reload::Reloadable;


#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live, entries)]
    upstreams: BTreeMap<String, u32>,
}

fn main() {}
