use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(hot, live)]
    ciphers: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, nested, live)]
    tls: Option<Tls>,
}

fn main() {}
