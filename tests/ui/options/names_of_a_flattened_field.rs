use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Rest {
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(flatten)]
    #[reload(nested, renamed_from = "rest_api")]
    rest: Rest,
    #[serde(flatten)]
    #[reload(restart, env = "LABELS")]
    labels: std::collections::BTreeMap<String, String>,
}

fn main() {}
