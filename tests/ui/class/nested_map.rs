use std::collections::HashMap;

use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot)]
    size: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    pools: HashMap<String, Pool>,
}

fn main() {}
