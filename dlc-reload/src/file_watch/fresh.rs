//! Files that may still have a writer of whom nobody heard.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::trace::{Interests, leads};

/// Finds the files in these directories, and in those below, that were written within such a time.
///
/// Whoever makes a directory may have begun to write there before it was watched.
pub(crate) fn fresh(
    interests: &Interests,
    made: &HashSet<PathBuf>,
    within: Duration,
) -> Vec<PathBuf> {
    let of_made = |directory: &&PathBuf| made.iter().any(|made| directory.starts_with(made));
    let mut files = Vec::new();
    for directory in interests.keys().filter(of_made) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let entries = entries.filter(|entry| leads(interests, directory, &entry.file_name()));
        files.extend(entries.map(|entry| entry.path()).filter(|path| is_fresh(path, within)));
    }
    files
}

fn is_fresh(path: &Path, within: Duration) -> bool {
    path.symlink_metadata().is_ok_and(|file| {
        // By a clock that was set back it may have been written later than now.
        let age = file.modified().map(|modified| SystemTime::now().duration_since(modified));
        file.is_file() && !age.is_ok_and(|age| age.is_ok_and(|age| age > within))
    })
}
