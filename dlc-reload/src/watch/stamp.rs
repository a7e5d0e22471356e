//! What the files hold, as one number, without understanding any of it.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{ErrorKind, Read},
    path::Path,
};

use crate::source::{Watched, is_drop_in, open};

/// Reads every file and lists every directory. Two stamps are equal if nothing changed in between.
pub(crate) fn stamp(watched: &[Watched]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut buffer = Vec::new();
    for watched in watched {
        match watched {
            Watched::File(path) => content(path, &mut buffer, &mut hasher),
            Watched::Directory(path) => names(path, |_| true, &mut hasher),
            Watched::DropIns(path) => names(path, is_drop_in, &mut hasher),
        }
    }
    hasher.finish()
}

fn content(path: &Path, buffer: &mut Vec<u8>, hasher: &mut DefaultHasher) {
    buffer.clear();
    let read = open(path).and_then(|file| {
        // Reading a pipe or a device may never end.
        if !file.metadata()?.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        file.take(MOST).read_to_end(buffer)
    });
    match read {
        Ok(_) => buffer.hash(hasher),
        Err(error) => error.kind().hash(hasher),
    }
}

/// How much of one file is compared.
const MOST: u64 = 64 << 20;

fn names(path: &Path, matters: impl Fn(&Path) -> bool, hasher: &mut DefaultHasher) {
    match fs::read_dir(path) {
        Ok(entries) => {
            let names = entries.flatten().map(|entry| entry.file_name());
            let mut names: Vec<_> = names.filter(|name| matters(Path::new(name))).collect();
            names.sort_unstable();
            names.hash(hasher);
        }
        Err(error) => error.kind().hash(hasher),
    }
}
