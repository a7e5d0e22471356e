//! The intake, to which sources hand over what they have read.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use super::{
    canonical,
    decoded::decoded,
    parsed::{Known, Parsed, Written},
    permission::{Directories, Permissions},
    reading::{Content, Fingerprint, Reading, SourceRead, Watched},
    reference::{self, Variables},
};
use crate::{
    document::{
        Builder, Document, Entry, Finding, Layer, Limits, Map, Merged, Node, Place, Size, SourceId,
        SourceInfo, Spent, Text, Value, merge, narrow,
    },
    place::{Key, Segment},
    schema::{Layings, Shape},
    section::Found,
};

/// The receiver of what the sources read: each text or value is laid over those before it.
///
/// A [`Source`](super::Source) is given one and hands over any number of texts, values and
/// problems, and the files that it depends on:
///
/// ```
/// use dlc_reload::{Loader, Origin, Problem, Reloadable, source::{Intake, Source}};
/// use std::path::PathBuf;
///
/// /// A file of lines such as `rate = 7`.
/// struct Lines(PathBuf);
///
/// impl Source for Lines {
///     fn read(&self, intake: &mut Intake<'_>) {
///         intake.watch_file(&self.0);
///         let name = self.0.display().to_string();
///         match std::fs::read_to_string(&self.0) {
///             Ok(text) => {
///                 for (key, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
///                     intake.value(name.as_str(), key, value);
///                 }
///             }
///             Err(error) => {
///                 let problem = Problem::error(format!("cannot be read: {error}"));
///                 intake.problem(problem.with_origin(Origin::source(name)));
///             }
///         }
///     }
/// }
///
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let path = std::env::temp_dir().join(format!("dlc-reload-lines-{}", std::process::id()));
/// std::fs::write(&path, "rate = 7\n").unwrap();
/// let config = Loader::<Config>::new().source(Lines(path.clone())).load()?;
/// assert_eq!(config.rate, 7);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Intake<'a> {
    shape: &'a Shape,
    limits: &'a Limits,
    permissions: &'a Permissions,
    ignore_empty_variables: bool,
    is_start: bool,
    include_key: Option<&'a str>,
    /// The variables that the texts of a source may refer to.
    pub(super) variables: Option<Variables>,
    /// The document so far, but for its tree.
    pub(super) document: Document,
    /// The trees that are laid over each other once all are there.
    pub(super) trees: Vec<Arc<Node>>,
    /// The memory of the last reading, and that of this one.
    known: Known,
    reading: Known,
    spent: Spent,
    texts: Vec<(SourceId, Arc<str>)>,
    files: usize,
    pub(super) directories: Directories,
    watched: Vec<Watched>,
    /// The sources that were read or are.
    pub(super) sources: Vec<SourceRead>,
    pub(super) content: DefaultHasher,
    remarks: DefaultHasher,
}

