//! More events than the watcher can look at one by one.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::Stdio,
    time::{Duration, Instant},
};

use super::harness::{Service, replace, send, text};
use crate::{
    fixture::Dir,
    subprocess::{is_alone, passes, this_binary},
};

/// The memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// More writes than anyone can look at in the time that they take.
const MANY: u64 = 1000;

#[test]
fn row_19_thousands_of_writes_a_second() {
    if !is_alone() {
        return passes(this_binary("file_watch::overload::row_19_thousands_of_writes_a_second"));
    }
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    service.expect_alive(&path);

    let before = resident();
    let mut number = 10_000_000;
    for in_place in [false, true] {
        let (begun, first, looks) = (Instant::now(), number, service.looks());
        while begun.elapsed() < Duration::from_secs(2) || number - first < MANY {
            number += 1;
            if in_place {
                fs::write(&path, text(number)).unwrap();
            } else {
                replace(&path, text(number));
            }
        }
        let (writes, looks) = (number - first, service.looks() - looks);
        let tenths = u64::try_from(begun.elapsed().as_millis() / 100).unwrap();
        println!("{writes} writes in {tenths} tenths of a second, {looks} readings");
        // At most one in 100 ms once it is clear that the writer is faster, of eight readings each. On a
        // machine where that is not so, each of its writes may be looked at.
        let of_slow_one = if writes > 200 * tenths { 0 } else { 4 * writes };
        let most = of_slow_one.max(8 * 2 * tenths);
        assert!(looks < most, "{looks} readings of {writes} writes");
        // The last content wins, and everything before it was whole.
        let end = Instant::now() + super::harness::PATIENCE;
        let mut last = 0;
        while last != number {
            last = service
                .committed()
                .recv_timeout(end.saturating_duration_since(Instant::now()))
                .unwrap();
            assert!((first..=number).contains(&last), "{last} was never written");
        }
        service.reload();
        service.catch_up();
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 10, "{grown} KiB more");
    service.expect_alive(&path);
}

/// The variable with the folder in which the child of the next test works.
const FOLDER: &str = "FOLDER";

#[test]
fn row_17_queue_overflow() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return overflown(folder.as_ref());
    }
    let dir = Dir::new();
    let path = dir.write("etc/app/config.yaml", text(7));
    let mut command = this_binary("file_watch::overload::row_17_queue_overflow");
    command.env(FOLDER, dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let id = child.id();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut tell = child.stdin.take().unwrap();
    let mut until = |what: &str| assert!(said.any(|line| line.unwrap().contains(what)), "{what}");

    until("started");
    send("-STOP", id);
    let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let most: usize = most.trim().parse().unwrap();
    // Two events for each, which are not alike and so are not merged.
    for _ in 0..=most / 2 {
        fs::write(&path, text(8)).unwrap();
    }
    // What follows is lost: another directory takes the place of the one that is watched.
    dir.write("next/app/config.yaml", text(9));
    fs::rename(dir.join("etc"), dir.join("old")).unwrap();
    fs::rename(dir.join("next"), dir.join("etc")).unwrap();
    send("-CONT", id);
    writeln!(tell, "go on").unwrap();
    until("survived");
    assert!(child.wait().unwrap().success());
}

fn overflown(folder: &std::path::Path) {
    let path = folder.join("etc/app/config.yaml");
    let service = Service::of(&path);
    println!("started");
    std::io::stdin().lines().next().unwrap().unwrap();
    // A look that was under way when the process was stopped had opened the file already.
    while service.committed().recv_timeout(super::harness::PATIENCE).unwrap() != 9 {}
    service.reload();
    service.catch_up();
    service.expect_alive(&path);
    println!("survived");
}
