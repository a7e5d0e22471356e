//! Files and directories that come, go, move, or are mounted over.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use dlc_reload::{Loader, Report, WatchingState};

use super::harness::{PATIENCE, Service, replace, text, write_over};
use crate::{
    fixture::{Dir, mode},
    subprocess::{in_namespaces, is_alone, passes},
};

#[test]
fn row_05_deleted_for_good() {
    let dir = Dir::new();
    let path = dir.write("etc/app/config.yaml", text(7));
    let service = Service::of(&path);
    fs::remove_dir_all(dir.join("etc")).unwrap();
    service.expect_rejected("no such file");
    let status = service.status();
    let failure = status.last_failure.unwrap();
    let origin = failure.problems()[0].origin.as_ref().map(ToString::to_string);
    assert_eq!(origin, Some(path.display().to_string()));
    assert_eq!(status.watching, WatchingState::Active);
    // Parents come back one by one.
    service.expect_applied_across(8, || drop(dir.write("etc/app/config.yaml", text(8))));
    service.expect_alive(&path);
}

#[test]
fn row_06_optional_file_created_later() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let (beside, below) = (dir.join("local.yaml"), dir.join("deep/er/local.yaml"));
    let service =
        Service::start(Loader::new().file(&path).optional_file(&beside).optional_file(&below));
    fs::write(&beside, text(8)).unwrap();
    service.expect_applied(8);
    service.expect_applied_across(9, || {
        fs::create_dir(dir.join("deep")).unwrap();
        fs::create_dir(dir.join("deep/er")).unwrap();
        fs::write(&below, text(9)).unwrap();
    });
    // A directory that arrives with its content.
    fs::remove_dir_all(dir.join("deep")).unwrap();
    service.expect_applied(8);
    dir.write("next/er/local.yaml", text(10));
    fs::rename(dir.join("next"), dir.join("deep")).unwrap();
    service.expect_applied(10);
    service.expect_alive(&below);
}

#[test]
fn row_14_drop_ins() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let drop_ins = dir.join("conf.d");
    let service = Service::start(Loader::new().file(path).directory(&drop_ins));

    let ten = dir.join("conf.d/10.yaml");
    service.expect_applied_across(10, || drop(dir.write("conf.d/10.yaml", text(10))));
    let twenty = dir.write("conf.d/20.yaml", text(20));
    service.expect_applied(20);
    // Behind the other one by its name.
    fs::rename(&ten, dir.join("conf.d/30.yaml")).unwrap();
    service.expect_applied(10);
    fs::remove_file(dir.join("conf.d/30.yaml")).unwrap();
    service.expect_applied(20);
    fs::remove_file(&twenty).unwrap();
    service.expect_applied(7);
    service.expect_applied_across(40, || {
        fs::remove_dir_all(&drop_ins).unwrap();
        dir.write("conf.d/40.yaml", text(40));
    });
    service.expect_alive(&dir.join("conf.d/40.yaml"));
}

#[test]
fn row_17_moved_directory() {
    let dir = Dir::new();
    let path = dir.write("etc/app/config.yaml", text(7));
    let service = Service::of(&path);

    // All at once: the directory that is watched is another one before the watcher can look.
    dir.write("next/app/config.yaml", text(8));
    service.expect_applied_across(8, || {
        fs::rename(dir.join("etc"), dir.join("old")).unwrap();
        fs::rename(dir.join("next"), dir.join("etc")).unwrap();
    });
    // The old one no longer counts, the new one is watched.
    fs::write(dir.join("old/app/config.yaml"), text(99)).unwrap();
    replace(&path, text(9));
    service.expect_applied(9);

    // Away and back.
    fs::rename(dir.join("etc"), dir.join("away")).unwrap();
    service.expect_rejected("no such file");
    fs::rename(dir.join("away"), dir.join("etc")).unwrap();
    service.expect_unchanged();
    service.expect_alive(&path);
}

/// A process that stands in a directory until it is dropped: what was removed lives on for it.
struct Occupant(Child);

impl Occupant {
    fn of(directory: &Path) -> Self {
        let mut command = Command::new("sleep");
        Self(command.arg("1000").current_dir(directory).spawn().unwrap())
    }
}

