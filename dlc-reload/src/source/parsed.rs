//! The memory of what was read before, so that a source that says the same is not parsed again.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, OnceLock},
};

use super::{Format, decoded::BYTE_ORDER_MARK, reading::Fingerprint};
use crate::document::{Document, Finding, Node, SourceId, Spent};

/// A text as a source hands it over.
#[derive(Clone, Copy)]
pub(super) struct Written<'t> {
    pub(super) format: Format,
    pub(super) bytes: &'t [u8],
    /// True if it may name files to include.
    pub(super) may_include: bool,
    /// True if its values may refer to variables and files.
    pub(super) interpolated: bool,
}

impl Written<'_> {
    pub(super) fn hash(&self) -> u64 {
        let mut state = DefaultHasher::new();
        (self.format, self.bytes).hash(&mut state);
        state.finish()
    }
}

/// A text that was read into a tree.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) format: Format,
    pub(super) may_include: bool,
    pub(super) interpolated: bool,
    pub(super) hash: u64,
    pub(super) text: Arc<str>,
    /// The tree, without what is no configuration.
    pub(super) tree: Arc<Node>,
    /// The value that names the files to include.
    pub(super) include: Option<Node>,
    /// True if a value of the tree may refer to a variable or file, which is put in at each reading.
    pub(super) refers: bool,
    pub(super) findings: Vec<Finding>,
    /// The part of the limits that the tree takes.
    pub(super) spent: Spent,
    /// True if the tree holds a secret; asked for where others may read the file.
    pub(super) holds_secret: OnceLock<bool>,
}

impl Parsed {
    fn is(&self, written: &Written<'_>) -> bool {
        let bytes = written.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(written.bytes);
        self.format == written.format
            && self.may_include == written.may_include
            && self.interpolated == written.interpolated
            && self.text.as_bytes() == bytes
    }
}

/// The memory of one reading for the next one.
#[derive(Debug, Default)]
pub(crate) struct Known {
    texts: BTreeMap<SourceId, Arc<Parsed>>,
    last: Option<Last>,
}

/// The end of a reading, and all that it depends on but the texts and values, which `hashes` are of.
#[derive(Debug)]
struct Last {
    hashes: (u64, u64),
    /// The document before the trees were laid over each other.
    bare: Document,
    document: Arc<Document>,
    fingerprint: Fingerprint,
}

impl Known {
    /// Returns the same text of the same source, if the last reading had it.
    pub(super) fn text(&self, source: SourceId, written: &Written<'_>) -> Option<&Arc<Parsed>> {
        self.texts.get(&source).filter(|known| known.is(written))
    }

    pub(super) fn note_text(&mut self, source: SourceId, parsed: &Arc<Parsed>) {
        self.texts.insert(source, Arc::clone(parsed));
    }

    /// Returns the document and the fingerprint of the last reading, if that had the same to lay over each other.
    pub(super) fn document(
        &self,
        bare: &Document,
        hashes: (u64, u64),
    ) -> Option<(Arc<Document>, Fingerprint)> {
        let last = self.last.as_ref()?;
        let is_same = last.hashes == hashes
            && last.bare.sources == bare.sources
            && last.bare.versions == bare.versions
            && last.bare.layers == bare.layers
            && last.bare.findings == bare.findings
            && last.bare.complete == bare.complete;
        // The files that its values name are read again in any case.
        (is_same && last.document.files.are_as_read())
            .then(|| (Arc::clone(&last.document), last.fingerprint))
    }

    /// Returns the texts of the last reading, if a document is the one that it led to.
    #[cfg(feature = "testing")]
    pub(super) fn texts_of(
        &self,
        document: &Arc<Document>,
    ) -> Option<impl Iterator<Item = (SourceId, &Parsed)>> {
        let last = self.last.as_ref().filter(|last| Arc::ptr_eq(&last.document, document));
        last.map(|_| self.texts.iter().map(|(source, parsed)| (*source, &**parsed)))
    }

    pub(super) fn note_document(
        &mut self,
        bare: Document,
        hashes: (u64, u64),
        document: &Arc<Document>,
        fingerprint: Fingerprint,
    ) {
        self.last = Some(Last { hashes, bare, document: Arc::clone(document), fingerprint });
    }
}
