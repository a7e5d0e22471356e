use dlc_reload::{Handle, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Http {
    #[reload(hot, live)]
    limit: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart, nested)]
    http: Http,
}

fn follow(config: &Handle<Config>) {
    let _ = config.section(Config::fields().http());
    let _ = config.watch(Config::fields().http());
}

fn main() {}
