use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

struct LogControl;

impl LoggingHooks for LogControl {}

fn main() {}
