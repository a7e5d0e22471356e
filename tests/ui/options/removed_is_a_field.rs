use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(removed(port = "it is chosen by the system"))]
struct Config {
    #[reload(restart)]
    port: u16,
}

fn main() {}
