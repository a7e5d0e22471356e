use dlc_reload::{Reloadable, Secret};
use serde::{Deserialize, Serialize};

type Password = Secret<String>;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    password: Password,
}

fn main() {}
