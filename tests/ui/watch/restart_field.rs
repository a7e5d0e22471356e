use dlc_reload::{Handle, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

fn watch(handle: &Handle<Logging>) {
    handle.watch(Logging::fields().json());
}

fn main() {}
