use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot)]
    size: u32,
}

type Writes = Pool;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    reads: Pool,
    #[reload(nested)]
    writes: Option<Writes>,
}

fn main() {}
