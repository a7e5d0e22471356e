use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(colour = blue)]
struct Config {
    port: u16,
    #[reload(hot, restart)]
    host: String,
    #[reload(hot, secret)]
    password: String,
    #[reload(hott)]
    motd: String,
    #[reload(live)]
    level: u8,
    #[reload(restart, restart)]
    size: u8,
}

// What depends on the struct is not blamed for its mistakes.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Root {
    #[reload(nested)]
    config: Config,
}

fn main() {
    let boot = Loader::<Root>::new().load().unwrap();
    println!("{:?}", Root::fields().config().host());
    println!("{:?}", boot.handle().load().config.motd);
}
