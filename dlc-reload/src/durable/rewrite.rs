//! The replacement of a file that belongs to somebody else than this library.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{Failure, open};

/// Puts this content into the file at `path`, which always holds either the old content or the new. Unlike
/// [`replace`](super::replace), it follows links, and leaves the permissions and the owner as they are; a new file is
/// readable as the user's files are.
///
/// # Errors
///
/// A failure with the path. The file is the old one then, unless only its directory could not be synced.
pub(crate) fn rewrite(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let target = target(path).map_err(Failure::at(path))?;
    open::refuse_irregular(&target)?;
    let kept = target.metadata().ok();
    let beside = beside(&target);
    let finished =
        written(&beside, content, kept.as_ref()).and_then(|()| fs::rename(&beside, &target));
    if let Err(error) = finished {
        // It may be that it was never there.
        _ = fs::remove_file(&beside);
        return Err(Failure::at(path)(error));
    }
    open::sync_directory(&target)
}

/// Returns the file to which the links of a path lead. One that leads nowhere is an error: it is not known what was
/// meant.
fn target(path: &Path) -> io::Result<PathBuf> {
    match path.symlink_metadata() {
        Ok(_) => path.canonicalize(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// Returns a path in the same directory, which is nobody else's and no drop-in.
fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    target.with_file_name(name)
}

fn written(path: &Path, content: &[u8], kept: Option<&Metadata>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if kept.is_some() {
        // Until it has the permissions of the old one.
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(content)?;
    if let Some(kept) = kept {
        keep_owner(&file, kept)?;
        file.set_permissions(kept.permissions())?;
    }
    file.sync_all()
}

/// Gives a file the owner and the group of the one that it replaces.
#[cfg(unix)]
fn keep_owner(file: &File, kept: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (kept.uid(), kept.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(kept.uid()), Some(kept.gid()))
}

/// Does nothing: elsewhere a new file has the owner that its directory gives it.
#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("dlc-reload-{name}-{}", std::process::id()));
            _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(folder.join("below")).unwrap();
            Self(folder.canonicalize().unwrap())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_link_stays_one_and_the_file_keeps_its_permissions_and_owner() {
        let folder = Folder::new("rewrite");
        let (file, link) = (folder.0.join("below/real.yaml"), folder.0.join("link.yaml"));
        fs::write(&file, "old").unwrap();
        symlink("below/real.yaml", &link).unwrap();
        for mode in [0o640, 0o400, 0o777] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let before = file.metadata().unwrap();
            rewrite(&link, b"new").unwrap();
            let after = file.metadata().unwrap();
            assert!(link.symlink_metadata().unwrap().is_symlink());
            assert_eq!(fs::read(&file).unwrap(), b"new");
            assert_eq!(after.permissions().mode() & 0o7777, mode);
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
            assert_ne!(
                after.ino(),
                before.ino(),
                "written in place, so that a crash would tear it"
            );
            assert_eq!(fs::read_dir(folder.0.join("below")).unwrap().count(), 1);
        }
    }

    #[test]
    fn the_file_of_another_user_stays_his() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = Folder::new("owned");
        let file = folder.0.join("config.yaml");
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::chown(&file, Some(1234), Some(2345)).unwrap();
        rewrite(&file, b"new").unwrap();
        let after = file.metadata().unwrap();
        assert_eq!((after.uid(), after.gid()), (1234, 2345));
    }

    #[test]
    fn a_new_file_is_readable_and_a_link_to_nothing_is_refused() {
        let folder = Folder::new("fresh");
        let (file, link) = (folder.0.join("schema.json"), folder.0.join("link"));
        rewrite(&file, b"{}").unwrap();
        let probe = folder.0.join("probe");
        fs::write(&probe, "").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&probe));

        symlink("gone", &link).unwrap();
        assert!(rewrite(&link, b"x").is_err());
        assert!(rewrite(&folder.0.join("below"), b"x").is_err(), "a directory was replaced");
        assert!(!folder.0.join("gone").exists());
        let left = fs::read_dir(&folder.0).unwrap().count();
        assert_eq!(left, 4, "something is left over");
    }
}
