//! The smallest useful program: a greeting that changes while the program runs.
//!
//! `cargo run -p small --bin minimal`, then edit `config.yaml` beside this file and press Enter.
//! It ends with its input.

#![allow(clippy::print_stdout, reason = "its output is for the terminal")]

use std::io;

use dlc_reload::{Loader, Reloadable, Watching};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// The first word. It is read at every use, so there is nothing to do when it changes.
    #[reload(hot, live)]
    greeting: String,
    /// The name after it, until the next start.
    #[reload(restart)]
    name: String,
}

fn main() -> Result<(), dlc_reload::Error> {
    let reloader = Loader::<Config>::new()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/minimal/config.yaml"))
        .load()?
        .reloader()
        .watch(Watching::Always)
        .start()?;
    let config = reloader.handle();
    let greet = || {
        let config = config.load();
        println!("{}, {}!", config.greeting, config.name);
    };
    greet();
    for _enter in io::stdin().lines() {
        greet();
    }
    Ok(())
}
