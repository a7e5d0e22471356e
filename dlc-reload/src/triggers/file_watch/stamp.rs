//! Digests of the content and the permissions of files, to notice a change without parsing anything.

use std::{
    fs::{self, DirEntry, Metadata},
    hash::{DefaultHasher, Hash, Hasher},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use crate::source::{Watched, is_drop_in, open};

/// The content of every file and directory at one moment, as one number each.
#[derive(Debug)]
pub(crate) struct Stamp(Vec<(Watched, u64)>);

impl Stamp {
    /// Reads every file and lists every directory. Two stamps have the same digest if nothing changed
    /// in between.
    ///
    /// A source reads what it wants of a directory. The files that it names are read here too; of the
    /// others the time of the last change is taken.
    pub(crate) fn of(watched: &[Watched]) -> Self {
        let mut buffer = Vec::new();
        let mut part = |watched: &Watched| {
            let mut hasher = DefaultHasher::new();
            match watched {
                Watched::File(path) => hash_file(path, &mut buffer, &mut hasher),
                Watched::Directory(path) => hash_directory(path, |_| true, &mut hasher),
                Watched::DropIns(path) => hash_directory(path, is_drop_in, &mut hasher),
            }
            (watched.clone(), hasher.finish())
        };
        Self(watched.iter().map(&mut part).collect())
    }

    /// Returns one number for all of it.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.iter().for_each(|(_, part)| part.hash(&mut hasher));
        hasher.finish()
    }

    /// Returns the source whose content is not what it was before, if it is only one. A file comes
    /// before the directory that it is in.
    pub(crate) fn changed_source(&self, before: &Self) -> Option<PathBuf> {
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

fn hash_file(path: &Path, buffer: &mut Vec<u8>, hasher: &mut DefaultHasher) {
    buffer.clear();
    let read = open(path).and_then(|file| {
        let metadata = file.metadata()?;
        // Reading a pipe or a device may never end.
        if !metadata.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        hash_permissions(&metadata, hasher);
        file.take(MAX_COMPARED).read_to_end(buffer)
    });
    match read {
        Ok(_) => buffer.hash(hasher),
        Err(error) => error.kind().hash(hasher),
    }
}

/// The number of bytes of one file that are compared.
const MAX_COMPARED: u64 = 64 << 20;

fn hash_directory(path: &Path, matters: impl Fn(&Path) -> bool, hasher: &mut DefaultHasher) {
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut entries: Vec<_> = entries.flatten().collect();
            entries.retain(|entry| matters(Path::new(&entry.file_name())));
            entries.sort_unstable_by_key(DirEntry::file_name);
            for entry in entries {
                entry.file_name().hash(hasher);
                // The file that a link leads to, and not the link.
                if let Ok(file) = fs::metadata(entry.path())
                    && file.is_file()
                {
                    hash_last_change(&file, hasher);
                }
            }
        }
        Err(error) => error.kind().hash(hasher),
    }
}

/// Hashes the permissions: a file that others may change is refused, until they no longer may.
#[cfg(unix)]
fn hash_permissions(file: &Metadata, hasher: &mut DefaultHasher) {
    use std::os::unix::fs::MetadataExt;
    (file.mode(), file.uid(), file.gid()).hash(hasher);
}

#[cfg(not(unix))]
const fn hash_permissions(_: &Metadata, _: &mut DefaultHasher) {}

fn hash_last_change(file: &Metadata, hasher: &mut DefaultHasher) {
    (file.len(), file.modified().ok()).hash(hasher);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Unlike the other time, this one cannot be set.
        (file.ino(), file.ctime(), file.ctime_nsec()).hash(hasher);
    }
}
