//! Directories of drop-in files.

use std::{
    borrow::Cow,
    fs::DirEntry,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use super::{File, Format, Intake, Source, file::open};
use crate::{durable, error::Problem, place::Origin};

/// A directory whose files are read in the order of their names; it may be absent, or a link.
///
/// Names are compared byte by byte, so that `10-…` comes before `9-…`, and later files win. Only
/// names that end in `.yaml`, `.yml`, `.toml` or `.json` and do not start with a dot count, so that
/// what editors leave behind is ignored. Directories below it are not read, and neither are the files that this
/// library writes (the [last known good](crate::Loader::last_known_good), the
/// [history](crate::Builder::history_file), an audit), whatever their names. Better give these a directory of their
/// own: a log whose first line was never finished, because the machine stopped, does not look like one.
///
/// Each file is read as a [`File`] is, under the same limits. A directory that cannot be read, and
/// a link to one that does not exist, are errors of the load or reload.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, source::Directory};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-dir-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// std::fs::write(folder.join("10-base.yaml"), "rate: 1").unwrap();
/// std::fs::write(folder.join("20-site.toml"), "rate = 2").unwrap();
/// let config = Loader::<Config>::new().source(Directory::new(&folder)).load()?;
/// assert_eq!(config.rate, 2);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes a source of the files in this directory, not of those in directories below it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Source for Directory {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.watch_drop_ins(&self.path);
        let name = || self.path.display().to_string();
        let entries = match std::fs::read_dir(&self.path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        {
            Ok(entries) => entries,
            Err(error)
                if error.kind() == ErrorKind::NotFound && self.path.symlink_metadata().is_err() =>
            {
                return intake.is_absent(name());
            }
            Err(error) => {
                let message = match error.kind() {
                        ErrorKind::NotFound => {
                            "a symbolic link to a directory that does not exist, create it or remove the link"
                                .to_owned()
                        }
                        ErrorKind::NotADirectory => {
                            "not a directory, put a directory in its place".to_owned()
                        }
                        _ => format!("cannot be read: {error}"),
                    };
                return intake.problem(Problem::error(message).with_origin(Origin::source(name())));
            }
        };
        let mut names: Vec<_> = entries
            .iter()
            .map(DirEntry::file_name)
            .filter(|name| is_drop_in(Path::new(name)))
            .collect();
        names.sort();
        intake.drop_ins_lie_in(&self.path);
        for name in names {
            let path = self.path.join(name);
            if !path.is_dir() && !is_kept(&path) {
                File::listed(path).read(intake);
            }
        }
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.display().to_string().into()
    }
}

/// Returns true if a file is one that this library writes. It is told by its content: neither the name nor the program
/// that it is of is known here, and one that another program has left is no drop-in either.
fn is_kept(path: &Path) -> bool {
    let Ok(file) = open(path) else { return false };
    // Reading from a pipe would take from it.
    let is_file = file.metadata().is_ok_and(|found| found.is_file());
    let mut beginning = Vec::new();
    is_file
        && file.take(durable::LONGEST_BEGINNING).read_to_end(&mut beginning).is_ok()
        && durable::is_kept(&beginning)
}

/// Returns true if a name is that of a drop-in file, and not of one that an editor leaves behind.
/// Those start with a dot or end in something that is no format: `.a.yaml.swp`, `.#a.yaml`,
/// `#a.yaml#`, `a.yaml~`, `4913`, `a.tmp`.
pub(crate) fn is_drop_in(name: &Path) -> bool {
    !name.as_os_str().as_encoded_bytes().starts_with(b".") && Format::from_path(name).is_some()
}
