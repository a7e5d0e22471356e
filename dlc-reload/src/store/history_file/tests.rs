//! A file that was cut at any byte.

#![allow(unused_qualifications, reason = "the derive names this very crate by a path")]

use std::fs;

use serde::{Deserialize, Serialize};

use super::*;
use crate::{Loader, Reloadable};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(crate = crate)]
struct Config {
    #[reload(restart)]
    motd: String,
}

#[test]
fn a_file_cut_at_any_byte_opens_with_all_whole_lines() {
    let folder = std::env::temp_dir().join(format!("dlc-reload-cut-{}", std::process::id()));
    // The leftover of a process that had the same number.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("history.jsonl");
    let permissions = Permissions::default();
    let open = || HistoryFile::open(path.clone(), Retention::default(), &permissions).unwrap();

    let boot = Loader::<Config>::new().text("yaml", "motd: \"é\"").load().unwrap();
    let (mut file, past) = open();
    assert_eq!((past.entries.len(), past.last), (0, None));
    for generation in 1..=3 {
        let document = Archive::of(boot.first.document(), boot.sources.shape);
        file.append(Generation(generation), boot.first.accepted_at(), None, None, document)
            .unwrap();
    }

    let whole = fs::read(&path).unwrap();
    assert!(crate::durable::is_kept(&whole), "it is no drop-in");
    let is_end = |byte: &&u8| **byte == b'\n';
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (file, past) = open();
        let lines = whole[..length].iter().filter(is_end).count();
        let torn = length > 0 && whole[length - 1] != b'\n';
        assert_eq!(past.entries.len(), lines, "cut to {length} bytes");
        assert_eq!(
            past.last.map_or(0, |last| last.0),
            (lines + usize::from(torn)) as u64,
            "cut to {length} bytes"
        );
        assert_eq!(file.lines, lines);
    }
    fs::remove_dir_all(&folder).unwrap();
}
