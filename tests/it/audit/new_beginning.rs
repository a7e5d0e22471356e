//! Audit logs whose end is gone although the lock file beside them knows it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_reload::{
    Observer,
    audit::{self, Audit, Damage},
};
use serde_json::Value;

use super::{findings, ids, lines, log, report, verified};
use crate::{fixture::Dir, log_lines::Lines};

fn lock(path: &Path) -> PathBuf {
    path.with_file_name("audit.jsonl.lock")
}

/// The damage that the last line of the log is gone.
fn gone(last: &Value) -> Damage {
    let hash = last["hash"].as_str().unwrap().to_owned();
    Damage::Gone { seq: last["seq"].as_u64().unwrap(), hash }
}

#[test]
fn a_log_that_begins_anew_says_so_once_in_its_next_line() {
    type Harm = fn(&Path);
    // A name, the harm, and the number of the line that follows.
    let cases: [(&str, Harm, u64); 4] = [
        ("deleted", |path| fs::remove_file(path).unwrap(), 1),
        ("truncated", |path| fs::write(path, "").unwrap(), 1),
        (
            "replaced by an older copy",
            |path| fs::copy(path.with_extension("copy"), path).map(drop).unwrap(),
            3,
        ),
        (
            "cut off in a line",
            |path| {
                let text = fs::read(path).unwrap();
                fs::write(path, &text[..text.len() - 9]).unwrap();
            },
            5,
        ),
    ];
    for (name, harm, seq) in cases {
        let dir = Dir::new();
        let path = log(&dir, 2);
        fs::copy(&path, dir.join("audit.copy")).unwrap();
        let audit = Audit::new(&path);
        (3..=5).for_each(|id| audit.reported(&report(id)));
        let last = lines(&path).pop().unwrap();
        harm(&path);
        assert_eq!(findings(&path), [(seq, gone(&last))], "{name}: before the next line");

        let log = Lines::default();
        // By the next process.
        let audit = Audit::new(&path);
        log.hear(|| (6..=7).for_each(|id| audit.reported(&report(id))));
        let said = log.take();
        assert_eq!(said.len(), 1, "{name}: {said:?}");
        let hash = last["hash"].as_str().unwrap();
        assert!(said[0].starts_with("ERROR the audit had another end, which is gone"), "{said:?}");
        assert!(said[0].contains(" seq=5 ") && said[0].contains(hash), "{said:?}");

        let written = lines(&path);
        let [.., first, second] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!(first["seq"], seq, "{name}");
        assert_eq!(first["gone"], serde_json::json!({"seq": 5, "hash": hash}), "{name}");
        assert_eq!(second.get("gone"), None, "{name}");
        assert_eq!(findings(&path), [(seq, gone(&last))], "{name}: it stays in the log");
        let place = dir.strip(&audit::verify(&path).unwrap_err().to_string());
        assert!(
            place.starts_with(&format!("audit.jsonl:{seq}: line 5 of the chain, with")),
            "{place}"
        );
    }
}

#[test]
fn another_log_in_place_of_the_known_one_is_no_continuation() {
    let (dir, other) = (Dir::new(), Dir::new());
    let path = log(&dir, 3);
    let last = lines(&path).pop().unwrap();
    // It is longer, and well made.
    let theirs = other.join("audit.jsonl");
    let audit = Audit::new(&theirs);
    (11..=15).for_each(|id| audit.reported(&report(id)));
    fs::copy(theirs, &path).unwrap();
    assert_eq!(findings(&path), [(3, gone(&last))]);
    Audit::new(&path).reported(&report(4));
    assert_eq!(lines(&path)[5]["gone"]["seq"], 3);
    assert_eq!(findings(&path), [(6, gone(&last))]);
}

#[test]
fn rotation_is_no_new_beginning() {
    for keep in [0, 1, 9] {
        let dir = Dir::new();
        let path = dir.join("audit.jsonl");
        let log = Lines::default();
        log.hear(|| {
            // Another process each time.
            (1..=9).for_each(|id| Audit::new(&path).rotate(10, keep).reported(&report(id)));
        });
        assert_eq!(log.take(), Vec::<String>::new());
        assert_eq!(verified(&path).last_seq, 9);
        assert_eq!((ids(&path), lines(&path)[0].get("gone")), (vec![9], None));
    }
}

#[test]
fn the_newest_file_that_is_gone_is_noticed_beside_rotated_ones() {
    let dir = Dir::new();
    let path = dir.join("audit.jsonl");
    let audit = Audit::new(&path).rotate(10, 9);
    (1..=4).for_each(|id| audit.reported(&report(id)));
    let last = lines(&path).pop().unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(findings(&path), [(1, gone(&last))]);
    audit.reported(&report(5));
    let first = &lines(&path)[0];
    assert_eq!((&first["seq"], &first["gone"]["seq"]), (&4.into(), &4.into()));
    assert_eq!(findings(&path), [(1, gone(&last))]);
}

#[test]
fn a_lock_file_that_knows_nothing_raises_no_alarm_and_learns_anew() {
    let contents: [&[u8]; 5] = [b"", b"{\"seq\":3", b"something else\n", b"\xff\xfe", &[0; 86]];
    for content in contents.map(Some).into_iter().chain([None]) {
        let dir = Dir::new();
        let path = log(&dir, 2);
        match content {
            Some(content) => fs::write(lock(&path), content).unwrap(),
            None => fs::remove_file(lock(&path)).unwrap(),
        }
        assert_eq!(verified(&path).lines, 2, "{content:?}");
        let log = Lines::default();
        log.hear(|| Audit::new(&path).reported(&report(3)));
        assert_eq!(log.take(), Vec::<String>::new(), "{content:?}");
        assert_eq!(verified(&path).lines, 3, "{content:?}");

        // From here on it knows the last line again.
        let last = lines(&path).pop().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(findings(&path), [(1, gone(&last))], "{content:?}");
    }
}

#[test]
fn a_note_that_is_older_than_the_last_line_raises_no_alarm() {
    let dir = Dir::new();
    let path = log(&dir, 2);
    let note = fs::read(lock(&path)).unwrap();
    let audit = Audit::new(&path);
    (3..=9).for_each(|id| audit.reported(&report(id)));
    // The power failed, or an earlier version of the library went on, which leaves no notes.
    fs::write(lock(&path), note).unwrap();
    assert_eq!(verified(&path).lines, 9);
    audit.reported(&report(10));
    assert_eq!(verified(&path).lines, 10);
}
