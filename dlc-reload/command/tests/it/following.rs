//! The reloads of others, as they happen.

use std::{
    sync::mpsc::{TryRecvError, channel},
    thread,
};

use dlc_reload::{Report, Trigger};

use crate::service::{Running, Service, text};

#[test]
fn watch_sees_others_and_survives_a_restart_of_the_service() {
    let mut service = Service::start();
    service.reloader.reload(Trigger::api("before")).wait().unwrap();
    let watch = Running::start(&mut service.command(&["watch"]));
    // The stream is open once it brings something, so the first reports are made until one of them comes.
    let (stop, stopped) = channel::<()>();
    thread::scope(|scope| {
        let service = &service;
        scope.spawn(move || {
            while stopped.try_recv() == Err(TryRecvError::Empty) {
                service
                    .reloader
                    .reload(Trigger::api("another client").actor("ops"))
                    .wait()
                    .unwrap();
            }
        });
        let first = watch.line("reload #");
        drop(stop);
        assert!(first.contains("by api (another client) for ops: unchanged"), "{first}");
    });
    service.source.write(text("debug", 8, 1, 9090));
    service.run(&["reload", "--yes"]).exits(0);
    watch.line("by admin (POST /reload) for olga: applied");
    watch.line("  ~ rate           7 → 8             memory:2:7");

    service.stop();
    watch.line("trying again");
    service.start_again();
    watch.line("connected again");
    watch.line("the service was started anew");
    service.reloader.reload(Trigger::api("after")).wait().unwrap();
    watch.line("reload #1 by api (after): unchanged");
}

#[test]
fn watch_prints_each_report_as_a_line_of_json() {
    let service = Service::start();
    let watch = Running::start(&mut service.command(&["watch", "--json"]));
    let line = thread::scope(|scope| {
        let (stop, stopped) = channel::<()>();
        let service = &service;
        scope.spawn(move || {
            while stopped.try_recv() == Err(TryRecvError::Empty) {
                service.reloader.reload(Trigger::api("another client")).wait().unwrap();
            }
        });
        let line = watch.line("{");
        drop(stop);
        line
    });
    let report: Report = serde_json::from_str(&line).unwrap();
    assert_eq!(report.trigger().detail_text(), Some("another client"));
}

#[test]
fn watch_ends_when_the_token_is_revoked() {
    let service = Service::start();
    let mut watch = Running::start(&mut service.command(&["watch"]));
    let revoked =
        text("info", 7, 1, 8080).replace("name: olga", "name: other").replace("500d", "0000");
    service.source.write(&revoked);
    service.reloader.reload(Trigger::api("revoke")).wait().unwrap();
    watch.line("does not let you");
    assert_eq!(watch.end(), 6);
}
