//! A validation function that finds several problems at once, each at its field.
//!
//! `cargo run -p small --bin validation` lists the problems of `config.yaml` beside this file.
//! Mend it and run it again.

#![allow(clippy::print_stdout, reason = "it talks to whoever runs it")]

use dlc_reload::{Invalid, Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(restart, validate = at_least_one_teacher)]
struct Config {
    /// The next lesson.
    #[reload(restart, nested)]
    lesson: Lesson,
    /// The names of the teachers.
    teachers: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(restart, validate = Lesson::check)]
struct Lesson {
    /// The hour it starts.
    starts_at: u8,
    /// The hour it ends.
    ends_at: u8,
    /// The number of couples that have booked.
    couples: u32,
    /// The number of couples that the room takes.
    places: u32,
}

impl Lesson {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        if self.ends_at <= self.starts_at {
            invalid.add(
                "ends_at",
                format!("{} is not after the start at {}", self.ends_at, self.starts_at),
            );
        }
        if self.couples > self.places {
            invalid
                .add("couples", format!("{} do not fit into {} places", self.couples, self.places));
        }
        invalid.into_result()
    }
}

fn at_least_one_teacher(config: &Config) -> Result<(), Invalid> {
    if config.teachers.is_empty() {
        return Err(Invalid::new().at("teachers", "a lesson needs someone who teaches it"));
    }
    Ok(())
}

fn main() {
    let loaded = Loader::<Config>::new()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/validation/config.yaml"))
        .load();
    match loaded {
        Ok(config) => {
            let (teachers, Lesson { starts_at, ends_at, .. }) = (&config.teachers, &config.lesson);
            println!("{} teach from {starts_at} to {ends_at}", teachers.join(" and "));
        }
        Err(error) => println!("{} things are wrong:\n{error}", error.problems().len()),
    }
}
