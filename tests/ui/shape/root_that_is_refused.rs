use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
enum Config {
    A,
}

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let _reloader = boot.reloader().start().unwrap();
}
