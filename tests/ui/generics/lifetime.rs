use dlc_reload::Reloadable;
use serde::Serialize;

#[derive(Clone, Debug, Serialize, Reloadable)]
struct Config<'a> {
    #[reload(hot)]
    motd: &'a str,
}

fn main() {}