impl Drop for Occupant {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn row_05_removed_while_a_process_stands_in_it() {
    let dir = Dir::new();
    let path = dir.write("etc/app/config.yaml", text(7));
    let service = Service::of(&path);
    // The directory of the file, and the one above it too.
    for (number, removed) in [(10, "etc/app"), (20, "etc"), (30, "etc/app")] {
        let occupants = [Occupant::of(&dir.join("etc/app")), Occupant::of(&dir.join("etc"))];
        // First the file, so that what is left is watched when it goes.
        fs::remove_file(&path).unwrap();
        service.expect_rejected("no such file");
        service.expect_applied_across(number, || {
            fs::remove_dir_all(dir.join(removed)).unwrap();
            dir.write("etc/app/config.yaml", text(number));
        });
        // The new directory is watched, and not the one that the process is in.
        service.expect_alive(&path);
        drop(occupants);
    }
    service.expect_alive(&path);
}

#[test]
fn row_17_mounted_over_and_unmounted() {
    if !is_alone() {
        let test = "file_watch::path_changes::row_17_mounted_over_and_unmounted";
        let command = in_namespaces(test, "-Urm", "mount -t tmpfs none /mnt && umount /mnt");
        return command.map_or((), passes);
    }
    let mount = |arguments: &[&str], place: &Path| {
        let status = Command::new(arguments[0]).args(&arguments[1..]).arg(place).status();
        assert!(status.unwrap().success());
    };
    let dir = Dir::new();
    let path = dir.write("etc/config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&path), |builder| {
        builder.poll_interval(Duration::from_millis(200))
    });
    // A mount causes no event; only the content tells. It is filled before it gets there.
    dir.write("other/config.yaml", text(7));
    mount(&["mount", "-n", "-t", "tmpfs", "none"], &dir.join("other"));
    dir.write("other/config.yaml", text(8));
    mount(&["mount", "-n", "--move", dir.join("other").to_str().unwrap()], &dir.join("etc"));
    service.expect_applied(8);
    service.until("a count", |status| status.missed_events == 1);
    // From then on the mounted directory is watched, or will be in a moment.
    replace(&path, text(9));
    service.expect_applied(9);
    unmount(&dir.join("etc"));
    service.expect_applied(7);
    service.expect_alive(&path);
    assert_eq!(service.status().watching, WatchingState::Active);

    // Found by a reload that was asked for, it is watched all the same.
    dir.write("third/config.yaml", text(7));
    mount(&["mount", "-n", "-t", "tmpfs", "none"], &dir.join("third"));
    dir.write("third/config.yaml", text(10));
    let service = Service::of(&path);
    mount(&["mount", "-n", "--move", dir.join("third").to_str().unwrap()], &dir.join("etc"));
    service.reload();
    service.catch_up();
    assert_eq!(service.number(), 10);
    service.expect_alive(&path);
    unmount(&dir.join("etc"));
}

/// Unmounts a directory once nobody has a file in it open: the watcher may be reading one.
fn unmount(place: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while !Command::new("umount").arg("-n").arg(place).status().unwrap().success() {
        assert!(Instant::now() < deadline, "it stays busy");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn row_18_change_between_the_first_read_and_the_watch() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let drop_ins = dir.join("conf.d");
    let loader = Loader::new().file(&path).directory(&drop_ins);
    let service = Service::start_after(
        loader,
        |builder| builder,
        || {
            fs::write(&path, text(8)).unwrap();
            dir.write("conf.d/10.yaml", "text: new\n");
        },
    );
    let report = service.expect_applied(8);
    assert_eq!(report.changes().len(), 2, "{report}");
    service.expect_alive(&path);
}

fn by(report: Report, source: &Path) {
    assert_eq!(report.trigger().detail_text(), source.to_str(), "{report}");
}

#[test]
fn a_report_names_the_source_that_led_to_it() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let drop_in = dir.join("conf.d/10.yaml");
    fs::create_dir(dir.join("conf.d")).unwrap();
    let service = Service::start(Loader::new().file(&path).directory(dir.join("conf.d")));
    for number in [8, 9] {
        dir.write("conf.d/10.yaml", text(number));
        by(service.expect_applied(number), &drop_in);
        fs::remove_file(&drop_in).unwrap();
        by(service.expect_applied(7), &drop_in);
        // Missed for a while before that is said.
        fs::rename(&path, dir.join("away")).unwrap();
        by(service.expect_rejected("no such file"), &path);
        fs::rename(dir.join("away"), &path).unwrap();
        by(service.expect_unchanged(), &path);
    }
}

#[test]
fn a_report_names_the_source_that_holds_something_else() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    // A write through another name of the file causes no event where it is watched.
    let (other, local) = (dir.write("elsewhere/name", text(8)), dir.join("etc/10.yaml"));
    fs::create_dir(dir.join("etc")).unwrap();
    fs::hard_link(&other, &local).unwrap();
    let files = Loader::new().file(&path).directory(dir.join("etc"));
    let service =
        Service::start_with(files, |builder| builder.poll_interval(Duration::from_millis(50)));
    service.expect_compared(|| mode(&other, 0o610));
    for number in [9, 10] {
        write_over(&other, text(number));
        by(service.expect_applied(number), &local);
    }
}
