//! Paths from a command line, each of a file or of a directory.

use std::{borrow::Cow, path::PathBuf};

use super::{Directory, File, Intake, Source};

/// A path that somebody gave: a directory is one of drop-ins, and anything else a file that has to exist. It is looked at
/// anew at each reading.
#[derive(Clone, Debug)]
pub(crate) struct Given(pub(crate) PathBuf);

impl Source for Given {
    fn read(&self, intake: &mut Intake<'_>) {
        if self.0.is_dir() {
            Directory::new(&self.0).read(intake);
        } else {
            File::required(&self.0).read(intake);
        }
    }

    fn name(&self) -> Cow<'_, str> {
        self.0.display().to_string().into()
    }
}
