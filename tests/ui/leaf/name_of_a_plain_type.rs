use dlc_reload::{Reloadable, Secret};
use serde::{Deserialize, Serialize};

type String = Secret<std::string::String>;

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    password: String,
    #[reload(restart)]
    tokens: Option<Vec<u8>>,
}

fn main() {}
