//! Ways to write a file: in chunks, by rename, by deleting it first, and to no effect.

use std::{
    fs,
    io::Write,
    path::Path,
    time::{Duration, SystemTime},
};

use dlc_reload::{Loader, WatchingState};

use super::harness::{Service, replace, text};
use crate::fixture::Dir;

/// The pause of a writer: it is the fault itself.
fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
fn row_01_in_place_write_in_chunks() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);

    // Every prefix is a whole configuration.
    let mut file = fs::File::create(&path).unwrap();
    for chunk in ["num", "ber: 1", "2", "3\nte", "xt: the end"] {
        file.write_all(chunk.as_bytes()).unwrap();
        pause(40);
    }
    drop(file);
    service.expect_applied(123);

    // Permissions are set while it is open, and long before it is whole.
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"number: 4").unwrap();
    let metadata = file.metadata().unwrap();
    file.set_permissions(metadata.permissions()).unwrap();
    file.set_modified(SystemTime::now()).unwrap();
    pause(100);
    file.write_all(b"56").unwrap();
    drop(file);
    service.expect_applied(456);

    // Appended in two goes.
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"7").unwrap();
    pause(100);
    file.write_all(b"8\n").unwrap();
    drop(file);
    service.expect_applied(45_678);
    service.expect_alive(&path);
}

#[test]
fn row_01_in_a_directory_that_was_just_made() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let below = dir.join("deep/er/local.yaml");
    let service = Service::start(Loader::new().file(&path).optional_file(&below));
    for _ in 0..3 {
        service.expect_applied_across(456, || {
            // The watcher hears of the directory when there is something in it already.
            fs::create_dir_all(dir.join("deep/er")).unwrap();
            let mut file = fs::File::create(&below).unwrap();
            file.write_all(b"number: 4").unwrap();
            pause(300);
            file.write_all(b"56").unwrap();
        });
        fs::remove_dir_all(dir.join("deep")).unwrap();
        service.expect_applied(7);
    }
    service.expect_alive(&path);
}

#[test]
fn row_02_truncated_to_empty() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    for nothing in ["", " \n\t\n", "# all of it\n# is a comment\n"] {
        fs::write(&path, nothing).unwrap();
        let report = service.expect_rejected("config.yaml");
        assert!(Loader::<super::harness::Config>::new().file(&path).load().is_err(), "{report}");
    }
    fs::write(&path, "{}\n").unwrap();
    service.expect_applied(0);
    service.expect_alive(&path);
}

#[test]
fn row_03_renamed_over() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    for number in 100..110 {
        replace(&path, text(number));
        service.expect_applied(number);
    }
    // vim with a backup: a probe, the old file aside, a new one in its place, the old one away.
    fs::write(dir.join("4913"), "").unwrap();
    fs::remove_file(dir.join("4913")).unwrap();
    service.expect_applied_across(200, || {
        fs::rename(&path, dir.join("config.yaml~")).unwrap();
        fs::write(&path, text(200)).unwrap();
        fs::remove_file(dir.join("config.yaml~")).unwrap();
    });
    // emacs: a lock, the new content beside it, a rename.
    std::os::unix::fs::symlink("me@host.1:1", dir.join(".#config.yaml")).unwrap();
    replace(&path, text(300));
    fs::remove_file(dir.join(".#config.yaml")).unwrap();
    service.expect_applied(300);
    service.expect_alive(&path);
}

#[test]
fn row_04_deleted_and_recreated() {
    let dir = Dir::new();
    let path = dir.write("etc/config.yaml", text(7));
    let service = Service::of(&path);

    service.expect_applied_across(1, || {
        fs::remove_file(&path).unwrap();
        fs::write(&path, text(1)).unwrap();
    });

    // A short while later, and the same with its directory.
    let removals: [fn(&Path) -> std::io::Result<()>; 2] =
        [|path| fs::remove_file(path), |path| fs::remove_dir_all(path.parent().unwrap())];
    for (number, remove) in (2..).zip(removals) {
        service.expect_applied_across(number, || {
            remove(&path).unwrap();
            pause(300);
            dir.write("etc/config.yaml", text(number));
        });
    }

    // Seconds later: it was missing meanwhile, and that is said.
    fs::remove_file(&path).unwrap();
    service.expect_rejected("no such file");
    fs::write(&path, text(4)).unwrap();
    service.expect_applied(4);
    service.expect_alive(&path);
}

#[test]
fn row_11_nothing_that_matters() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    let nothing = |touch: &dyn Fn()| {
        let looks = service.looks();
        touch();
        service.expect_looks(looks + 1);
    };
    let now = SystemTime::now();
    let times = fs::FileTimes::new().set_accessed(now).set_modified(now);
    nothing(&|| fs::File::open(&path).unwrap().set_times(times).unwrap());
    nothing(&|| crate::fixture::mode(&path, 0o640));
    nothing(&|| fs::write(&path, text(7)).unwrap());
    nothing(&|| replace(&path, text(7)));

    fs::write(&path, "# a comment\nnumber: 7\n").unwrap();
    service.expect_unchanged();
    fs::write(&path, "\n'number' :   0x7\n\n").unwrap();
    service.expect_unchanged();
    service.expect_alive(&path);
}

#[test]
fn row_20_there_and_back_again() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(1));
    let service = Service::of(&path);
    fs::write(&path, text(2)).unwrap();
    service.expect_applied(2);
    fs::write(&path, text(1)).unwrap();
    let report = service.expect_applied(1);
    assert_eq!(report.changes().len(), 1);
    // By way of something that is refused.
    fs::write(&path, "number: [").unwrap();
    service.expect_rejected("config.yaml:1");
    fs::write(&path, text(1)).unwrap();
    service.expect_unchanged();
    // Faster than anyone can look.
    for number in (2..50).chain([1]) {
        replace(&path, text(number));
    }
    fs::write(dir.join("config.yaml"), text(1)).unwrap();
    service.until("the end", |status| {
        let number = status.fields.iter().find(|field| field.key.to_string() == "number");
        number.is_some_and(|field| field.effective == Some(1.into()))
    });
    service.reload();
    service.catch_up();
    service.expect_alive(&path);
}

#[test]
fn row_21_own_reads_and_writes() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);
    let before = service.looks();
    for number in 1..=20 {
        service.reload();
        let _ = fs::read(&path).unwrap();
        // What a service writes beside its configuration.
        fs::write(dir.join("audit.log"), text(number)).unwrap();
    }
    assert_eq!(service.looks(), before + 20, "nobody looks but who was asked to");
    service.expect_alive(&path);
    assert_eq!(service.looks(), before + 22, "one look for the change, and one that was asked for");
    assert_eq!(service.status().watching, WatchingState::Active);
}
