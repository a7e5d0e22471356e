use dlc_reload::Reloadable;

#[derive(Clone, Debug, Reloadable)]
struct Config {
    #[reload(hot)]
    port: u16,
}

fn main() {}
