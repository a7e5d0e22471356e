//! Reading the files that values name, under the rules and limits of sources.

use std::{path::Path, sync::Arc};

use super::{
    Intake,
    file::{self, Unreadable},
};
use crate::document::{FileContent, Files, Limits, SourceId};

impl Intake<'_> {
    /// Notes the file of a source: the paths in it begin in its folder.
    pub(super) fn lies_in_folder_of(&mut self, source: SourceId, path: &Path) {
        let folder = path.parent().and_then(Path::to_str).filter(|folder| !folder.is_empty());
        if let Some(source) = self.document.sources.get_mut(source.0 as usize) {
            source.folder = folder.map(Into::into);
        }
    }

    /// Returns the files that the values of what was read may name. They count with all that was read so far.
    pub(super) fn files(&self, read: usize, bytes: u64) -> Files {
        let (permissions, limits) = (self.permissions().clone(), self.limits().clone());
        Files::new(Arc::new(move |path, others, in_others| {
            content(&limits, (read + others, bytes.saturating_add(in_others)), |most| {
                Ok(file::content(path, most, &permissions)?.text)
            })
        }))
    }
}

/// Returns the content of a file, which is read with the number of bytes that it may have; `spent` are the other files
/// and their bytes.
fn content(
    limits: &Limits,
    spent: (usize, u64),
    read: impl FnOnce(u64) -> Result<Vec<u8>, Unreadable>,
) -> FileContent {
    let (files, bytes) = spent;
    if files >= limits.files {
        return Err(Unreadable::TooMany { most: limits.files }.message().into());
    }
    let bytes = read(limits.bytes.saturating_sub(bytes)).map_err(|reason| match reason {
        Unreadable::TooLarge { most } if most < limits.bytes => {
            format!("with it, all sources are larger than {} bytes, shorten them", limits.bytes)
        }
        reason => reason.message(),
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("no UTF-8 at byte {at}, write it as a text in UTF-8")
    })?;
    Ok(text.into())
}
