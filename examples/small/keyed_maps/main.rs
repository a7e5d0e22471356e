//! A map that changes live, entry by entry.
//!
//! `cargo run -p small --bin keyed_maps`, then edit `config.yaml` beside this file and press Enter:
//! the program reloads and prints the report. It ends with its input.

#![allow(clippy::print_stdout, reason = "its output is for the terminal")]

use std::{collections::BTreeMap, io, sync::Arc};

use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger, Watching};
use serde::{Deserialize, Serialize};

type Dancers = BTreeMap<String, String>;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// The dance of each dancer.
    #[reload(hot)]
    dancers: Dancers,
}

struct Floor;

impl ConfigHooks for Floor {
    fn on_dancers<'a>(&'a self, dancers: Change<'a, Dancers>) -> HookResult<'a> {
        // An error here refuses the change before anything has happened: the dancers dance on.
        if let Some((name, _)) = dancers.new.iter().find(|(_, dance)| dance.is_empty()) {
            return Err(format!("{name} has to dance something").into());
        }
        let keyed = dancers.keyed();
        Ok(Commit::new(move || {
            for (name, dance) in keyed.added {
                println!("{name} comes in and dances {dance}");
            }
            for (name, dance) in keyed.changed {
                println!("{name} stops the {} and dances {}", dance.old, dance.new);
            }
            for (name, _) in keyed.removed {
                println!("{name} leaves");
            }
        }))
    }
}

fn main() -> Result<(), dlc_reload::Error> {
    let reloader = Loader::<Config>::new()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/keyed_maps/config.yaml"))
        .load()?
        .reloader()
        .hooks(Arc::new(Floor))
        .watch(Watching::Off)
        .start()?;
    for (name, dance) in &reloader.handle().load().dancers {
        println!("{name} dances {dance}");
    }
    let dancers = reloader.watch(Config::fields().dancers());
    for _enter in io::stdin().lines() {
        println!("{}", reloader.reload(Trigger::api("Enter")).wait()?);
        println!("{} on the floor", dancers.with(BTreeMap::len));
    }
    Ok(())
}
