//! Changes that take longer than a request waits.

use std::{thread, time::Duration};

use dlc_reload::Trigger;

use crate::{
    service::{Running, Service, text},
    terminal::Terminal,
};

fn impatient() -> Service {
    Service::start_with(|admin| admin.patience(Duration::from_millis(50)))
}

#[test]
fn a_change_that_takes_long_is_followed_to_its_report() {
    // So patient that the hook runs by then.
    let service = Service::start_with(|admin| admin.patience(Duration::from_secs(5)));
    let stalled = service.stage.stall("rate");
    service.source.write(text("info", 8, 1, 9090));
    let mut reload = Running::start(&mut service.command(&["reload", "--yes", "--why", "mine"]));
    reload.line("it takes longer (the hook of `rate` runs)");
    drop(stalled);
    reload.line("by admin (POST /reload: mine) for olga: applied");
    assert_eq!(reload.end(), 0);
}

/// Both are of one operator, who gave no reason.
#[test]
fn a_change_is_followed_to_its_own_report() {
    let service = impatient();
    let stalled = service.stage.stall("rate");
    service.source.write(text("info", 8, 1, 9090));
    let [mut first, mut second] = [(); 2].map(|()| {
        let reload = Running::start(&mut service.command(&["reload", "--yes"]));
        reload.line("it takes longer");
        reload
    });
    drop(stalled);
    first.line("for olga: applied");
    second.line("for olga: unchanged");
    assert_eq!((first.end(), second.end()), (0, 0));
}

#[test]
fn a_change_that_does_not_end_in_time_goes_on() {
    let service = impatient();
    let stalled = service.stage.stall("rate");
    service.source.write(text("info", 8, 1, 8080));
    // Which each request has, too.
    let ran = service.run(&["reload", "--yes", "--timeout", "10s"]);
    ran.says(8, &["has not ended within `--timeout`, and goes on"]);
    drop(stalled);
    // It is done once a later one is.
    service.reloader.reload(Trigger::api("later")).wait().unwrap();
    assert_eq!(service.reloader.handle().load().rate, 8);
}

/// The report of a change that was refused for its generation never comes.
#[test]
fn a_change_that_waits_for_another_one_is_not_waited_for_in_vain() {
    let service = impatient();
    service.source.write(text("info", 8, 1, 8080));
    let mut terminal = Terminal::start(service.command(&["reload"]));
    terminal.shows("Reload now? [y/N] ");
    let stalled = service.stage.stall("rate");
    let other = service.reloader.reload(Trigger::api("quicker"));
    stalled.wait();
    terminal.types("y\n");
    terminal.shows("it takes longer");
    drop(stalled);
    let (code, shown) = terminal.end();
    assert_eq!(code, 7, "{shown}");
    assert!(shown.contains("another change came first: generation 2 is in force now"), "{shown}");
    assert_eq!(other.wait().unwrap().generation(), 2);
}

#[test]
fn a_service_that_does_not_answer_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/admin/config", listener.local_addr().unwrap());
    let kept = thread::spawn(move || listener.accept().unwrap());
    let service = Service::start();
    let ran = service.run(&["status", "--timeout", "200ms", "--url", &url]);
    ran.says(6, &["cannot reach", "no answer in time"]);
    drop(kept.join());
}
