use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Wrong(u16);

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    wrong: Wrong,
    #[reload(nested)]
    optional: Option<Wrong>,
}

fn main() {}
