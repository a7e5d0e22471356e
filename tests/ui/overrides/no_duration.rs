#![deny(unused_must_use)]

use dlc_reload::{Reloadable, Reloader};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
}

fn override_it(reloader: &Reloader<Logging>) {
    reloader.override_field(Logging::fields().level(), 1);
}

fn main() {}
