use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Peer {
    #[reload(restart)]
    addr: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, entries)]
    peers: std::collections::BTreeMap<String, Peer>,
    #[reload(hot)]
    peers_added: u32,
}

fn main() {}
