use std::time::Duration;

use dlc_reload::{Reloadable, Reloader};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
}

fn override_it(reloader: &Reloader<Logging>) {
    let _ = reloader.override_field(Logging::fields().level(), "debug").for_duration(Duration::MAX).wait();
}

fn main() {}
