//! Environments in which files are watched or not, what is logged about it, and systems that send no events.

use std::time::Duration;

use dlc_reload::{Environment, Loader, TriggerKind, Watching, WatchingState};

use super::harness::{Service, hang_up, replace, text, write_over};
use crate::{
    fixture::Dir,
    log_lines::Lines,
    subprocess::{in_namespaces, is_alone, passes, this_binary},
};

/// Starts a service, checks that a reload by a call works, and returns the state of its watching and
/// the log lines about it at start.
fn starts(watching: Watching, environment: Option<Environment>) -> (WatchingState, Vec<String>) {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let lines = Lines::default();
    let service = lines.hear(|| {
        Service::start_unwatched(Loader::new().file(&path), |builder| {
            let builder = builder.watch(watching);
            match environment {
                Some(environment) => builder.environment(environment),
                None => builder,
            }
        })
    });
    let state = service.status().watching;
    dir.write("config.yaml", text(8));
    if matches!(state, WatchingState::Off(_)) {
        let report = service.reload();
        assert_eq!((report.id(), report.changes().len()), (1, 1), "{report}");
    } else {
        service.expect_applied(8);
    }
    (state, lines.take())
}

const BY_PROGRAM: &str = "the program says that the environment is production";

const REASON: &str =
    "the environment is production; set `DLC_ENV=development` to have them watched";

#[test]
fn watching_follows_the_environment_and_says_so_in_one_line() {
    use Environment::{Development, Production};
    use Watching::{Always, InDevelopment, Off};

    let by_program = "the program switched it off";
    let watched = "INFO files are watched: a change reloads by itself".to_owned();
    for (watching, environment, reason) in [
        (InDevelopment, Production, Some(BY_PROGRAM)),
        (InDevelopment, Development, None),
        (Always, Production, None),
        (Always, Development, None),
        (Off, Production, Some(by_program)),
        (Off, Development, Some(by_program)),
    ] {
        let (state, lines) = starts(watching, Some(environment));
        let (expected, line) = match reason {
            Some(reason) => {
                (WatchingState::Off(reason.into()), format!("INFO files are not watched: {reason}"))
            }
            None => (WatchingState::Active, watched.clone()),
        };
        assert_eq!((state, lines), (expected, vec![line]), "{watching:?} in {environment:?}");
    }
}

#[test]
fn the_environment_is_what_the_variable_says() {
    let test = "file_watch::environment::the_environment_is_what_the_variable_says";
    if !is_alone() {
        for (value, state) in [
            (None, format!("off: {REASON}")),
            (Some("production"), format!("off: {REASON}")),
            (Some("staging"), format!("off: {REASON}")),
            (Some("development"), "active".to_owned()),
            (Some(" Dev "), "active".to_owned()),
        ] {
            let mut command = this_binary(test);
            command.env_remove("DLC_ENV").env("EXPECTED", state);
            if let Some(value) = value {
                command.env("DLC_ENV", value);
            }
            passes(command);
        }
        return;
    }
    let (state, _) = starts(Watching::InDevelopment, None);
    assert_eq!(state.to_string(), std::env::var("EXPECTED").unwrap());
}

/// A system that allows this much of something per user; raised again while the service runs.
fn without(test: &str, limit: &str, remedy: &str) {
    let path = format!("/proc/sys/user/{limit}");
    if !is_alone() {
        // The limit is the one of the namespace, where this process may set it.
        return in_namespaces(test, "-Ur", &format!("echo 0 > {path}")).map_or((), passes);
    }
    let dir = Dir::new();
    let file = dir.write("config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&file), |builder| {
        builder.poll_interval(Duration::from_millis(100))
    });
    let state = service.status().watching.to_string();
    assert!(state.starts_with("degraded: the system sends no events"), "{state}");
    assert!(state.contains(remedy), "{state}");
    // A change is found all the same, and a broken one is refused. Where no events are sent, half of a
    // file counts as soon as its writer rests for a moment.
    replace(&file, text(8));
    service.expect_applied(8);
    replace(&file, "number: [");
    service.expect_rejected("config.yaml:1");
    replace(&file, text(9));
    service.expect_applied(9);
    service.expect_nothing_missed();
    std::fs::write(&path, "1000").unwrap();
    service.until("events again", |status| status.watching == WatchingState::Active);
    service.expect_alive(&file);
}

#[test]
fn row_16_no_inotify_instances() {
    let remedy = "raise `fs.inotify.max_user_instances` with sysctl, or the limit of open files";
    without(
        "file_watch::environment::row_16_no_inotify_instances",
        "max_inotify_instances",
        remedy,
    );
}

#[test]
fn row_16_no_inotify_watches() {
    let remedy = "raise `fs.inotify.max_user_watches` with sysctl";
    without("file_watch::environment::row_16_no_inotify_watches", "max_inotify_watches", remedy);
}

#[test]
fn row_16_a_signal_is_not_put_off_where_no_events_are_sent() {
    if !is_alone() {
        let test =
            "file_watch::environment::row_16_a_signal_is_not_put_off_where_no_events_are_sent";
        let prepare = "echo 0 > /proc/sys/user/max_inotify_instances";
        return in_namespaces(test, "-Ur", prepare).map_or((), passes);
    }
    let dir = Dir::new();
    let file = dir.write("config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&file), |builder| {
        builder.poll_interval(Duration::from_secs(3600)).signals(true)
    });
    for number in 8..12 {
        dir.write("config.yaml", text(number));
        let looks = service.looks();
        hang_up();
        service.expect_applied_by(TriggerKind::Signal, number);
        assert_eq!(service.looks(), looks + 1, "nobody is writing");
    }
}

#[test]
fn row_16_file_that_is_mounted_alone() {
    if !is_alone() {
        let test = "file_watch::environment::row_16_file_that_is_mounted_alone";
        let prepare = "mount -t tmpfs none /mnt && umount /mnt";
        return in_namespaces(test, "-Urm", prepare).map_or((), passes);
    }
    let dir = Dir::new();
    let (outside, inside) = (dir.write("outside.yaml", text(7)), dir.write("inside.yaml", ""));
    let mut mount = std::process::Command::new("mount");
    assert!(mount.arg("--bind").args([&outside, &inside]).status().unwrap().success());
    let service = Service::start_with(Loader::new().file(&inside), |builder| {
        builder.poll_interval(Duration::from_millis(100))
    });
    let state = service.status().watching.to_string();
    assert!(state.contains("is mounted alone"), "{state}");
    assert!(state.contains("mount its directory instead"), "{state}");
    // Writes in place are still seen, from inside and from outside.
    write_over(&inside, text(8));
    service.expect_applied(8);
    write_over(&outside, text(9));
    service.expect_applied(9);
    service.expect_nothing_missed();
    write_over(&inside, text(10));
    service.expect_applied(10);
    service.expect_nothing_more();
}
