//! Directories of drop-in files.

use std::path::PathBuf;

use super::{File, Format, Intake, Source};
use crate::{error::Problem, origin::Origin};

/// A directory whose files are read in the order of their names; it may be absent.
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
        intake.watch_directory(&self.path);
        let entries =
            match std::fs::read_dir(&self.path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
                Err(error) => {
                    let origin = Origin::source(self.path.display().to_string());
                    return intake.problem(
                        Problem::error(format!("cannot be read: {error}")).with_origin(origin),
                    );
                }
            };
        let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let is_hidden =
                path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            if !is_hidden && Format::from_path(&path).is_some() {
                File::required(path).read(intake);
            }
        }
    }
}
