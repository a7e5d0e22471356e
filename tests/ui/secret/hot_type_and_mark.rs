use dlc_reload::{Reloadable, Secret};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, secret)]
    password: Secret<String>,
}

fn main() {}
