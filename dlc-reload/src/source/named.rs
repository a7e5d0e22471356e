//! Files that a value or a variable names, and whose content is a value.

use std::path::Path;

use super::{
    Intake,
    file::{self, Unreadable},
};

/// The text of a file that holds nothing but a value.
pub(super) struct Named {
    /// The content without the line break at its end.
    pub(super) text: String,
    /// True if the mode of the file lets every user read it.
    pub(super) is_exposed: bool,
}

impl Intake<'_> {
    /// Reads a file that holds nothing but a value. It takes part from then on, so that a change of it is noticed, and
    /// is read under the limits and the rules for a [`File`](super::File).
    ///
    /// # Errors
    ///
    /// The reason why there is no text.
    pub(super) fn named(&mut self, path: &Path) -> Result<Named, Unreadable> {
        self.watch_file(path);
        if self.count_file() > 0 {
            return Err(Unreadable::TooMany { most: self.limits().files });
        }
        let content = file::content(path, self.limits().bytes, self.permissions())?;
        // Not before: without such a file, the path may be the secret itself.
        self.lies_at(path);
        let mut text = String::from_utf8(content.text).map_err(|_| Unreadable::NoText)?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Named { text, is_exposed: content.is_exposed })
    }
}
