use dlc_reload::Reloadable;

#[derive(Clone, Copy, Reloadable)]
union Config {
    port: u16,
    number: u16,
}

fn main() {}
