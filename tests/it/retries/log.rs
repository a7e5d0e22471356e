//! The log of retries: a line for the refusal and one for the success.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use dlc_reload::{Intent, Observer, Report, Veto};

use super::Service;
use crate::{
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[test]
fn the_log_tells_of_the_first_refusal_and_of_the_success() {
    if !is_alone() {
        let name = "retries::log::the_log_tells_of_the_first_refusal_and_of_the_success";
        return passes(this_binary(name));
    }
    let lines = Lines::default();
    lines.hear_all();
    let service = Service::start();
    service.refuse_rate();
    lines.take();
    // Each by its level, its message and its trigger.
    let said = || {
        let short = |line: String| {
            let message = line.split(" reload=").next().unwrap_or_default().to_owned();
            let trigger = line.split(" trigger=").nth(1).and_then(|rest| rest.split(' ').next());
            [Some(message.as_str()), trigger].into_iter().flatten().collect::<Vec<_>>().join(" by ")
        };
        lines.take().into_iter().map(short).collect::<Vec<_>>()
    };
    service.reload("{port: 0, rate: 2}");
    let expected = [
        "ERROR memory:1:17: rate: a fault that the test asked for (refused: 2)",
        "ERROR configuration refused, the running values stay by api",
    ];
    assert_eq!(said(), expected);

    service.pauses(8);
    let between = said();
    let expected = "DEBUG configuration is still refused, it is tried again";
    assert_eq!(between.len(), 8, "{between:#?}");
    assert!(between.iter().all(|line| line.starts_with(expected)), "{between:#?}");

    service.stage.heal();
    service.advance(256);
    let expected = ["INFO configuration changed", "INFO configuration reloaded by retry"];
    assert_eq!(said(), expected);
}

/// An observer that refuses, in other words each time.
#[derive(Default)]
struct Wordy(AtomicU32);

impl Observer for Wordy {
    fn intended(&self, _: &Intent<'_>) -> Result<(), Veto> {
        let tries = self.0.fetch_add(1, Ordering::Relaxed);
        let what = if tries < 5 { "answer" } else { "route" };
        let time = ["9.5s", "10s", "1m", "1.5m"][tries as usize % 4];
        Err(format!("no {what} from 10.0.0.{tries} after {time}, try {tries}").into())
    }

    fn reported(&self, _: &Report) {}
}

#[test]
fn case_18_13_a_refusal_in_which_only_numbers_change_is_told_of_once() {
    let wordy = Arc::new(Wordy::default());
    let observer = Arc::clone(&wordy);
    let service = Service::with(|builder| builder.observer(observer));
    service.reload("{port: 0, rate: 2}");
    service.pauses(4);
    assert_eq!((wordy.0.load(Ordering::Relaxed), service.last().id()), (5, 1));
    // Another reason is news.
    service.advance(16);
    assert_eq!((wordy.0.load(Ordering::Relaxed), service.last().id()), (6, 2));
}
