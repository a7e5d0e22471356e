//! Directories of drop-in files.

use std::{
    fs::DirEntry,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{File, Format, Intake, Source};
use crate::{document::Layer, error::Problem, origin::Origin};

/// A directory whose files are read in the order of their names; it may be absent, or a link.
///
/// Only names that end in `.yaml`, `.yml`, `.toml` or `.json` and do not start with a dot count, so
/// that what editors leave behind is ignored.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The files of this directory, not of those below it.
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
                return intake.layer(Layer::Absent(name().into()));
            }
            Err(error) => {
                let message = match error.kind() {
                        ErrorKind::NotFound => {
                            "a symbolic link to a directory that does not exist, create it or remove the link"
                                .to_owned()
                        }
                        ErrorKind::NotADirectory => {
                            "not a directory, use `Loader::file` for a file".to_owned()
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
        for name in names {
            let path = self.path.join(name);
            if !path.is_dir() {
                File::listed(path).read(intake);
            }
        }
    }
}

/// Whether this is a file someone wrote, and not what an editor leaves behind. Those start with a
/// dot or end in something that is no format: `.a.yaml.swp`, `.#a.yaml`, `#a.yaml#`, `a.yaml~`,
/// `4913`, `a.tmp`.
pub(crate) fn is_drop_in(name: &Path) -> bool {
    !name.as_os_str().as_encoded_bytes().starts_with(b".") && Format::from_path(name).is_some()
}
