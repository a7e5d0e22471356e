//! The surroundings of a file: the users who can read it, and those who can put another one in its place.

use std::path::{Path, PathBuf};

use super::{Intake, permission::is_within_reach};
use crate::{
    document::{Finding, Naming, Place, SourceId},
    error::{Problem, ProblemKind, Severity},
    place::Origin,
};

impl Intake<'_> {
    /// Warns once of a file that holds a secret, and whose mode lets every user read it, if others can get at it.
    pub(crate) fn exposed(&mut self, path: &Path) {
        if !is_within_reach(path) || !self.directories.told.insert(path.to_owned()) {
            return;
        }
        let message =
            "every user can read this file, and it holds a secret: take that away with `chmod o-r`";
        let origin = Origin::source(path.display().to_string());
        self.problem(Problem::warning(message).with_origin(origin));
    }

    /// Warns of each secret in the value that was handed over last, which is this argument of the process.
    pub(super) fn last_is_argument(&mut self, argument: SourceId) {
        let secrets = self.trees.last().map(|tree| self.shape().secrets_in(tree));
        let secrets = secrets.into_iter().flatten();
        for (key, place) in secrets.filter(|(_, place)| place.source == argument) {
            let text = "every user can see this secret in the list of processes, and shells keep it: set it by a file or a variable";
            let warning = Finding { severity: Severity::Warning, ..Finding::error(place, text) };
            self.find(warning.about(key));
        }
    }

    /// Warns of each directory in which others can put something in the place of a file or of a link that leads to it,
    /// or refuses it.
    pub(super) fn lies_at(&mut self, path: &Path) {
        if let (Some(above), Some(name)) = (path.parent(), path.file_name()) {
            let above = self.real_directory(above);
            let real = self.follow(above, Path::new(name));
            self.judge_place(&real);
        }
    }

    /// Does the same for a directory of drop-ins, where others can also add one.
    pub(super) fn drop_ins_lie_in(&mut self, path: &Path) {
        let real = self.real_directory(path);
        self.judge(&real, None);
    }

    fn real_directory(&mut self, path: &Path) -> PathBuf {
        if let Some(known) = self.directories.real.get(path) {
            return known.clone();
        }
        // Only an empty path has none, which is the current directory.
        let absolute = std::path::absolute(path).or_else(|_| std::env::current_dir());
        let real = self.follow(PathBuf::new(), &absolute.unwrap_or_default());
        self.directories.real.insert(path.to_owned(), real.clone());
        real
    }

    /// Returns the real path of what lies at a path below a directory, and judges each directory with a link on the
    /// way.
    fn follow(&mut self, mut real: PathBuf, path: &Path) -> PathBuf {
        /// The number of links that Linux follows.
        const MOST: usize = 40;
        let steps = |path: &Path| -> Vec<PathBuf> {
            path.components().rev().map(|step| step.as_os_str().into()).collect()
        };
        let (mut ahead, mut links) = (steps(path), 0);
        while let Some(step) = ahead.pop() {
            if step.as_os_str() == ".." {
                real.pop();
                continue;
            }
            let next = real.join(step);
            match next.read_link() {
                Ok(target) if links < MOST => {
                    links += 1;
                    self.judge_place(&next);
                    ahead.extend(steps(&target));
                }
                _ => real = next,
            }
        }
        real
    }

    /// Judges the directory of a file or link.
    fn judge_place(&mut self, path: &Path) {
        if let Some(directory) = path.parent() {
            self.judge(directory, Some(path));
        }
    }

    fn judge(&mut self, directory: &Path, entry: Option<&Path>) {
        if self.directories.told.contains(directory) {
            return;
        }
        let Some(text) = self.permissions().shared(directory, entry) else { return };
        self.directories.told.insert(directory.to_owned());
        let refused = self.permissions().refuse_shared;
        let severity = if refused { Severity::Error } else { Severity::Warning };
        let origin = Naming::Given(Some(Origin::source(directory.display().to_string())));
        let place = Place::whole(self.next_source());
        // Not a problem of a source, which would be incomplete: all else that is wrong is said, too.
        self.find(
            Finding { severity, origin, ..Finding::error(place, text) }.of(ProblemKind::Permission),
        );
    }
}
