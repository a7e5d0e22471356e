//! The smallest useful program: a greeting that changes while it is being said.
//!
//! `cargo run -p small --bin minimal`, then edit `config.yaml` beside this file.

#![allow(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{thread, time::Duration};

use dlc_reload::{Loader, Reloadable, Watching};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// What to say.
    #[reload(hot, live)]
    greeting: String,
    /// How long to be silent in between.
    #[reload(restart)]
    pause_seconds: u64,
}

fn main() -> Result<(), dlc_reload::Error> {
    let reloader = Loader::<Config>::new()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/minimal/config.yaml"))
        .load()?
        .reloader()
        .watch(Watching::Always)
        .start()?;
    let config = reloader.handle();
    loop {
        println!("{}", config.load().greeting);
        thread::sleep(Duration::from_secs(config.load().pause_seconds));
    }
}
