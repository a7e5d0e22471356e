//! The replacement of a whole file, which always holds either the old content or the new.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use super::{Failure, lock, open};

/// Puts a file with this content, for this user alone, in the place of the one at `path`.
///
/// The content is written beside it first, under the same name with `.new` behind it. That name is
/// always the same, so that a process that is killed leaves no more than one such file.
///
/// # Errors
///
/// A failure with the path. The file at `path` is the old one then, unless only its directory could
/// not be synced: then a crash of the machine may bring the old one back.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    open::refuse_irregular(path)?;
    let beside = path.with_added_extension("new");
    let file = written(&beside, content).map_err(Failure::at(&beside))?;
    if !lock::is_at(&file, &beside) {
        return Err(Failure::because(
            path,
            "another process writes it too, give each its own file",
        ));
    }
    fs::rename(&beside, path).map_err(Failure::at(path))?;
    // Without this, a crash of the machine may bring the old file back.
    open::sync_directory(path)
}

/// Cuts a file of lines down to its last whole ones. No writer appends to it meanwhile.
///
/// # Errors
///
/// Those of [`replace`].
pub(crate) fn keep_last(path: &Path, lines: usize) -> Result<(), Failure> {
    let _lock = lock::exclusive(path, lock::BRIEFLY)?;
    let Some(mut file) = open::readable(path)? else { return Ok(()) };
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(Failure::at(path))?;
    let ends: Vec<_> =
        (1..).zip(&text).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    let end_of = |line: Option<usize>| line.and_then(|line| ends.get(line)).copied();
    let start = end_of(ends.len().checked_sub(lines + 1)).unwrap_or_default();
    let end = ends.last().copied().unwrap_or_default();
    replace(path, &text[start..end])
}

fn written(path: &Path, content: &[u8]) -> io::Result<File> {
    // A file may be left over, or another user may have put a link there: it is not written through.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().open(path)?;
    if let Err(error) = file.write_all(content).and_then(|()| file.sync_all()) {
        // Where the disk is full, half a file, which is of no use, must not fill it.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(file)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
        // The leftover of a process that was killed while it wrote.
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
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");

        let path = folder.0.join("kept");
        replace(&path, b"old").unwrap();
        fs::create_dir(folder.0.join("kept.new")).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn the_last_lines_are_kept_and_what_has_no_end_is_not() {
        let folder = Folder::new("lines");
        let path = folder.0.join("lines");
        let cases = [
            ("a\nb\nc\n", 2, "b\nc\n"),
            ("a\nb\nc\n", 3, "a\nb\nc\n"),
            ("a\nb\nc\n", 9, "a\nb\nc\n"),
            ("a\nb\ntorn", 1, "b\n"),
            ("torn", 1, ""),
            ("", 1, ""),
            ("a\n", 0, ""),
        ];
        for (before, lines, after) in cases {
            fs::write(&path, before).unwrap();
            keep_last(&path, lines).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before:?} {lines}");
        }
    }
}
