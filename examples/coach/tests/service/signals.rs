//! What signals do.

use rustix::process::Signal;

use crate::harness::{CONFIG, Coach, edited};

#[test]
fn sighup_reloads() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("v2_enabled: false", "v2_enabled: true"));

    coach.send(Signal::HUP);

    coach.until(|coach| coach.get("/api/v2/greet/Ada").status == 200);
}

#[test]
fn sigterm_and_sigint_stop_the_service_with_code_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut coach = Coach::develop(CONFIG);
        coach.send(signal);
        assert_eq!(coach.ended().code(), Some(0), "{signal:?}: {}", coach.output());
    }
}
