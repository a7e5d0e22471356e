//! Several writers at once, and writers that are killed.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use dlc_reload::{Observer, audit::Audit};

use super::{lines, log, report, verified};
use crate::{
    fixture::Dir,
    subprocess::{is_alone, passes, this_binary},
};

/// Says where a writer in a process of its own writes.
const PATH: &str = "DLC_RELOAD_TEST_AUDIT";

/// Set where the writer is to begin new files often.
const SIZE: &str = "DLC_RELOAD_TEST_SIZE";

fn path() -> PathBuf {
    std::env::var_os(PATH).unwrap().into()
}

/// Writes for ever, or as often as it is told, and tells each report that is in the log.
#[test]
fn writer() {
    if !is_alone() {
        return;
    }
    let size = std::env::var(SIZE).map_or(1 << 30, |size| size.parse().unwrap());
    let audit = Audit::new(path()).rotate(size, 1_000_000);
    for id in 1.. {
        audit.reported(&report(id));
        println!("wrote {id}");
    }
}

/// Starts a writer.
fn spawn(path: &Path, size: Option<u64>) -> (Child, impl Iterator<Item = u64>) {
    let mut command = this_binary("audit::processes::writer");
    command.env(PATH, path).stdout(Stdio::piped());
    if let Some(size) = size {
        command.env(SIZE, size.to_string());
    }
    let mut child = command.spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test runner writes to the same place, and may have the first of these lines.
    let told = told.filter_map(|line| line.unwrap().rsplit_once("wrote ")?.1.parse().ok());
    (child, told)
}

#[test]
fn two_audits_in_several_threads_do_not_break_the_chain() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let one = log(&dir, 1);
    let size = fs::metadata(one).unwrap().len() * 5;
    let audits = [Audit::new(&path).rotate(size, 1000), Audit::new(&path).rotate(size, 1000)];
    thread::scope(|scope| {
        for writer in 0..4 {
            let audit = &audits[writer % 2];
            scope.spawn(move || (0..25).for_each(|id| audit.reported(&report(id))));
        }
    });
    let found = verified(&path);
    assert_eq!((found.lines, found.first_seq, found.last_seq), (101, 1, 101));
}

#[test]
fn processes_do_not_break_the_chain_of_each_other() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let mut writers: Vec<_> = (0..3).map(|_| spawn(&path, Some(4000))).collect();
    let mut told = 0;
    for (_, reports) in &mut writers {
        told += reports.take(20).count();
    }
    for (mut child, reports) in writers {
        child.kill().unwrap();
        child.wait().unwrap();
        told += reports.count();
    }
    let found = verified(&path);
    assert!(found.lines >= told as u64, "{found}: {told} were told");
    assert_eq!((found.first_seq, found.last_seq), (1, found.lines));
}

/// Each time it is killed in another moment, and the next writer has to find its way.
#[test]
fn a_line_that_was_told_survives_the_kill() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let mut before = 0;
    for round in 0..30 {
        let (mut child, mut reports) = spawn(&path, Some(3000));
        let told = reports.by_ref().take(round % 7 + 1).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let told = reports.last().unwrap_or(told);

        let found = verified(&path);
        assert_eq!((found.first_seq, found.last_seq), (1, found.lines));
        let new = found.lines - before;
        // The one that was not told may have been written all the same.
        assert!(new == told || new == told + 1, "round {round}: {new} of {told}");
        before = found.lines;
    }
}

#[test]
fn a_full_disk_leaves_no_half_line_behind() {
    if is_alone() {
        let path = path();
        let audit = Audit::new(&path);
        (1..=40).for_each(|id| audit.reported(&report(id)));
        return;
    }
    let dir = Dir::new();
    let path = log(&dir, 1);
    let one = fs::metadata(&path).unwrap().len();
    // The limit is counted in blocks of 512 bytes. The system sends a signal that ends the process,
    // unless it is ignored.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
    let binary = this_binary("audit::processes::a_full_disk_leaves_no_half_line_behind");
    command.arg(std::env::current_exe().unwrap()).args(binary.get_args()).env(PATH, &path);
    for (name, value) in binary.get_envs() {
        command.env(name, value.unwrap());
    }
    passes(command);

    let found = verified(&path);
    assert_eq!(found.torn, None, "cut back at once, not by the next writer");
    let length = fs::metadata(&path).unwrap().len();
    assert!(length <= 16 * 1024 && length + one > 8 * 1024, "{length}, of which {one} each");
    let lines = lines(&path);
    assert!(lines.len() < 40, "the limit was reached");
    Audit::new(&path).reported(&report(99));
    assert_eq!(verified(&path).lines, lines.len() as u64 + 1);
}

/// Nobody but root can write into a directory that is read-only.
#[test]
fn a_directory_that_cannot_be_written_is_no_end() {
    use crate::{fixture::mode, subprocess::as_nobody};
    let dir = Dir::new();
    let path = dir.join("closed/audit.jsonl");
    fs::create_dir(dir.join("closed")).unwrap();
    mode(&dir.join("closed"), 0o500);
    if fs::write(dir.join("closed/probe"), "").is_ok() {
        assert!(!is_alone(), "an ordinary user is refused");
        let mut command =
            this_binary("audit::processes::a_directory_that_cannot_be_written_is_no_end");
        as_nobody(&mut command);
        return passes(command);
    }
    let audit = Audit::new(&path);
    audit.reported(&report(1));
    assert!(!path.exists());
    mode(&dir.join("closed"), 0o700);
    audit.reported(&report(2));
    assert_eq!(verified(&path).lines, 2);

    mode(&path, 0o400);
    audit.reported(&report(3));
    assert_eq!(verified(&path).lines, 2, "a file that is read-only stays as it is");
    mode(&path, 0o000);
    let broken = dlc_reload::audit::verify(&path).unwrap_err();
    assert_eq!(
        dir.strip(&broken.to_string()),
        "closed/audit.jsonl: Permission denied (os error 13), let the user of this process read and write the file and its directory"
    );
    mode(&path, 0o600);
    audit.reported(&report(4));
    assert_eq!(verified(&path).lines, 4);
}
