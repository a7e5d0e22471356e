//! Random secrets at every place of a random configuration, whose text is damaged at random: whatever is done
//! with it, the secrets stand nowhere.

mod careless;
mod config;
mod content;
mod damage;
mod found;
mod harmless;
mod plant;
mod round;
mod search;
mod written;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use self::{plant::Random, round::Outcome};
use crate::{
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

/// The number of rounds; 500.
const ROUNDS: &str = "DLC_RELOAD_TEST_PLANTED";

/// Plants the same secrets and damages the same texts again.
const SEED: &str = "DLC_RELOAD_TEST_SEED";

/// The round to begin with; 0. Together with the seed, it repeats one round.
const FIRST: &str = "DLC_RELOAD_TEST_FIRST_ROUND";

/// The number of leaks after which the search ends.
const ENOUGH: usize = 20;

#[test]
fn a_secret_stands_nowhere_whatever_the_text_looks_like() {
    if !is_alone() {
        let name = "planted_secrets::a_secret_stands_nowhere_whatever_the_text_looks_like";
        return passes(this_binary(name));
    }
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number(SEED).unwrap_or(now.as_micros() as u64);
    let (first, rounds) = (number(FIRST).unwrap_or(0), number(ROUNDS).unwrap_or(200));
    println!("{SEED}={seed}");
    let log = Lines::default();
    log.hear_all();
    // Half of what is done panics, and says why to nobody but the library.
    let printed = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.location().is_none_or(|at| !at.file().ends_with("careless.rs")) {
            printed(info);
        }
    }));

    let (mut exceptions, mut accepted, mut leaks) = (0, 0, Vec::new());
    let began = Instant::now();
    for round in first..first + rounds {
        let Outcome { leaks: found, text, is_exception, is_accepted } =
            round::run(&mut Random::of(seed, round), &log);
        exceptions += u64::from(is_exception);
        accepted += u64::from(is_accepted);
        if !found.is_empty() {
            leaks.push(format!("round {round}\n{}\nof the text\n{text}\n", found.join("\n")));
        }
        if leaks.len() == ENOUGH {
            break;
        }
    }
    let took = began.elapsed();
    println!("{rounds} rounds in {took:.1?}: {exceptions} exceptions, {accepted} texts accepted");
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
    assert!(rounds < 50 || exceptions * 10 < rounds, "{exceptions} of {rounds} are exceptions");
    assert!(rounds < 50 || accepted * 10 > rounds, "only {accepted} of {rounds} were accepted");
}
