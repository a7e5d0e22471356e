use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(finish = derive_defaults)]
struct Config {
    #[reload(restart)]
    port: u16,
}

fn derive_defaults(port: &mut u16) {
    *port += 1;
}

fn main() {}
