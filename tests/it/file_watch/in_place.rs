//! Files that are overwritten without being cut off first, and files that are only cut off.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::Path,
    process::Command,
    time::Duration,
};

use dlc_reload::{Loader, TriggerKind};

use super::harness::{Service, hang_up, sleeps_now, text};
use crate::{
    fixture::Dir,
    subprocess::{is_alone, passes, switches, this_binary},
};

/// Overwrites the beginning of a file, as `dd conv=notrunc` does, and pauses after each chunk.
fn overwrite(path: &Path, chunks: &[&str], millis: u64) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    for chunk in chunks {
        file.write_all(chunk.as_bytes()).unwrap();
        pause(millis);
    }
}

/// The pause of a writer: it is the fault itself.
fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
fn row_01_overwritten_in_place() {
    const BEFORE: &str = "number: 7\n# what may stay\n";
    let dir = Dir::new();
    let path = dir.write("config.yaml", BEFORE);
    let service = Service::of(&path);
    let cases: &[(&[&str], u64)] = &[
        // Shorter, so that the end of the old content stays.
        (&["number: 81\n#"], 81),
        // After the second chunk it is a whole configuration.
        (&["number: ", "2", "3", "\n# "], 23),
        // Longer, and whole after the first chunk.
        (&["number: 4", "56\n", "text: ", "the whole of it\n", "# and some more\n"], 456),
    ];
    for (chunks, number) in cases {
        for millis in [0, 40] {
            overwrite(&path, chunks, millis);
            service.expect_applied(*number);
            fs::write(&path, BEFORE).unwrap();
            service.expect_applied(7);
        }
    }
    service.expect_alive(&path);
}

#[test]
fn row_01_cut_off_and_written_again_while_it_is_open() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::of(&path);

    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all(b"number: 123456\n").unwrap();
    // Each length is that of a whole configuration.
    for digits in [5, 2, 1] {
        file.set_len(8 + digits).unwrap();
        pause(40);
    }
    file.set_len(0).unwrap();
    pause(40);
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(b"number: 77\n").unwrap();
    drop(file);
    service.expect_applied(77);

    // And left so.
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(9).unwrap();
    service.expect_applied(7);
    service.expect_alive(&path);
}

/// The thread that hears signals, by the 15 letters that the kernel shows.
const SIGNALS: &str = "dlc-reload-sign";

#[test]
fn row_01_signal_while_it_is_written() {
    // A signal is for the whole process.
    if !is_alone() {
        return passes(this_binary("file_watch::in_place::row_01_signal_while_it_is_written"));
    }
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let service = Service::start_with(Loader::new().file(&path), |builder| builder.signals(true));
    let hang_up = || {
        service.until("it waits for signals", |_| sleeps_now(SIGNALS));
        let before = switches(SIGNALS);
        hang_up();
        service.until("it has passed the signal on", |_| switches(SIGNALS) > before);
        // The look that is under way reads up to eight times, and what follows is for the signal.
        service.expect_looks(service.looks() + 9);
    };
    // What is written so far is a whole configuration.
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"number: 4").unwrap();
    hang_up();
    pause(300);
    hang_up();
    file.write_all(b"56\n").unwrap();
    pause(300);
    drop(file);
    // Once, by whatever trigger.
    service.expect_applied_by(TriggerKind::Signal, 456);
    service.expect_alive(&path);
}

#[test]
fn row_01_cut_off_by_its_path() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", "number: 123456\n");
    let service = Service::of(&path);
    // The file is not opened for it, so it is not closed either.
    let cut =
        Command::new("perl").args(["-e", "truncate($ARGV[0], 10) or die $!"]).arg(&path).status();
    if !cut.is_ok_and(|status| status.success()) {
        return println!("skipped: there is no `perl` here, and no other safe way to do it");
    }
    service.expect_applied(12);
    service.expect_alive(&path);
}
