use dlc_reload::{Invalid, Reloadable};
use serde::{Deserialize, Serialize};

fn check(_: &String) -> Result<(), Invalid> {
    Ok(())
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
