use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    json: bool,
}

struct LogControl;

fn main() {
    let boot = Loader::<Logging>::new().load().unwrap();
    let _reloader = boot.reloader().hooks(std::sync::Arc::new(LogControl)).start().unwrap();
}
