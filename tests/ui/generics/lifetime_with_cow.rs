use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config<'a> {
    #[reload(hot)]
    motd: std::borrow::Cow<'a, str>,
}

fn main() {}
