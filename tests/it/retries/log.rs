//! The log of retries: a line for the refusal and one for the success.

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
