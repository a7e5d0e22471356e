use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limit<T> {
    #[reload(hot)]
    value: T,
}

#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
struct Opaque;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    limit: Limit<Opaque>,
}

fn main() {}
