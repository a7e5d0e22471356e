//! Damage to the audit log, by edits from outside and by crashes.

use std::{fs, path::Path};

use dlc_reload::{
    Observer,
    audit::{self, Audit, Damage},
};

use super::{findings, ids, lines, log, report, texts, verified};
use crate::fixture::Dir;

fn write(path: &Path, lines: &[String]) {
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn every_bit_that_flips_in_a_line_is_found_in_that_line() {
    let dir = Dir::new();
    let path = log(&dir, 3);
    let whole = fs::read(&path).unwrap();
    let texts = texts(&path);
    let start = texts[0].len() + 1;
    // The end of the line is a part of it.
    for at in start..=start + texts[1].len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            fs::write(&path, &changed).unwrap();
            let found = findings(&path);
            assert_eq!(found[0].0, 2, "bit {bit} of byte {at}: {found:?}");
            assert!(matches!(found[0].1, Damage::Edited | Damage::NotJson), "{found:?}");
        }
    }
}

#[test]
fn a_line_that_is_removed_moved_or_inserted_is_found() {
    let dir = Dir::new();
    let path = log(&dir, 5);
    let whole = texts(&path);
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        write(&path, &lines);
        findings(&path)
    };
    let removed = |first, last| Damage::Removed { first, last };
    let misplaced = |seq| Damage::Misplaced { seq };
    assert_eq!(changed(&|lines| drop(lines.remove(2))), [(3, removed(3, 3))]);
    assert_eq!(changed(&|lines| drop(lines.drain(1..4))), [(2, removed(2, 4))]);
    assert_eq!(changed(&|lines| lines.swap(1, 2)), [(2, removed(2, 2)), (3, misplaced(2))]);
    assert_eq!(changed(&|lines| lines.insert(4, lines[1].clone())), [(5, misplaced(2))]);
    assert_eq!(changed(&|lines| lines.insert(1, "{}".into())), [(2, Damage::Edited)]);
    assert_eq!(changed(&|lines| lines.insert(1, String::new())), [(2, Damage::NotJson)]);

    let broken = audit::verify(&path).unwrap_err();
    let told = dir.strip(&broken.to_string());
    assert_eq!(told, "audit.jsonl:2: not JSON, the line was edited or inserted");
}

#[test]
fn an_end_that_was_cut_off_is_found_by_the_hash_that_was_noted() {
    let dir = Dir::new();
    let path = log(&dir, 4);
    let noted = verified(&path).last_hash;
    let mut lines = texts(&path);
    lines.truncate(2);
    write(&path, &lines);
    fs::remove_file(dir.join("audit.jsonl.lock")).unwrap();
    // The chain itself cannot know.
    assert_ne!(verified(&path).last_hash, noted);
    assert!(!fs::read_to_string(&path).unwrap().contains(&noted));
}

#[test]
fn wherever_a_crash_cuts_the_file_only_the_torn_line_is_gone() {
    let dir = Dir::new();
    let (path, lock) = (dir.join("audit.jsonl"), dir.join("audit.jsonl.lock"));
    let audit = Audit::new(&path);
    // The lock file knows a line once it is finished.
    let mut locks = vec![String::new()];
    for id in 1..=3 {
        audit.reported(&report(id));
        locks.push(fs::read_to_string(&lock).unwrap());
    }
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let finished = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        // The crash came before or after that, where a line has just been finished.
        fs::write(&lock, &locks[finished.saturating_sub(length % 2)]).unwrap();
        let is_torn = length > 0 && whole[length - 1] != b'\n';

        let found = verified(&path);
        assert_eq!(found.lines, finished as u64, "cut at {length}");
        let torn = is_torn.then(|| (path.clone(), finished as u64 + 1));
        assert_eq!(found.torn, torn, "a torn line is told, and is no damage");

        Audit::new(&path).reported(&report(9));
        let mut expected = [1, 2, 3][..finished].to_vec();
        expected.push(9);
        assert_eq!(ids(&path), expected, "cut at {length}");
        let found = verified(&path);
        assert_eq!((found.lines, found.last_seq), (finished as u64 + 1, finished as u64 + 1));
        assert_eq!(found.torn, None);
    }
}

#[test]
fn the_log_goes_on_after_a_last_line_that_somebody_damaged() {
    for damaged in ["no JSON", "{\"seq\":77}", "", "\u{0}\u{0}\u{0}"] {
        let dir = Dir::new();
        let path = log(&dir, 3);
        let mut before = texts(&path);
        before[2] = damaged.to_owned();
        write(&path, &before);

        let audit = Audit::new(&path);
        (4..=6).for_each(|id| audit.reported(&report(id)));
        let after = texts(&path);
        assert_eq!(after[..3], before, "what was found stays as it is");
        let expected = if damaged.starts_with('{') { Damage::Edited } else { Damage::NotJson };
        assert_eq!(findings(&path), [(3, expected)], "{damaged:?}: nothing else is wrong");
        let last: serde_json::Value = serde_json::from_str(&after[5]).unwrap();
        assert_eq!(last["seq"], 6);
    }
}

#[test]
fn a_file_that_was_something_else_is_continued_and_never_verified() {
    let dir = Dir::new();
    let path = dir.write("audit.jsonl", "one\ntwo\n");
    Audit::new(&path).reported(&report(1));
    assert_eq!(findings(&path), [(1, Damage::NotJson), (2, Damage::NotJson)]);
    assert!(fs::read_to_string(&path).unwrap().starts_with("one\ntwo\n{\"seq\":3,"));
}

#[test]
fn nothing_is_cut_off_that_the_log_has_not_written() {
    for foreign in ["precious", "{\"port\": 80}", "{\"seq\"=", "one\ntwo"] {
        let dir = Dir::new();
        let path = dir.write("audit.jsonl", foreign);
        Audit::new(&path).reported(&report(1));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&format!("{foreign}\n{{\"seq\":")), "{text}");
        assert_eq!(findings(&path).len(), foreign.lines().count());
    }
    // What a failure of the power leaves where a line was being written.
    let dir = Dir::new();
    let path = log(&dir, 1);
    let mut whole = fs::read(&path).unwrap();
    whole.extend([0; 100]);
    fs::write(&path, whole).unwrap();
    Audit::new(&path).reported(&report(2));
    assert_eq!((ids(&path), verified(&path).lines), (vec![1, 2], 2));
}

#[test]
fn a_log_that_is_not_there_is_not_verified() {
    let dir = Dir::new();
    let broken = audit::verify(dir.join("audit.jsonl")).unwrap_err();
    assert!(broken.is_unreadable());
    assert_eq!(dir.strip(&broken.to_string()), "audit.jsonl: no such file, check the path");
    assert!(audit::verify(dir.join("gone/audit.jsonl")).unwrap_err().is_unreadable());

    let empty = verified(&dir.write("empty.jsonl", ""));
    assert_eq!((empty.lines, empty.first_seq, empty.last_seq), (0, 0, 0));
}

#[test]
fn looking_at_a_log_leaves_nothing_behind() {
    let dir = Dir::new();
    let path = log(&dir, 2);
    let copy = dir.write("copy/audit.jsonl", fs::read(&path).unwrap());
    assert_eq!(verified(&copy).lines, 2);
    assert_eq!(fs::read_dir(dir.join("copy")).unwrap().count(), 1, "not even a lock");
    assert_eq!(lines(&copy), lines(&path));
}
