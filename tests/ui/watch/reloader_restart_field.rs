use dlc_reload::{Reloadable, Reloader};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

fn watch(reloader: &Reloader<Logging>) {
    reloader.watch(Logging::fields().json());
}

fn main() {}
