//! Replacing a whole file, so that it always holds either what it held or what it is to hold.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Puts a file with this content in the place of the one at `path`, readable by nobody else.
///
/// The content is written beside it first, under the same name with `.new` behind it. That name is
/// always the same, so that a process that is killed leaves no more than one such file.
///
/// # Errors
///
/// What went wrong, with the path. The file at `path` is the old one then.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    written(&beside, content).and_then(|()| {
        fs::rename(&beside, path).map_err(|error| named("cannot replace", path, &error))
    })?;
    sync_directory(path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    PathBuf::from(name)
}

fn written(path: &Path, content: &[u8]) -> io::Result<()> {
    let failed = |error: io::Error| named("cannot write", path, &error);
    // A file that was left over, or a link that someone put there: it is not written through.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = private().open(path).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    if is_at(&file, path) {
        Ok(())
    } else {
        let error = io::Error::other("another process writes it too, give each its own file");
        Err(failed(error))
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether the file is still the one at the path; another process may have put its own there.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(written), Ok(there)) => identity(written) == identity(there),
        _ => false,
    }
}

#[cfg(not(unix))]
const fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Makes the new name last: without this, a crash of the machine may bring the old file back.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| named("cannot sync the directory of", path, &error))
}

#[cfg(not(unix))]
const fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn named(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("dlc-reload-{name}-{}", std::process::id()));
            _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = Folder::new("whole");
        let path = folder.0.join("kept");
        replace(&path, b"one, which is longer").unwrap();
        // What a process left that was killed while it wrote.
        fs::write(folder.0.join("kept.new"), "ha").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(folder.names(), ["kept"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it_and_a_planted_link_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new("private");
        let (path, victim) = (folder.0.join("kept"), folder.0.join("victim"));
        fs::write(&victim, "mine").unwrap();
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        symlink(&victim, folder.0.join("kept.new")).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!path.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn what_goes_wrong_names_the_path_and_leaves_the_old_file() {
        let folder = Folder::new("wrong");
        let path = folder.0.join("gone").join("kept");
        let error = replace(&path, b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");

        let path = folder.0.join("kept");
        replace(&path, b"old").unwrap();
        fs::create_dir(folder.0.join("kept.new")).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}
