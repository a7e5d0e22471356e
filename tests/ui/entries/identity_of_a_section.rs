use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Name {
    #[reload(restart)]
    text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[reload(nested, identity)]
    name: Name,
    #[serde(flatten)]
    #[reload(restart, identity)]
    labels: std::collections::BTreeMap<String, String>,
}

fn main() {}
