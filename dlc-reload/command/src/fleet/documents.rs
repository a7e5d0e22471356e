//! The documents of a version, from files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dlc_reload::{cli::shared::failure::Failure, fleet::Document};

/// Reads files as the documents of a version, which have the names of the files.
///
/// # Errors
///
/// One of them cannot be read.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let mut documents: Vec<_> =
        files.iter().map(|path| document(path)).collect::<Result<_, _>>()?;
    documents.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(documents)
}

fn document(path: &Path) -> Result<Document, Failure> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => Failure::usage(format!(
            "`{shown}` is a folder: name the files in it, such as `{shown}/*.yaml`"
        )),
        _ => Failure::usage(format!("cannot read `{shown}`: {error}")),
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Document::from_utf8(name, bytes).map_err(Failure::usage)
}
