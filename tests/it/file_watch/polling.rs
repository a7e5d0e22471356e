//! Changes that cause no event and are found by polling, and the cost of waiting for events.

use std::{fs, io::Write, path::PathBuf, time::Duration};

use dlc_reload::{
    Format, Loader, WatchingState,
    source::{Intake, Source},
};

use super::harness::{Service, sleeps_now, text, write_over};
use crate::{
    fixture::{Dir, mode},
    subprocess::{is_alone, passes, switches, this_binary},
};

/// Makes a file that has another name elsewhere: a write through that causes no event where the
/// first one is watched.
fn two_names(name: &str, number: u64) -> (Dir, PathBuf, PathBuf) {
    let dir = Dir::new();
    let path = dir.write(name, text(number));
    fs::create_dir(dir.join("elsewhere")).unwrap();
    let other = dir.join("elsewhere/name");
    fs::hard_link(&path, &other).unwrap();
    (dir, path, other)
}

#[test]
fn row_10_same_size_and_time() {
    let (_dir, path, other) = two_names("etc/config.yaml", 71);
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::from_millis(50))
    });
    for (missed, number) in (1..).zip([72, 73, 71]) {
        let before = fs::metadata(&path).unwrap();
        let mut file = fs::OpenOptions::new().write(true).open(&other).unwrap();
        file.write_all(text(number).as_bytes()).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        drop(file);
        let after = fs::metadata(&path).unwrap();
        assert_eq!(
            (after.len(), after.modified().unwrap()),
            (before.len(), before.modified().unwrap())
        );
        service.expect_applied(number);
        let status = service.until("a count", |status| status.missed_events >= missed);
        assert_eq!((status.missed_events, status.watching), (missed, WatchingState::Active));
    }
    service.expect_alive(&path);
    assert_eq!(service.status().missed_events, 3, "what an event told is not counted");
}

#[test]
fn row_15_mode_without_an_event() {
    let (_dir, path, other) = two_names("etc/config.yaml", 7);
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::from_millis(50))
    });
    service.expect_compared(|| mode(&other, 0o610));
    mode(&other, 0o666);
    service.expect_rejected("every user can change it");
    mode(&other, 0o644);
    service.expect_unchanged();
    // What decides nothing changes nothing.
    service.expect_compared(|| mode(&other, 0o600));
    service.expect_alive(&path);
}

/// A source of the author's, which names a directory and none of the files in it.
struct Parts(PathBuf);

impl Source for Parts {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.watch_directory(&self.0);
        for part in fs::read_dir(&self.0).unwrap() {
            let path = part.unwrap().path();
            intake.text(path.display().to_string(), Format::Yaml, fs::read(&path).unwrap());
        }
    }
}

#[test]
fn row_10_files_that_only_their_directory_stands_for() {
    let (dir, path, other) = two_names("parts/one", 71);
    let service = Service::start_with(Loader::new().source(Parts(dir.join("parts"))), |builder| {
        builder.poll_interval(Duration::from_millis(50))
    });
    service.expect_compared(|| mode(&other, 0o610));
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let mut file = fs::OpenOptions::new().write(true).open(&other).unwrap();
    file.write_all(text(72).as_bytes()).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    service.expect_applied(72);
    service.expect_alive(&path);
}

#[test]
fn row_10_back_again_without_an_event() {
    let (_dir, path, other) = two_names("etc/config.yaml", 71);
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::from_secs(1))
    });
    // What it was when the content was compared last, which is before the event.
    fs::write(&path, text(72)).unwrap();
    service.expect_applied(72);
    write_over(&other, text(71));
    service.expect_applied(71);
    service.until("a count", |status| status.missed_events == 1);
    // The same after a reload that was asked for.
    write_over(&other, text(73));
    service.reload();
    service.catch_up();
    assert_eq!(service.number(), 73);
    write_over(&other, text(71));
    service.expect_applied(71);
    service.expect_alive(&path);
}

#[test]
fn row_10_refused_content_without_an_event() {
    let (_dir, path, other) = two_names("etc/config.yaml", 7);
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::from_millis(50))
    });
    write_over(&other, "number: [ ");
    service.expect_rejected("config.yaml:1");
    service.until("a count", |status| status.missed_events == 1);
    service.expect_alive(&path);
}

/// A source that takes so long to read that the content is compared many times meanwhile.
struct Slow;

impl Source for Slow {
    fn read(&self, _: &mut Intake<'_>) {
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn row_10_what_is_being_looked_at_was_not_missed() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&path).source(Slow), |builder| {
        builder.poll_interval(Duration::from_millis(20))
    });
    for number in 8..11 {
        fs::write(&path, text(number)).unwrap();
        service.expect_applied(number);
    }
    service.expect_nothing_missed();
}

#[test]
fn never_is_an_interval_too() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::MAX).slow_steps(Duration::MAX)
    });
    service.expect_alive(&path);
}

/// Returns how often the watch thread went to sleep so far.
fn sleeps() -> u64 {
    // The kernel shows the first 15 letters.
    switches("dlc-reload-watc")
}

#[test]
fn what_has_come_is_waited_for_no_longer() {
    if !is_alone() {
        return passes(this_binary("file_watch::polling::what_has_come_is_waited_for_no_longer"));
    }
    let dir = Dir::new();
    let (path, local) = (dir.write("config.yaml", text(7)), dir.join("run/app/local.yaml"));
    fs::create_dir(dir.join("run")).unwrap();
    let service = Service::start(Loader::new().file(&path).optional_file(&local));
    let other = || {
        fs::write(dir.join("run/other"), "").unwrap();
        fs::remove_file(dir.join("run/other")).unwrap();
    };
    for _ in 0..20 {
        let before = sleeps();
        other();
        service.until("every name may be the one that is missing", |_| sleeps() > before);
    }
    service.expect_applied_across(8, || drop(dir.write("run/app/local.yaml", text(8))));
    let woken = || {
        let before = sleeps();
        for _ in 0..20 {
            other();
            // Each of them alone.
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        sleeps() - before
    };
    // The thread may still have to finish the look before.
    service.until("no name is waited for, and it stays asleep", |_| woken() <= 5);
    service.expect_alive(&local);
}

#[test]
fn waiting_costs_nothing() {
    if !is_alone() {
        return passes(this_binary("file_watch::polling::waiting_costs_nothing"));
    }
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    service.expect_alive(&path);
    // The kernel shows the first 15 letters.
    let threads = ["dlc-reload-watc", "dlc-reload"];
    // No further look follows by then, and both have nothing left to do.
    std::thread::sleep(Duration::from_millis(300));
    service.until("both are asleep", |_| threads.into_iter().all(sleeps_now));
    let before = threads.map(switches);
    assert!(before.iter().all(|count| *count > 0), "both threads are there: {before:?}");
    // Not a wait for anything: this is the time in which nothing may happen.
    std::thread::sleep(Duration::from_secs(3));
    let woken: Vec<_> =
        threads.iter().zip(before).map(|(thread, before)| switches(thread) - before).collect();
    // Another process may change the permissions of something beside one of the directories above.
    assert!(woken[0] <= 2 && woken[1] == 0, "{woken:?}");
}
