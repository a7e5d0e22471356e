//! Paths from a command line, each of a file or of a directory.

use std::{
    borrow::Cow,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{Directory, File, Format, Intake, Source};
use crate::{error::Problem, place::Origin};

/// The path that stands for the standard input.
const INPUT: &str = "-";

/// The name of the standard input in messages.
const INPUT_NAME: &str = "standard input";

/// A path that was given: a directory is one of drop-ins, `-` is the standard input, and anything else is a file that
/// has to exist. The path is looked at anew at each reading; the standard input ends, so that its text stays.
pub(crate) struct Given {
    path: PathBuf,
    input: OnceLock<io::Result<String>>,
}

impl Given {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), input: OnceLock::new() }
    }

    fn read_input(&self, intake: &mut Intake<'_>) {
        let most = intake.limits().bytes.saturating_add(1);
        let read = || io::read_to_string(io::stdin().lock().take(most));
        match self.input.get_or_init(read) {
            // JSON is YAML as well.
            Ok(text) => _ = intake.text(INPUT_NAME, Format::Yaml, text),
            Err(error) => {
                let problem = Problem::error(format!("cannot be read: {error}"));
                intake.problem(problem.with_origin(Origin::source(INPUT_NAME)));
            }
        }
    }
}

impl Source for Given {
    fn read(&self, intake: &mut Intake<'_>) {
        if self.path == Path::new(INPUT) {
            self.read_input(intake);
        } else if self.path.is_dir() {
            Directory::new(&self.path).read(intake);
        } else {
            File::required(&self.path).read(intake);
        }
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.display().to_string().into()
    }
}
