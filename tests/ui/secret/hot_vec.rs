use dlc_reload::{Reloadable, Secret};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    passwords: Vec<Secret<String>>,
}

fn main() {}
