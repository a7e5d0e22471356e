use dlc_reload::{
    Reloadable,
    __private::{Parts, Table},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Peer {
    #[reload(restart, env = "ADDR")]
    addr: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live, entries)]
    peers: std::collections::BTreeMap<String, Peer>,
}

// A build looks at the fields by itself, and `cargo check` does not.
const _: &Table = <Config as Parts>::TABLE;

fn main() {}
