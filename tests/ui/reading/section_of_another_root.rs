use dlc_reload::{Handle, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Http {
    #[reload(hot, live)]
    limit: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    http: Http,
}

fn section(config: &Handle<Config>) {
    let _ = config.section(Http::fields());
}

fn main() {}
