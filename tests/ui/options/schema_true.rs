use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(schema = yes)]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
