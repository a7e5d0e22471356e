//! The files that may still have a writer although no event told of one.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::trace::{Interests, leads};

/// Finds the files in new directories, and in those below, that were written within such a time.
///
/// The writer of a new directory may have begun a file in it before the directory was watched.
pub(crate) fn recently_written(
    interests: &Interests,
    new: &HashSet<PathBuf>,
    within: Duration,
) -> Vec<PathBuf> {
    let is_new = |directory: &&PathBuf| new.iter().any(|new| directory.starts_with(new));
    let mut files = Vec::new();
    for directory in interests.keys().filter(is_new) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let is_wanted = |path: &PathBuf| leads(interests, path) && is_recent(path, within);
        files.extend(entries.map(|entry| entry.path()).filter(is_wanted));
    }
    files
}

fn is_recent(path: &Path, within: Duration) -> bool {
    path.symlink_metadata().is_ok_and(|file| {
        // By a clock that was set back it may have been written later than now.
        let age = file.modified().map(|modified| SystemTime::now().duration_since(modified));
        file.is_file() && !age.is_ok_and(|age| age.is_ok_and(|age| age > within))
    })
}
