//! Rotation of the audit log: numbered old files beside the current one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_reload::{
    Observer,
    audit::{self, Audit, Damage},
};

use super::{findings, ids, log, report, texts, verified};
use crate::fixture::Dir;

/// The rotated files, the oldest first.
fn rotated(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut found: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|entry| {
            let entry = entry.file_name().unwrap().to_str().unwrap();
            entry.starts_with(name) && entry.ends_with(|last: char| last.is_ascii_digit())
        })
        .collect();
    found.sort();
    found
}

/// The numbers of the reports in all files.
fn all_ids(path: &Path) -> Vec<u64> {
    rotated(path).iter().map(PathBuf::as_path).chain([path]).flat_map(ids).collect()
}

#[test]
fn rotation_neither_loses_nor_tears_a_line() {
    let dir = Dir::new();
    let path = log(&dir, 1);
    let one = fs::metadata(&path).unwrap().len();
    let most = one * 7 / 2;
    let audit = Audit::new(&path).rotate(most, 1000);
    (2..=400).for_each(|id| audit.reported(&report(id)));

    assert_eq!(all_ids(&path), (1..=400).collect::<Vec<_>>());
    let found = verified(&path);
    assert_eq!((found.lines, found.first_seq, found.last_seq), (400, 1, 400));
    let files = rotated(&path);
    assert!(files.len() >= 400 / 3, "{}", files.len());
    for (number, file) in (1..).zip(&files) {
        assert_eq!(*file, dir.join(&format!("audit.jsonl.{number:06}")));
        let length = fs::metadata(file).unwrap().len();
        assert!(length <= most && length > most / 2, "{length}");
    }
}

#[test]
fn the_oldest_files_are_deleted_and_the_rest_is_verified() {
    for keep in [0, 1, 3] {
        let dir = Dir::new();
        let path = dir.join("audit.jsonl");
        // Every line is longer than this, and has a file of its own.
        let audit = Audit::new(&path).rotate(10, keep);
        (1..=20).for_each(|id| audit.reported(&report(id)));
        assert_eq!(rotated(&path).len(), keep);
        let found = verified(&path);
        assert_eq!((found.lines, found.last_seq), (keep as u64 + 1, 20));
        assert_eq!(found.first_seq, 20 - keep as u64);
    }
}

#[test]
fn a_rotation_that_was_interrupted_is_taken_up() {
    type Interrupt = fn(&Path);
    let states: [(&str, Interrupt); 4] = [
        ("renamed", |path| fs::rename(path, path.with_file_name("audit.jsonl.000001")).unwrap()),
        ("begun", |path| {
            fs::rename(path, path.with_file_name("audit.jsonl.000001")).unwrap();
            fs::write(path, "").unwrap();
        }),
        ("torn", |path| {
            fs::rename(path, path.with_file_name("audit.jsonl.000001")).unwrap();
            fs::write(path, "{\"seq\":4,\"prev").unwrap();
        }),
        ("twice", |path| {
            fs::rename(path, path.with_file_name("audit.jsonl.000001")).unwrap();
            fs::write(path.with_file_name("audit.jsonl.000002"), "").unwrap();
        }),
    ];
    for (name, interrupt) in states {
        let dir = Dir::new();
        let path = log(&dir, 3);
        interrupt(&path);
        assert_eq!(verified(&path).last_seq, 3, "{name}");
        let audit = Audit::new(&path).rotate(10, 9);
        (4..=5).for_each(|id| audit.reported(&report(id)));
        assert_eq!(all_ids(&path), [1, 2, 3, 4, 5], "{name}");
        assert_eq!(verified(&path).last_seq, 5, "{name}");
    }
}

#[test]
fn a_rotated_file_that_is_gone_or_changed_is_found() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let audit = Audit::new(&path).rotate(10, 9);
    (1..=6).for_each(|id| audit.reported(&report(id)));
    let second = dir.join("audit.jsonl.000002");
    let content = fs::read_to_string(&second).unwrap();

    fs::write(&second, content.replace("\"id\":2", "\"id\":3")).unwrap();
    let broken = audit::verify(&path).unwrap_err();
    assert_eq!(
        dir.strip(&broken.to_string()),
        "audit.jsonl.000002:1: the line was edited, its text does not match its hash"
    );
    fs::remove_file(&second).unwrap();
    let broken = audit::verify(&path).unwrap_err();
    assert_eq!(
        dir.strip(&broken.to_string()),
        "audit.jsonl.000003:1: line 2 of the chain was removed before this one"
    );
    // Cut short, as only somebody from outside does it to a file that is finished.
    fs::write(&second, &content[..content.len() - 5]).unwrap();
    assert_eq!(findings(&path), [(1, Damage::Removed { first: 2, last: 2 })]);
}

#[test]
fn numbers_go_on_after_the_highest_and_other_names_do_not_count() {
    let dir = Dir::new();
    let path = log(&dir, 2);
    fs::rename(&path, dir.join("audit.jsonl.000041")).unwrap();
    for name in ["audit.jsonl.000050.gz", "audit.jsonl.7", "audit.jsonl.bak", "other.jsonl.000099"]
    {
        dir.write(name, "not of this log");
    }
    let audit = Audit::new(&path).rotate(10, 9);
    (3..=4).for_each(|id| audit.reported(&report(id)));
    assert_eq!(ids(&dir.join("audit.jsonl.000042")), [3]);
    assert_eq!(ids(&path), [4]);
    assert_eq!(verified(&path).lines, 4);
}

#[test]
fn no_rotated_file_is_ever_written_over() {
    let dir = Dir::new();
    let path = log(&dir, 1);
    let last = dir.write(&format!("audit.jsonl.{}", u64::MAX), "precious\n");
    Audit::new(&path).rotate(10, 9).reported(&report(2));
    assert_eq!(fs::read_to_string(last).unwrap(), "precious\n");
    assert_eq!(texts(&path).len(), 1, "it waits until somebody renames that file");
}
