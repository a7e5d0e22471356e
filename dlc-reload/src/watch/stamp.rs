//! What the files hold, as one number, without understanding any of it.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::{ErrorKind, Read},
    path::Path,
};

use crate::source::Watched;

/// Reads every file and lists every directory. Two stamps are equal if nothing changed in between.
pub(crate) fn stamp(watched: &[Watched]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut buffer = Vec::new();
    for watched in watched {
        match watched {
            Watched::File(path) => content(path, &mut buffer, &mut hasher),
            Watched::Directory(path) => names(path, &mut hasher),
        }
    }
    hasher.finish()
}

fn content(path: &Path, buffer: &mut Vec<u8>, hasher: &mut DefaultHasher) {
    buffer.clear();
    // A pipe would block the opening, so what is no file is not opened.
    let read = fs::metadata(path).and_then(|metadata| {
        if !metadata.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        File::open(path)?.take(MOST).read_to_end(buffer)
    });
    match read {
        Ok(_) => buffer.hash(hasher),
        Err(error) => error.kind().hash(hasher),
    }
}

/// How much of one file is compared.
const MOST: u64 = 64 << 20;

fn names(path: &Path, hasher: &mut DefaultHasher) {
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
            names.sort_unstable();
            names.hash(hasher);
        }
        Err(error) => error.kind().hash(hasher),
    }
}
