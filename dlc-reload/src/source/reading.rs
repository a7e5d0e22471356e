//! The result of reading all sources.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use crate::document::{Document, SourceId};

/// A file or directory that takes part, or would if it existed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Watched {
    File(PathBuf),
    /// A directory in which every name matters.
    Directory(PathBuf),
    /// A directory in which only the names of drop-in files matter.
    DropIns(PathBuf),
}

/// The identity of what the sources say: equal where they say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content(pub(super) u64);

/// The hashes that tell one reading from another, whatever the files are called and whenever they
/// were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The hash of what the sources say and of the errors about them.
    pub(crate) content: Content,
    /// The hash of the warnings, which may come and go while the sources say the same.
    pub(super) remarks: u64,
}

/// The outcome of reading one source.
#[derive(Clone, Debug)]
pub(crate) struct SourceRead {
    pub(crate) name: Arc<str>,
    pub(crate) version: Option<Arc<str>>,
    pub(crate) freshness: Freshness,
}

/// The freshness of what a source handed over.
#[derive(Clone, Debug)]
pub(crate) enum Freshness {
    Fresh,
    /// It is what the source had at this time, for this reason.
    Stale(SystemTime, String),
    /// It is optional, and is not there.
    Absent,
    /// There is nothing, or not all of it, for this reason.
    Missing(String),
}

/// The result of reading all sources once.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) fingerprint: Fingerprint,
    /// The outcome of each source, in order.
    pub(crate) sources: Vec<SourceRead>,
    /// The files and directories to watch for changes.
    pub(crate) watched: Vec<Watched>,
    /// The merged tree and the problems of the sources. It is the one of the last reading where they say the same.
    pub(crate) document: Arc<Document>,
    /// The texts of the sources that have lines, to quote from. They may hold secrets.
    pub(crate) texts: Vec<(SourceId, Arc<str>)>,
}

impl Reading {
    /// Returns the same reading with the files that the values of the document name, once all are known.
    pub(crate) fn with_files(mut self) -> Self {
        let files = &self.document.files;
        if let Some(hash) = files.hash() {
            let mut state = DefaultHasher::new();
            (self.fingerprint.content.0, hash).hash(&mut state);
            self.fingerprint.content = Content(state.finish());
            self.watched.extend(files.paths().into_iter().map(Watched::File));
        }
        self
    }
}
