//! Files that cannot be read, and other things in place of files.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use dlc_reload::{Loader, Verdict, Watching, WatchingState};

use super::harness::{REST, Service, text};
use crate::{
    fixture::{Dir, mode},
    subprocess::{as_nobody, is_alone, passes, this_binary},
};

#[test]
fn row_12_permission_denied() {
    let dir = Dir::new();
    let path = dir.write("etc/config.yaml", text(7));
    mode(&path, 0);
    if fs::read(&path).is_ok() {
        // Permissions mean nothing to root.
        assert!(!is_alone(), "an ordinary user is refused");
        let mut command = this_binary("file_watch::unreadable::row_12_permission_denied");
        as_nobody(&mut command);
        return passes(command);
    }
    mode(&path, 0o600);
    let service = Service::of(&path);

    mode(&path, 0);
    service.expect_rejected("permission denied");
    mode(&path, 0o600);
    service.expect_unchanged();

    fs::write(&path, text(8)).unwrap();
    service.expect_applied(8);

    // The directory may not be entered.
    mode(&dir.join("etc"), 0);
    service.expect_rejected("permission denied");
    mode(&dir.join("etc"), 0o700);
    service.expect_unchanged();
    service.expect_nothing_more();
    drop(service);

    // It may be entered, but not be listed and so not be watched. Attempts follow at the pace for that.
    let service = Service::start_unwatched(Loader::new().file(&path), |builder| {
        builder.watch(Watching::Always)
    });
    service.expect_looks(2);
    service.expect_nothing_more();
    mode(&dir.join("etc"), 0o300);
    let degraded = |state: &WatchingState| {
        state.to_string().contains("cannot be watched: permission denied, let the user")
    };
    service.until("degraded", |status| degraded(&status.watching));
    mode(&dir.join("etc"), 0o700);
    service.until("watched again", |status| status.watching == WatchingState::Active);
    service.expect_alive(&path);
}

#[test]
fn row_12_a_link_where_nobody_may_look() {
    let dir = Dir::new();
    let real = dir.write("versions/1/config.yaml", text(7));
    dir.write("versions/2/config.yaml", text(8));
    let (way, link) = (dir.join("way"), dir.join("way/current"));
    fs::create_dir(&way).unwrap();
    symlink("../versions/1", &link).unwrap();
    mode(&way, 0o300);
    if fs::read_dir(&way).is_ok() {
        // Permissions mean nothing to root.
        assert!(!is_alone(), "an ordinary user is refused");
        let mut command =
            this_binary("file_watch::unreadable::row_12_a_link_where_nobody_may_look");
        as_nobody(&mut command);
        return passes(command);
    }
    let loader = Loader::new().file(link.join("config.yaml"));
    let service =
        Service::start_with(loader, |builder| builder.poll_interval(Duration::from_millis(100)));
    let state = service.status().watching.to_string();
    assert!(state.contains("/way cannot be watched: permission denied, let the user"), "{state}");
    // What it leads to is found all the same.
    symlink("../versions/2", way.join("next")).unwrap();
    fs::rename(way.join("next"), &link).unwrap();
    service.expect_applied(8);
    assert!(real.exists());
    // Only directories are on the way through it, and no name in them is waited for.
    let begun = Instant::now();
    fs::remove_file(&link).unwrap();
    fs::rename(dir.join("versions/2"), &link).unwrap();
    let was_gone = begun.elapsed() >= REST;
    service.until("watched", |status| status.watching == WatchingState::Active);
    if was_gone {
        // A busy machine kept this thread for so long that its absence may have been found.
        service.reload();
        service.catch_up();
    }
    service.expect_alive(&link.join("config.yaml"));
}

/// Puts something else in place of the file.
type Instead = fn(&Path);

#[test]
fn row_13_something_else_in_place_of_the_file() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    let cases: &[(Instead, &str)] = &[
        (|path| fs::create_dir(path).unwrap(), "a directory and not a file"),
        (
            |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            "a pipe, socket or device and not a file",
        ),
        (
            |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
            "a pipe, socket or device and not a file",
        ),
        (
            |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
            "a pipe, socket or device and not a file",
        ),
        (|path| fs::write(path, "#".repeat(64 << 20)).unwrap(), "larger than"),
    ];
    for (number, (instead, because)) in (10..).zip(cases) {
        fs::remove_file(&path).unwrap();
        instead(&path);
        service.skip_until(Verdict::Rejected, because);
        service.expect_rejected(because);
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
        fs::write(&path, text(number)).unwrap();
        service.skip_until(Verdict::Applied, "");
        service.expect_applied(number);
    }
    service.expect_alive(&path);
}
