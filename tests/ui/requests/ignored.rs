#![deny(unused_must_use)]

use dlc_reload::{Reloadable, Reloader, Trigger};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
}

fn reload(reloader: &Reloader<Logging>) {
    reloader.reload(Trigger::api("a test"));
}

fn main() {}
