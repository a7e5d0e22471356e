//! The files that values name: each is read once for a document, when the type of a value asks for it.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use super::{node::Place, sources::SourceInfo};
use crate::{
    sync::lock,
    units::{FileText, digest},
};

/// The content of a file, or the reason why it has none.
pub(crate) type FileContent = Result<Arc<str>, Arc<str>>;

/// A function that reads a file, with the number of the other files and of the bytes in them.
pub(super) type ReadFile = dyn Fn(&Path, usize, u64) -> FileContent + Send + Sync;

/// The files that the values of a document name. Whatever is built from the document sees the same contents.
#[derive(Clone, Default)]
pub(crate) struct Files(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// None where nothing is to be read.
    read: Option<Arc<ReadFile>>,
    found: Mutex<BTreeMap<PathBuf, FileContent>>,
}

/// Leaves out the contents, which may be keys.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(lock(&self.0.found).keys()).finish()
    }
}

impl Files {
    pub(crate) fn new(read: Arc<ReadFile>) -> Self {
        Self(Arc::new(Inner { read: Some(read), found: Mutex::default() }))
    }

    /// Returns the same files for another document, which may name more of them.
    pub(crate) fn fork(&self) -> Self {
        let found = lock(&self.0.found).clone();
        Self(Arc::new(Inner { read: self.0.read.clone(), found: Mutex::new(found) }))
    }

    /// Returns the content of a file, which is read when it is first asked for.
    fn content(&self, path: &Path) -> FileContent {
        let found = lock(&self.0.found).clone();
        if let Some(known) = found.get(path) {
            return known.clone();
        }
        let Some(read) = &self.0.read else { return Ok("".into()) };
        let content = read(path, found.len(), bytes(found.values()));
        lock(&self.0.found).entry(path.to_owned()).or_insert(content).clone()
    }

    /// Reads all of them again, and returns true if each has the same content.
    pub(crate) fn are_as_read(&self) -> bool {
        let found = lock(&self.0.found).clone();
        let Some(read) = &self.0.read else { return true };
        let (others, all) = (found.len().saturating_sub(1), bytes(found.values()));
        found.iter().all(|(path, known)| read(path, others, all - bytes([known])) == *known)
    }

    /// Returns the paths of those that were asked for.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        lock(&self.0.found).keys().cloned().collect()
    }

    /// Returns a hash of the paths and contents; `None` where no file is named.
    pub(crate) fn hash(&self) -> Option<u64> {
        let found = lock(&self.0.found);
        let mut state = DefaultHasher::new();
        found.hash(&mut state);
        (!found.is_empty()).then(|| state.finish())
    }

    /// Returns what tells these contents from others, as it may be kept on disk.
    pub(crate) fn digests(&self) -> Vec<(PathBuf, Option<String>)> {
        let found = lock(&self.0.found).clone();
        let digest = |content: FileContent| content.ok().map(|text| digest(&text));
        found.into_iter().map(|(path, content)| (path, digest(content))).collect()
    }
}

fn bytes<'c>(contents: impl IntoIterator<Item = &'c FileContent>) -> u64 {
    let lengths = contents.into_iter().flatten().map(|text| text.len());
    u64::try_from(lengths.sum::<usize>()).unwrap_or(u64::MAX)
}

/// The files of a document, and the folders of its sources, in which relative paths begin.
#[derive(Debug, Default)]
pub(super) struct Named {
    files: Files,
    folders: Vec<Option<Arc<str>>>,
}

impl Named {
    pub(super) fn new(files: &Files, sources: &[SourceInfo]) -> Self {
        let folders = sources.iter().map(|source| source.folder.clone()).collect();
        Self { files: files.clone(), folders }
    }

    /// Returns a path that is written at a place, from where the process can follow it.
    pub(super) fn path(&self, at: Place, written: &str) -> String {
        let folder = self.folders.get(at.source.0 as usize).and_then(Option::as_deref);
        let path = Path::new(folder.unwrap_or_default()).join(written);
        // Both parts are texts.
        path.display().to_string()
    }

    /// Returns the file that is written at a place: its path as it is written, that to follow, and the content.
    ///
    /// # Errors
    ///
    /// The reason why there is no content, with the remedy.
    pub(super) fn file(&self, at: Place, text: &str) -> Result<[String; 3], String> {
        let written = FileText::named(text);
        if written.is_empty() {
            return Err("names no file, write the path of one".to_owned());
        }
        let path = self.path(at, written);
        match self.files.content(Path::new(&path)) {
            Ok(content) => Ok([written.to_owned(), path, content.to_string()]),
            Err(reason) => Err(format!("{path}: {reason}")),
        }
    }
}
