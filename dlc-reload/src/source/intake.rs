//! Where sources hand over what they have read.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    sync::Arc,
};

use super::Format;
use crate::{
    document::{
        Document, Entry, Flaw, Leftovers, Limits, Map, Node, Place, SourceId, SourceInfo, Value,
        merge, origin_of,
    },
    error::Problem,
    field::Table,
    origin::Origin,
    path::{Key, Segment},
};

/// Takes what the sources have read, in order, and lays it over what came before.
pub struct Intake<'a> {
    table: &'static Table,
    limits: &'a Limits,
    sources: Vec<SourceInfo>,
    root: Option<Node>,
    left: Leftovers,
    problems: Vec<Problem>,
    watched: Vec<Watched>,
    fingerprint: DefaultHasher,
}

/// Something on disk that takes part, or would if it existed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Watched {
    File(PathBuf),
    Directory(PathBuf),
}

/// What one look at all sources found.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The same for the same content, whatever the files are called and whenever they were written.
    pub(crate) fingerprint: u64,
    /// What to watch for changes.
    pub(crate) watched: Vec<Watched>,
    /// The merged tree, or everything that is wrong with the sources.
    pub(crate) document: Result<Document, Vec<Problem>>,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(table: &'static Table, limits: &'a Limits) -> Self {
        Self {
            table,
            limits,
            sources: Vec::new(),
            root: None,
            left: Leftovers::default(),
            problems: Vec::new(),
            watched: Vec::new(),
            fingerprint: DefaultHasher::new(),
        }
    }

    /// The fields of the configuration that is being loaded.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// How much a source may hold.
    pub fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Hands over a text. Messages call it `name`.
    ///
    /// It has to be UTF-8, with or without a byte order mark, and its root has to be a map.
    pub fn text(&mut self, name: impl Into<Arc<str>>, format: Format, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        format.hash(&mut self.fingerprint);
        text.hash(&mut self.fingerprint);
        let source = self.source(name.into());
        let most = self.limits.bytes;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > most {
            let flaw = Flaw::new(
                Place::whole(source),
                format!("larger than {most} bytes, split it or raise `Limits::bytes`"),
            );
            return self.flaws(vec![flaw]);
        }
        match decoded(text, source).and_then(|text| format.parse(source, text, self.limits)) {
            Ok(node) => self.lay(node),
            Err(flaws) => self.flaws(flaws),
        }
    }

    /// Hands over one value as text, which becomes what the field at `key` wants: a number, a
    /// boolean, a string, a list (`a,b` or `[a, b]`) or a map (`{a: 1}`). Messages call it `name`.
    pub fn value(&mut self, name: impl Into<Arc<str>>, key: impl Into<Key>, text: &str) {
        let source = self.source(name.into());
        self.at(&key.into(), Node::untyped(Place::whole(source), text));
    }

    /// Hands over one value of a source that [`source`](Self::source) has named.
    pub(crate) fn at(&mut self, key: &Key, node: Node) {
        let place = node.place;
        key.hash(&mut self.fingerprint);
        hash(&node, &mut self.fingerprint);
        let mut tree = node;
        for segment in key.segments().iter().rev() {
            let Segment::Name(name) = segment else {
                let problem =
                    Problem::error("one item of a list cannot be set alone, set the whole list")
                        .with_key(key)
                        .with_origin(self.origin(place));
                return self.problem(problem);
            };
            let entry = Entry { key: place, node: tree };
            let map = Map::from_iter([(Box::from(&**name), entry)]);
            tree = Node { place, value: Value::Map(Box::new(map)) };
        }
        self.lay(tree);
    }

    /// Reports that something is wrong with a source. An error refuses the candidate, a warning
    /// does not.
    pub fn problem(&mut self, problem: Problem) {
        problem.message.hash(&mut self.fingerprint);
        self.problems.push(problem);
    }

    /// Names a file that takes part, or would if it existed, so that a change to it is noticed.
    pub fn watch_file(&mut self, path: impl Into<PathBuf>) {
        self.watched.push(Watched::File(path.into()));
    }

    /// Names a directory whose files take part, or would if it existed.
    pub fn watch_directory(&mut self, path: impl Into<PathBuf>) {
        self.watched.push(Watched::Directory(path.into()));
    }

    /// Adds a source to those the document knows.
    pub(crate) fn source(&mut self, name: Arc<str>) -> SourceId {
        let id = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.push(SourceInfo { name });
        SourceId(id)
    }

    pub(crate) fn finish(mut self) -> Reading {
        for disagreement in std::mem::take(&mut self.left.disagreements) {
            let other = self.origin(disagreement.other);
            let message =
                format!("{} in {other}, write the same kind in both", disagreement.flaw.message);
            let origin = self.origin(disagreement.flaw.place);
            self.problem(Problem::error(message).with_key(disagreement.key).with_origin(origin));
        }
        let fingerprint = self.fingerprint.finish();
        let document = if self.problems.iter().any(Problem::is_error) {
            Err(self.problems)
        } else {
            let root = self.root.unwrap_or_else(|| Node::empty_map(Place::whole(SourceId(0))));
            Ok(Document {
                root,
                sources: self.sources,
                replaced: self.left.replaced,
                warnings: self.problems,
            })
        };
        Reading { fingerprint, watched: self.watched, document }
    }

    fn lay(&mut self, node: Node) {
        match &mut self.root {
            Some(root) => merge(root, node, &mut self.left),
            None => self.root = Some(node),
        }
    }

    fn flaws(&mut self, flaws: Vec<Flaw>) {
        for flaw in flaws {
            let origin = self.origin(flaw.place);
            self.problem(Problem::error(flaw.message).with_origin(origin));
        }
    }

    fn origin(&self, place: Place) -> Origin {
        origin_of(&self.sources, place)
    }
}

/// The text, or the line and column of the first byte that is none.
fn decoded(bytes: &[u8], source: SourceId) -> Result<&str, Vec<Flaw>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let line = valid.iter().filter(|byte| **byte == b'\n').count();
        let last = valid.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count();
        let place = Place { source, line: narrow(line + 1), column: narrow(column + 1) };
        vec![Flaw::new(place, "not UTF-8 from here on, save it as UTF-8")]
    })
}

fn hash(node: &Node, state: &mut impl Hasher) {
    std::mem::discriminant(&node.value).hash(state);
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => scalar.text.hash(state),
        Value::Untyped(untyped) => untyped.text.hash(state),
        Value::List(items) => items.iter().for_each(|item| hash(item, state)),
        Value::Map(map) => {
            for (name, entry) in map.iter() {
                name.hash(state);
                hash(&entry.node, state);
            }
        }
    }
}
