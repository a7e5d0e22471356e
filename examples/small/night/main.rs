//! The tools of an operator at three in the morning: look, try a value for a while, go back.
//!
//! `cargo run -p small --bin night`, then type `help`. Files about the past are kept in the directory
//! that is the argument, or in `dlc-reload-night` among the temporary files: start it again, and the
//! history goes on; break `config.yaml`, and it starts with the configuration that was accepted last.

#![allow(clippy::print_stdout, reason = "its output is for the terminal")]

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Probation, Reloadable, Reloader, Report, Trigger, Veto,
    audit::{self, Audit},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// The least severe level that is logged.
    #[reload(hot, live)]
    level: String,
    /// Requests a second; more than a thousand make the service ill.
    #[reload(hot)]
    rate: u32,
    /// Threads that answer requests.
    #[reload(restart)]
    workers: u16,
}

/// The part of the service that a new rate has to reach.
struct Throttle(AtomicU32);

impl ConfigHooks for Throttle {
    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        let new = *rate.new;
        if new == 0 {
            return Err("a rate of 0 would lock everyone out".into());
        }
        Ok(Commit::new(move || self.0.store(new, Ordering::Relaxed)))
    }
}

impl Throttle {
    fn health(&self) -> Result<(), Veto> {
        match self.0.load(Ordering::Relaxed) {
            0..=1000 => Ok(()),
            rate => Err(format!("{rate} requests a second are more than we can answer").into()),
        }
    }
}

const HELP: &str =
    "reload · debug <seconds> · info · back <generation> · history · status · verify";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kept = std::env::args_os()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("dlc-reload-night"), PathBuf::from);
    std::fs::create_dir_all(&kept)?;
    let log = kept.join("audit.jsonl");

    let boot = Loader::<Config>::new()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/night/config.yaml"))
        .env("NIGHT") // NIGHT_RATE=200
        .last_known_good(kept.join("last-known-good.json"))
        .load()?;
    if let Some(good) = boot.last_known_good() {
        println!("started with what was accepted at an earlier time, because of:");
        good.problems.iter().for_each(|problem| println!("  {problem}"));
    }
    let throttle = Arc::new(Throttle(AtomicU32::new(boot.rate)));
    let patient = Arc::clone(&throttle);
    let reloader = boot
        .reloader()
        .hooks(throttle)
        .history_file(kept.join("history.jsonl"))
        .observer(Arc::new(Audit::new(&log).required()))
        .probation(
            Probation::new(move || patient.health())
                .lasting(Duration::from_secs(10))
                .every(Duration::from_millis(100)),
        )
        .start()?;

    println!("{HELP}");
    for line in io::stdin().lines() {
        let line = line?;
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        match (command, argument.parse::<u64>()) {
            ("verify", _) => println!("{}", audit::verify(&log)?),
            ("history", _) => history(&reloader),
            ("status", _) => status(&reloader),
            ("reload", _) => println!("{}", reloader.reload(trigger("reload")).wait()?),
            ("debug", Ok(seconds)) => println!("{}", debug(&reloader, seconds)?),
            ("info", _) => {
                let level = Config::fields().level();
                println!("{}", reloader.end_override(level, trigger("info")).wait()?);
            }
            ("back", Ok(generation)) => {
                println!("{}", reloader.rollback_to(generation, trigger("back")).wait()?);
            }
            _ => println!("{HELP}"),
        }
    }
    Ok(())
}

fn trigger(what: &str) -> Trigger {
    Trigger::api(what).actor(std::env::var("USER").unwrap_or_else(|_| "nobody".to_owned()))
}

fn debug(reloader: &Reloader<Config>, seconds: u64) -> Result<Report, dlc_reload::Error> {
    reloader
        .override_field(Config::fields().level(), "debug".to_owned())
        .trigger(trigger("debug"))
        .for_duration(Duration::from_secs(seconds))
        .wait()
}

fn history(reloader: &Reloader<Config>) {
    for past in reloader.history() {
        match &past.report {
            Some(report) => println!("generation {}: {report}", past.generation),
            None => println!("generation {}: a start", past.generation),
        }
    }
}

fn status(reloader: &Reloader<Config>) {
    let status = reloader.status();
    for field in &status.fields {
        let effective = field.effective.as_ref().map(ToString::to_string).unwrap_or_default();
        println!("{} = {effective}", field.key);
    }
    for over in &status.overrides {
        println!("{} is overridden by {}", over.key, over.by);
    }
    if let Some(probation) = &status.probation {
        println!("generation {} is on probation", probation.generation);
    }
}

#[cfg(test)]
mod tests {
    use dlc_reload::{
        Verdict,
        testing::{Fault, Memory, Stage},
    };

    use super::*;

    #[test]
    fn a_rate_that_fails_half_way_is_taken_back() {
        let (file, stage) = (Memory::yaml("{level: info, rate: 1, workers: 1}"), Stage::new());
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let throttle = Arc::new(Throttle(AtomicU32::new(boot.rate)));
        let reloader = boot.reloader().hooks(Arc::clone(&throttle)).stage(&stage).start().unwrap();

        stage.inject(Config::fields().rate(), Fault::FailCommit);
        file.write("{level: info, rate: 2, workers: 1}");
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::RolledBack);
        assert_eq!(throttle.0.load(Ordering::Relaxed), 1);
    }
}
