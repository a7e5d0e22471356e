use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(finish = derive_defaults)]
struct Config {
    #[reload(restart)]
    port: u16,
}

fn main() {}
