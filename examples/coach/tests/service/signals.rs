//! The signals: SIGHUP reloads, SIGTERM and SIGINT stop.

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
fn sighup_is_answered_in_the_log_even_if_nothing_comes_of_it() {
    let answered = |coach: &Coach, level: &str, message: &str| {
        coach.logged(|line| {
            let same = line["message"] == message
                && line["level"] == level
                && line["trigger"] == "signal SIGHUP";
            same.then_some(())
        });
    };
    let coach = Coach::start(CONFIG);

    coach.send(Signal::HUP);
    answered(&coach, "INFO", "configuration reload changed nothing");

    coach.write(&edited("level: info", "level: inof"));
    coach.send(Signal::HUP);
    answered(&coach, "ERROR", "configuration refused, the running values stay");

    coach.send(Signal::HUP);
    answered(&coach, "WARN", "configuration is still refused, the running values stay");
    assert_eq!(coach.output().matches("unknown variant").count(), 1, "the reason is said once");

    coach.write(CONFIG);
    coach.send(Signal::HUP);
    answered(&coach, "INFO", "configuration accepted again, nothing changed");
}

#[test]
fn sigterm_and_sigint_stop_the_service_with_code_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut coach = Coach::develop(CONFIG);
        coach.send(signal);
        assert_eq!(coach.ended().code(), Some(0), "{signal:?}: {}", coach.output());
    }
}