/// Names the sources so far, and leaves out what they say: that may be secret.
impl fmt::Debug for Intake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources: Vec<_> = self.document.sources.iter().map(|source| &source.name).collect();
        let mut shown = f.debug_struct("Intake");
        shown.field("sources", &sources).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<'a> Intake<'a> {
    pub(crate) fn new(
        shape: &'a Shape,
        limits: &'a Limits,
        permissions: &'a Permissions,
        include_key: Option<&'a str>,
        known: Known,
    ) -> Self {
        Self {
            shape,
            limits,
            permissions,
            ignore_empty_variables: false,
            is_start: false,
            include_key,
            variables: None,
            document: Document::new(),
            trees: Vec::new(),
            known,
            reading: Known::default(),
            spent: Spent::default(),
            texts: Vec::new(),
            files: 0,
            directories: Directories::default(),
            watched: Vec::new(),
            sources: Vec::new(),
            content: DefaultHasher::new(),
            remarks: DefaultHasher::new(),
        }
    }

    /// Treats empty environment variables as not set.
    pub(crate) fn ignore_empty_variables(self, ignore: bool) -> Self {
        Self { ignore_empty_variables: ignore, ..self }
    }

    /// Says whether a service starts with what is read.
    pub(crate) fn at_start(self, is_start: bool) -> Self {
        Self { is_start, ..self }
    }

    /// Returns true if a service starts with what is read: at a reload, none does, nor where a command only looks.
    #[cfg_attr(not(feature = "fleet"), expect(dead_code, reason = "a fleet asks"))]
    pub(crate) const fn is_start(&self) -> bool {
        self.is_start
    }

    pub(crate) const fn ignores_empty_variables(&self) -> bool {
        self.ignore_empty_variables
    }

    pub(crate) const fn shape(&self) -> &'a Shape {
        self.shape
    }

    pub(crate) const fn permissions(&self) -> &'a Permissions {
        self.permissions
    }

    /// Returns the key that names the files that a file includes; `None` where files include none.
    pub(crate) const fn include_key(&self) -> Option<&'a str> {
        self.include_key
    }

    /// Returns the limits on what sources may hold.
    pub const fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Names a file that takes part, or would if it existed, so that a change to it is noticed.
    pub fn watch_file(&mut self, path: impl Into<PathBuf>) {
        self.watched.push(Watched::File(path.into()));
    }

    /// Names a directory whose files take part, or would if it existed, so that a change in it is noticed.
    /// They count together, like those of a [drop-in directory](crate::Loader::directory).
    pub fn watch_directory(&mut self, path: impl Into<PathBuf>) {
        self.watched.push(Watched::Directory(path.into()));
    }

    /// Names a directory of drop-in files.
    pub(crate) fn watch_drop_ins(&mut self, path: &Path) {
        self.watched.push(Watched::DropIns(path.to_path_buf()));
    }

    /// Reads a text into a tree that [`lay_text`](Self::lay_text) takes, unless the last reading had the same.
    pub(super) fn parse(
        &mut self,
        name: Arc<str>,
        written: Written<'_>,
    ) -> (SourceId, Option<Arc<Parsed>>) {
        let source = self.source(name);
        let known = self.known.text(source, &written).cloned();
        let hash = known.as_ref().map_or_else(|| written.hash(), |known| known.hash);
        self.content.write_u64(hash);
        if !self.affords(written.bytes.len(), Place::whole(source)) {
            return (source, None);
        }
        let known = known.filter(|known| self.spent.leaves(&known.spent, self.limits));
        let parsed = match known {
            Some(known) => known,
            None => match self.parse_anew(source, written, hash) {
                Ok(parsed) => Arc::new(parsed),
                Err(findings) => {
                    findings.into_iter().for_each(|finding| self.find(finding));
                    return (source, None);
                }
            },
        };
        self.spent.add(&parsed.spent);
        self.texts.push((source, Arc::clone(&parsed.text)));
        parsed.findings.iter().for_each(|finding| self.find(finding.clone()));
        self.reading.note_text(source, &parsed);
        (source, Some(parsed))
    }

    fn parse_anew(
        &mut self,
        source: SourceId,
        written: Written<'_>,
        hash: u64,
    ) -> Result<Parsed, Vec<Finding>> {
        let Written { format, bytes, may_include, interpolated } = written;
        let text = decoded(bytes, source).map_err(|finding| vec![finding])?;
        let mut spent = self.spent;
        let (node, findings) = format.parse(source, text, self.limits, &mut spent);
        let mut findings: Vec<_> =
            findings.into_iter().map(|finding| self.nameless(finding)).collect();
        let text = Arc::from(text);
        let Some(mut tree) = node else {
            self.spent = spent;
            self.texts.push((source, text));
            return Err(findings);
        };
        let mut include = None;
        if let Value::Map(root) = &mut tree.value {
            root.retain(|name, _| !self.is_aside(name));
            let key = self.include_key.filter(|_| may_include);
            let key = key.filter(|key| self.shape.table().field(key).is_none());
            include = key.and_then(|key| root.shift_remove(key)).map(|entry| entry.node);
        }
        findings.extend(canonical::tree(&mut tree, self.shape.table()));
        let (tree, spent) = (Arc::new(tree), spent.since(&self.spent));
        let (refers, holds_secret) = (interpolated && reference::is_below(&tree), OnceLock::new());
        Ok(Parsed {
            format,
            may_include,
            interpolated,
            hash,
            text,
            tree,
            include,
            refers,
            findings,
            spent,
            holds_secret,
        })
    }

    /// Counts the bytes of a text; returns false where it is too large, or where something before it was too much.
    pub(super) fn affords(&mut self, bytes: usize, place: Place) -> bool {
        if self.spent.is_over || self.spent.take_bytes(bytes, self.limits) {
            return !self.spent.is_over;
        }
        let most = self.limits.bytes;
        let is_alone = u64::try_from(bytes).unwrap_or(u64::MAX) > most;
        self.spent.is_over = !is_alone;
        self.find(Finding::error(
            place,
            if is_alone {
                format!("larger than {most} bytes, shorten it")
            } else {
                format!("with this, all sources are larger than {most} bytes, shorten them")
            },
        ));
        false
    }

    /// Returns true once the sources hold more than a limit allows: reading on would be of no use.
    pub(crate) const fn is_over(&self) -> bool {
        self.spent.is_over
    }

    /// Lays the tree of a text over what came before; without a tree, the reading is incomplete.
    pub(super) fn lay_text(
        &mut self,
        source: SourceId,
        parsed: Option<&Parsed>,
        file: Option<&Path>,
    ) {
        self.document.layers.push(Layer::One(source));
        match parsed.map(|parsed| self.filled(parsed, file)) {
            Some(tree) => self.trees.push(tree),
            None => self.document.complete = false,
        }
    }

    /// Reads a source whose values are handed over one by one, and makes one tree of them: which variant of an enum
    /// they choose is known when all of them are there.
    pub(crate) fn together(&mut self, read: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.trees);
        read(self);
        let values = std::mem::replace(&mut self.trees, before);
        let values = self.laid(values);
        self.trees.extend(values);
    }

    /// Hands over one value of a source that [`source`](Self::source) has named.
    pub(crate) fn at(&mut self, key: &Key, node: Node) {
        let (place, table) = (node.place, self.shape.table());
        if key.segments().len() > self.limits.depth {
            return self.find(Builder::new(self.limits).too_deep(place));
        }
        let canonical = table.canonical(key);
        key.hash(&mut self.content);
        node.hash_written(&mut self.content);
        let size = Size::of(&node);
        let names = key.segments().iter().map(|segment| match segment {
            Segment::Name(name) => name.len(),
            Segment::Item(_) | Segment::Entry(_) => 0,
        });
        if !self.affords(size.bytes + names.sum::<usize>(), place) {
            return self.incomplete();
        }
        let values = size.nodes + key.segments().len();
        if let Err(finding) = self.spent.count(values, place, self.limits) {
            self.incomplete();
            return self.find(finding);
        }
        let mut tree = node;
        if matches!(table.find(canonical.segments()), Found::Section(_)) {
            // No field takes it as the text that it is.
            tree.open();
        }
        for segment in key.segments().iter().rev() {
            let Segment::Name(name) = segment else {
                let message = "one item of a list cannot be set alone, set the whole list";
                return self.find(Finding::error(place, message).about(key.clone()));
            };
            let entry = Entry { key: place, node: tree };
            let map = Map::from_iter([(Text::from(&**name), entry)]);
            tree = Node { place, value: Value::Map(Box::new(map)) };
        }
        let findings = canonical::tree(&mut tree, table);
        findings.into_iter().for_each(|finding| self.find(finding));
        self.trees.push(Arc::new(tree));
    }

    /// Notes a finding. The source that it is about is complete all the same.
    pub(crate) fn find(&mut self, finding: Finding) {
        let told = if finding.is_error() { &mut self.content } else { &mut self.remarks };
        finding.text.hash(told);
        self.document.findings.push(finding);
    }

    /// Leaves the key out of the finding of a parser, and its name out of the text where that may be a secret.
    fn nameless(&self, mut finding: Finding) -> Finding {
        if let Some(key) = finding.key.take()
            && self.shape.shown_key(&key) != key
            && let Some(Segment::Name(name)) = key.segments().last()
        {
            finding.text = finding.text.replacen(&format!(" `{name}`"), "", 1);
        }
        finding
    }

    /// Adds a source to those that the document refers to, and returns its id.
    pub(crate) fn source(&mut self, name: Arc<str>) -> SourceId {
        let id = self.next_source();
        self.document.sources.push(SourceInfo::new(name));
        id
    }

    pub(crate) fn next_source(&self) -> SourceId {
        SourceId(narrow(self.document.sources.len()))
    }

    /// Adds a layer, for explanations of which source says what.
    pub(crate) fn layer(&mut self, layer: Layer) {
        self.document.layers.push(layer);
    }

    /// Marks the reading as incomplete, so that a key that the source would have set is not missed.
    pub(crate) const fn incomplete(&mut self) {
        self.document.complete = false;
    }

    /// Counts a file that is about to be read, and returns the number of those that are too many.
    pub(crate) fn count_file(&mut self) -> usize {
        self.files += 1;
        self.files.saturating_sub(self.limits.files)
    }

    /// Lays all trees over each other, unless those are the ones of the last reading.
    pub(crate) fn finish(mut self) -> (Reading, Known) {
        let hashes = (self.content.finish(), self.remarks.finish());
        self.document.versions = self.versions();
        let known = self.known.document(&self.document, hashes);
        let bare = self.document.clone();
        let (document, fingerprint) = known.unwrap_or_else(|| {
            let trees = std::mem::take(&mut self.trees);
            if let Some(root) = self.laid(trees) {
                self.document.root = root;
            }
            self.document.files = self.files(self.files, self.spent.bytes);
            let content = Content(self.content.finish());
            let fingerprint = Fingerprint { content, remarks: self.remarks.finish() };
            let document = std::mem::replace(&mut self.document, Document::new());
            (Arc::new(document), fingerprint)
        });
        let Self { mut reading, texts, watched, sources, .. } = self;
        reading.note_document(bare, hashes, &document, fingerprint);
        (Reading { fingerprint, sources, watched, document, texts }, reading)
    }

    /// Returns the tree of several that are laid over each other.
    fn laid(&mut self, trees: Vec<Arc<Node>>) -> Option<Arc<Node>> {
        let mut trees = trees.into_iter();
        let mut root = trees.next()?;
        let layings = Layings::of(self.shape);
        for tree in trees {
            let decide = |key: &Key, base: &Node, over: &Node| layings.decide(key, base, over);
            let (base, over) = (Arc::make_mut(&mut root), Arc::unwrap_or_clone(tree));
            let Merged { replaced, findings } = merge(base, over, &self.document.sources, &decide);
            self.document.replaced.extend(replaced);
            findings.into_iter().for_each(|finding| self.find(finding));
        }
        Some(root)
    }
}
