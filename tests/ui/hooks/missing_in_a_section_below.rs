use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(hot)]
    ciphers: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Server {
    #[reload(nested)]
    tls: Tls,
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    server: Server,
}

struct App;

fn main() {
    let boot = Loader::<Config>::new().load().unwrap();
    let _reloader = boot.reloader().hooks(std::sync::Arc::new(App)).start().unwrap();
}
