//! What the files hold and who may change them, as numbers, without understanding any of it.

use std::{
    fs::{self, DirEntry, Metadata},
    hash::{DefaultHasher, Hash, Hasher},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use crate::source::{Watched, is_drop_in, open};

/// What every file and directory held, as one number each.
#[derive(Debug)]
pub(crate) struct Stamp(Vec<(Watched, u64)>);

impl Stamp {
    /// Reads every file and lists every directory. Two stamps are equal as a whole if nothing changed
    /// in between.
    ///
    /// Of what is in a directory, a source reads what it wants. Those files that it names are read
    /// here too; of the others it is seen when they were changed.
    pub(crate) fn of(watched: &[Watched]) -> Self {
        let mut buffer = Vec::new();
        let mut part = |watched: &Watched| {
            let mut hasher = DefaultHasher::new();
            match watched {
                Watched::File(path) => content(path, &mut buffer, &mut hasher),
                Watched::Directory(path) => entries(path, |_| true, &mut hasher),
                Watched::DropIns(path) => entries(path, is_drop_in, &mut hasher),
            }
            (watched.clone(), hasher.finish())
        };
        Self(watched.iter().map(&mut part).collect())
    }

    pub(crate) fn whole(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.iter().for_each(|(_, part)| part.hash(&mut hasher));
        hasher.finish()
    }

    /// The source that holds something else than before, if it is only one. A file comes before the
    /// directory that it is in.
    pub(crate) fn differs_in(&self, before: &Self) -> Option<PathBuf> {
        let of = |files: bool| {
            let other = self.0.iter().filter(|part| !before.0.contains(part));
            let mut paths = other.filter_map(move |(watched, _)| match watched {
                Watched::File(path) => files.then_some(path),
                Watched::Directory(path) | Watched::DropIns(path) => (!files).then_some(path),
            });
            (paths.next(), paths.next())
        };
        match (of(true), of(false)) {
            ((Some(path), None), _) | ((None, _), (Some(path), None)) => Some(path.clone()),
            _ => None,
        }
    }
}

fn content(path: &Path, buffer: &mut Vec<u8>, hasher: &mut DefaultHasher) {
    buffer.clear();
    let read = open(path).and_then(|file| {
        let metadata = file.metadata()?;
        // Reading a pipe or a device may never end.
        if !metadata.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        permissions(&metadata, hasher);
        file.take(MOST).read_to_end(buffer)
    });
    match read {
        Ok(_) => buffer.hash(hasher),
        Err(error) => error.kind().hash(hasher),
    }
}

/// How much of one file is compared.
const MOST: u64 = 64 << 20;

fn entries(path: &Path, matters: impl Fn(&Path) -> bool, hasher: &mut DefaultHasher) {
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut entries: Vec<_> = entries.flatten().collect();
            entries.retain(|entry| matters(Path::new(&entry.file_name())));
            entries.sort_unstable_by_key(DirEntry::file_name);
            for entry in entries {
                entry.file_name().hash(hasher);
                // What a link leads to, and not the link.
                if let Ok(file) = fs::metadata(entry.path())
                    && file.is_file()
                {
                    changed(&file, hasher);
                }
            }
        }
        Err(error) => error.kind().hash(hasher),
    }
}

/// A file that others may change is refused, until they no longer may.
#[cfg(unix)]
fn permissions(file: &Metadata, hasher: &mut DefaultHasher) {
    use std::os::unix::fs::MetadataExt;
    (file.mode(), file.uid(), file.gid()).hash(hasher);
}

#[cfg(not(unix))]
const fn permissions(_: &Metadata, _: &mut DefaultHasher) {}

fn changed(file: &Metadata, hasher: &mut DefaultHasher) {
    (file.len(), file.modified().ok()).hash(hasher);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Unlike the other time, nobody can set this one.
        (file.ino(), file.ctime(), file.ctime_nsec()).hash(hasher);
    }
}
