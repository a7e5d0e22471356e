//! Code of the author that hangs on the reload thread: the log and the status name it.

mod author;

use std::{sync::Arc, thread, time::Duration};

use dlc_reload::{Loader, RunningStep, Trigger, Verdict, testing::Memory};
use serde_json::json;

use self::author::{Author, BREAKS, Config, Hanging, Nameless, REFUSED, STAYS, Service};
use super::in_time;
use crate::subprocess::{is_alone, passes, switches, this_binary};

/// Runs a test in a process of its own, with a deadline: the thread that names has no subscriber of its own.
fn alone(name: &str, test: fn()) {
    if is_alone() {
        in_time(test);
    } else {
        passes(this_binary(&format!("waits::hangs::{name}")));
    }
}

const NAMELESS: &str = "it::waits::hangs::author::Nameless";

#[test]
fn row_49_a_source_that_hangs_is_named_and_so_is_what_is_made_of_it() {
    alone("row_49_a_source_that_hangs_is_named_and_so_is_what_is_made_of_it", || {
        let service = Service::start();
        let validation = json!({"step": "validate"});
        let cases = [
            // The log has one line of it.
            (
                "source",
                json!({"step": "read_source", "name": "the\nvault"}),
                "the source the\\u{a}vault",
            ),
            (
                "nameless source",
                json!({"step": "read_source", "name": NAMELESS}),
                &format!("the source {NAMELESS}"),
            ),
            ("deserialize", validation.clone(), "the validation of the configuration"),
            ("validator", validation.clone(), "the validation of the configuration"),
            // With a port that waits for the next start, another whole is validated.
            (
                "validator, with the port in force",
                validation,
                "the validation of the configuration",
            ),
        ];
        for (probe, (place, step, what)) in (2..).zip(cases) {
            let verdict = service.names(place, &step, what, || service.reload(probe, 1, 81));
            assert_eq!(verdict, Verdict::Applied, "{place}");
        }
    });
}

#[test]
fn row_54_an_observer_that_hangs_is_named() {
    alone("row_54_an_observer_that_hangs_is_named", || {
        let service = Service::start();
        for (probe, place) in (2..).zip(["intended", "reported"]) {
            let step = json!({"step": "tell_observer", "name": NAMELESS});
            let what = format!("the observer {NAMELESS}");
            service.names(place, &step, &what, || service.reload(probe, 1, 80));
        }
        let step = json!({"step": "tell_observer", "name": "metrics"});
        service.names("named observer", &step, "the observer metrics", || service.reload(4, 1, 80));
    });
}

#[test]
fn a_hook_a_check_a_handler_or_anything_else_that_hangs_is_named() {
    alone("a_hook_a_check_a_handler_or_anything_else_that_hangs_is_named", || {
        let service = Service::start();
        let of = |step: &str| json!({"step": step, "key": "probe"});
        let reload = json!({"step": "reload"});
        let cases = [
            ("hook", of("prepare"), "the hook of `probe`", 1),
            ("commit", of("run_commit"), "the commit of `probe`", 1),
            ("drop", of("drop_commit"), "the drop of the commit of `probe`", REFUSED),
            ("undo", of("undo"), "the undo of `probe`", BREAKS),
            ("undo, the commit", of("undo"), "the undo of `probe`", BREAKS),
            ("compare", reload.clone(), "a reload", 1),
            ("serialize", reload.clone(), "a reload", 1),
            ("log", reload.clone(), "a reload", 1),
        ];
        for (probe, (place, step, what, rate)) in (2..).zip(cases) {
            service.names(place, &step, what, || service.reload(probe, rate, 80));
        }
        // With a port that waits, what comes into force is neither what the sources ask for nor what was.
        service.names("clone", &reload, "a reload", || service.reload(19, 1, 81));
        service.reload(18, 1, 80);
        let step = json!({"step": "call_restart_handler"});
        service
            .names("restart handler", &step, "the restart handler", || service.reload(20, 1, 81));
        let step = json!({"step": "check_health"});
        service.names("health check", &step, "the health check", || {
            service.stage.advance(Duration::from_secs(1));
        });
        let step = json!({"step": "call_critical_handler"});
        let verdict = service.names("critical handler", &step, "the critical handler", || {
            service.reload(STAYS, STAYS, 81)
        });
        assert_eq!(verdict, Verdict::Inconsistent);
    });
}

#[test]
fn what_hangs_at_the_start_or_while_the_reloader_is_dropped_is_named() {
    alone("what_hangs_at_the_start_or_while_the_reloader_is_dropped_is_named", || {
        let service = Service::ready();
        let hanging = Hanging::at("reported, start");
        let reloader = thread::scope(|scope| {
            let starting = scope.spawn(|| service.starting());
            hanging.until_there();
            service.until_named(&format!("the observer {NAMELESS}"));
            drop(hanging);
            starting.join().unwrap()
        });
        service.file.write("{probe: 2, rate: 1, port: 80}");
        let hanging = Hanging::at("hook");
        let report = reloader.reload(Trigger::api("a test"));
        hanging.until_there();
        let dropping = thread::spawn(move || drop(reloader));
        service.until_named("the hook of `probe`");
        let dropped = Hanging::at("drop of the hooks");
        drop(hanging);
        dropped.until_there();
        service.until_named("a reload");
        drop(dropped);
        dropping.join().unwrap();
        drop(report);
    });
}

#[test]
fn a_source_that_hangs_in_a_plan_is_named() {
    alone("a_source_that_hangs_in_a_plan_is_named", || {
        let service = Service::start();
        let step = json!({"step": "read_source", "name": "the\nvault"});
        let plan = || service.reloader().plan().wait().unwrap();
        let plan = service.names("source", &step, "the source the\\u{a}vault", plan);
        assert!(plan.changes.is_empty());
    });
}

#[test]
fn a_step_displays_as_the_log_names_it() {
    let step = RunningStep::ReadSource { name: "/etc/app/config.yaml".into() };
    assert_eq!(step.to_string(), "the source /etc/app/config.yaml");
}

#[test]
fn steps_that_are_fast_wake_no_thread() {
    alone("steps_that_are_fast_wake_no_thread", || {
        let file = Memory::yaml("{probe: 1, rate: 1, port: 80}");
        let boot = Loader::<Config>::new().source(file.clone()).source(Author).load().unwrap();
        let builder = boot.reloader().hooks(Arc::new(Author)).observer(Arc::new(Nameless));
        let reloader = builder.slow_steps(Duration::from_secs(3600)).start().unwrap();
        let sleeps = || switches("dlc-reload-slow");
        let before = sleeps();
        for probe in 2..200 {
            file.write(format!("{{probe: {probe}, rate: 1, port: 80}}"));
            let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
            assert_eq!(report.verdict(), Verdict::Applied);
        }
        let woken = sleeps() - before;
        assert!(woken <= 20, "{woken} times");
    });
}
