//! The merged tree of all sources. Every value in it knows where it was written.

mod access;
mod build;
pub(crate) mod characters;
mod cursor;
mod edit;
mod files;
mod finding;
mod heard;
#[cfg(any(feature = "toml", feature = "json"))]
mod lines;
mod merge;
mod mismatch;
mod node;
mod number;
mod path;
mod poison;
mod references;
mod retry;
mod shown;
mod sources;
mod untyped;

use std::{
    cell::OnceCell,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, OnceLock},
};

pub(crate) use self::{
    build::{Builder, Size, Spent},
    characters::is_unseen,
    edit::{put_below, remove_below},
    files::{FileContent, Files},
    finding::{Finding, Naming},
    heard::{Heard, Keys, Known},
    merge::{Laying, Merged, Replaced, merge},
    node::{Entry, Map, Node, Place, Scalar, SourceId, Text, Value, narrow},
    number::{Integer, ScalarKind, float, resolve},
    path::Path,
    poison::Poison,
    references::{Reference, References, in_words},
    retry::{Ignored, Retry},
    sources::{Layer, SourceInfo, origin_of},
    untyped::Untyped,
};
// Each format imports what it needs, so the features decide which of these are used.
#[cfg(any(feature = "toml", feature = "json"))]
pub(crate) use self::lines::LineIndex;
#[cfg(feature = "fleet")]
pub(crate) use self::mismatch::unknown_variant;
pub(crate) use self::shown::{
    Wanted, plain, shown, shown_below, shown_below_mut, shown_float, shown_parts,
};
pub use self::{cursor::Cursor, mismatch::Mismatch};
use crate::{
    error::Problem,
    place::{Key, Origin, Segment, SourceVersion},
};

/// The limits on what sources may hold. The defaults are far beyond what people write.
///
/// They hold for all sources of one load or reload together; a file that is included twice counts twice.
/// What exceeds one is an error of the load or reload, which names the limit, and nothing after it is read.
///
/// ```
/// use dlc_reload::{Limits, Loader, Reloadable};
///
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16 }
/// let limits = Limits::default().with_bytes(16).with_depth(8);
/// let loader = Loader::<Config>::new().limits(limits);
/// let error = loader.text("yaml", "port: 80 # a long comment").load().unwrap_err();
/// assert!(error.to_string().contains("larger than 16 bytes"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of all files and texts together in bytes; 16 MiB by default. What aliases and merge keys of YAML copy
    /// counts, too.
    pub bytes: u64,
    /// The number of levels that lists and maps are nested; 64 by default, and never more than 512.
    pub depth: usize,
    /// The number of values in all sources, copies made by aliases included; one million by default.
    pub values: usize,
    /// The number of values that aliases may copy in all sources; 100 000 by default.
    pub aliased: usize,
    /// The number of files in one load or reload; drop-ins, includes and what values and variables name are counted.
    /// 1000 by default.
    pub files: usize,
    /// The number of problems that one load or reload lists; 50 by default. Errors come before warnings, and the last
    /// one says how many more there are. More than that refuses nothing by itself.
    pub problems: usize,
}

impl Limits {
    /// Returns the same limits with another [size](Self::bytes) of all files and texts.
    #[must_use]
    pub const fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Returns the same limits with another [depth](Self::depth).
    #[must_use]
    pub const fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Returns the same limits with another [number of values](Self::values).
    #[must_use]
    pub const fn with_values(self, values: usize) -> Self {
        Self { values, ..self }
    }

    /// Returns the same limits with another [number of copied values](Self::aliased).
    #[must_use]
    pub const fn with_aliased(self, aliased: usize) -> Self {
        Self { aliased, ..self }
    }

    /// Returns the same limits with another [number of files](Self::files).
    #[must_use]
    pub const fn with_files(self, files: usize) -> Self {
        Self { files, ..self }
    }

    /// Returns the same limits with another [number of problems](Self::problems) that are listed.
    #[must_use]
    pub const fn with_problems(self, problems: usize) -> Self {
        Self { problems, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            depth: 64,
            values: 1_000_000,
            aliased: 100_000,
            files: 1000,
            problems: 50,
        }
    }
}

/// The merged tree of all sources.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The tree. That of a single source is the one it was read into, and copied where it is written.
    pub(crate) root: Arc<Node>,
    pub(crate) sources: Vec<SourceInfo>,
    /// The versions of the sources that have one.
    pub(crate) versions: Vec<SourceVersion>,
    pub(crate) replaced: Vec<Replaced>,
    pub(crate) layers: Vec<Layer>,
    /// The errors and warnings about the sources, each with its place.
    pub(crate) findings: Vec<Finding>,
    /// False if a source could not be read: a key that is missing may be set there.
    pub(crate) complete: bool,
    /// The references, such as `${NAME}`, with which values were written.
    pub(crate) references: References,
    /// The keys of the leaves that the author's functions set after reading, once they have run.
    pub(crate) derived: OnceLock<Arc<[Key]>>,
    /// The files that its values name.
    pub(crate) files: Files,
}

impl Document {
    /// Makes the document of no source.
    pub(crate) fn new() -> Self {
        Self {
            root: Arc::new(Node::empty_map(Place::whole(SourceId(0)))),
            sources: Vec::new(),
            versions: Vec::new(),
            replaced: Vec::new(),
            layers: Vec::new(),
            findings: Vec::new(),
            complete: true,
            references: References::default(),
            derived: OnceLock::new(),
            files: Files::default(),
        }
    }

    /// Takes note of the leaves whose values are not those that the sources say, because a function has set them.
    pub(crate) fn note_derived(&self, leaves: Vec<Key>) {
        // The same document gives the same values.
        let _ = self.derived.set(leaves.into());
    }

    /// Returns true if a function of the author has set the value of a key.
    pub(crate) fn is_derived(&self, key: &Key) -> bool {
        self.derived.get().is_some_and(|leaves| leaves.iter().any(|leaf| leaf.covers(key)))
    }

    /// Returns the origin of the value of this key; `default` where no source sets it.
    pub(crate) fn origin(&self, key: &Key) -> Origin {
        match self.node(key) {
            _ if self.is_derived(key) => Origin::derived(),
            Some(node) => self.place(node.place),
            None => Origin::default_value(),
        }
    }

    /// Returns the origin of the value of this key or, where no source sets it, of the section
    /// around it.
    pub(crate) fn nearest_origin(&self, key: &Key) -> Option<Origin> {
        if self.is_derived(key) {
            return Some(Origin::derived());
        }
        self.nearest_place(key).map(|place| self.place(place))
    }

    pub(crate) fn nearest_place(&self, key: &Key) -> Option<Place> {
        let mut node = &*self.root;
        for segment in key.segments() {
            match child(node, segment) {
                Some(below) => node = below,
                None => break,
            }
        }
        let whole = self.sources.is_empty()
            || node.place.line == 0 && std::ptr::eq(node, &raw const *self.root);
        (!whole).then_some(node.place)
    }

    /// Returns true if a value refers to something that is not there, so that nothing more is to be said of it.
    pub(crate) fn is_unfilled(&self, place: Option<Place>) -> bool {
        place.is_some_and(|place| self.references.is_unfilled(place))
    }

    /// Returns the node that this key names.
    pub(crate) fn node(&self, key: &Key) -> Option<&Node> {
        self.root.below(key.segments())
    }

    /// Returns the same document, whose sources say something else since a generation; where that was said
    /// of one before, it stays.
    pub(crate) fn as_of(&self, generation: u64) -> Self {
        let mut document = self.clone();
        for source in &mut document.sources {
            source.as_of.get_or_insert(generation);
        }
        document
    }

    /// Returns the same document, with the names that its sources have in another one, where they are there.
    #[cfg(feature = "cli")]
    pub(crate) fn renamed(&self, rename: impl Fn(&str) -> Option<String>, other: &Self) -> Self {
        let names: Vec<_> = other.sources.iter().map(|source| &source.name).collect();
        let mut document = self.clone();
        for source in &mut document.sources {
            let renamed = rename(&source.name);
            if let Some(name) = names.iter().find(|name| Some(&****name) == renamed.as_deref()) {
                source.name = Arc::clone(name);
            }
        }
        document
    }

    /// Returns a place in words: with the name of its source.
    pub(crate) fn place(&self, place: Place) -> Origin {
        origin_of(&self.sources, place)
    }

    /// Returns the values without effect that were not there, or were others, in the document `before`.
    pub(crate) fn newly_shadowed(&self, before: &Self) -> impl Iterator<Item = &Replaced> {
        let identify = |document: &Self, replaced: &Replaced| {
            let name = document.source(replaced.node.place.source).cloned();
            let mut state = DefaultHasher::new();
            (&replaced.key, name, value_hash(&replaced.node)).hash(&mut state);
            state.finish()
        };
        let is_same = |old: &Replaced, new: &Replaced| {
            old.key == new.key
                && before.source(old.node.place.source) == self.source(new.node.place.source)
                && same_value(&old.node, &new.node)
        };
        // By all that is compared, so that no value is compared with more than two of before.
        let known = OnceCell::new();
        let all = move || {
            before
                .replaced
                .iter()
                .map(|old| (identify(before, old), old))
                .collect::<HashMap<_, _>>()
        };
        self.replaced.iter().enumerate().filter_map(move |(at, new)| {
            // Most often the same values are replaced in the same order.
            let is_known = before.replaced.get(at).is_some_and(|old| is_same(old, new))
                || known
                    .get_or_init(all)
                    .get(&identify(self, new))
                    .is_some_and(|old| is_same(old, new));
            (!is_known).then_some(new)
        })
    }

    /// Puts a value at a key, as a source of its own that comes after all others.
    pub(crate) fn put(&mut self, key: &Key, name: String, value: impl FnOnce(Place) -> Node) {
        let id = SourceId(narrow(self.sources.len()));
        let place = Place::whole(id);
        self.sources.push(SourceInfo::new(name));
        self.layers.push(Layer::One(id));
        self.files = self.files.fork();
        if let Some(derived) = self.derived.take() {
            let others = derived.iter().filter(|leaf| !leaf.covers(key)).cloned();
            self.note_derived(others.collect());
        }
        let before = put_below(Arc::make_mut(&mut self.root), key.segments(), value(place));
        self.replaced.extend(before.map(|node| Replaced { key: key.clone(), node }));
    }

    /// Turns a finding into a problem, with the name of its place.
    pub(crate) fn problem(&self, finding: Finding) -> Problem {
        let Finding { place, key, kind, severity, mut text, origin, .. } = finding;
        let origin = match origin {
            Naming::Place => {
                let names = self.references.names(place);
                if !names.is_empty() {
                    text = format!("{text} (from {})", in_words(names));
                }
                (place != Place::NONE).then(|| self.place(place))
            }
            Naming::Given(origin) => origin,
        };
        Problem { kind, severity, key, origin, ..Problem::error(text) }
    }

    fn source(&self, id: SourceId) -> Option<&Arc<str>> {
        self.sources.get(id.0 as usize).map(|source| &source.name)
    }
}

impl Node {
    /// Returns the node at a path below this one.
    pub(crate) fn below(&self, segments: &[Segment]) -> Option<&Self> {
        segments.iter().try_fold(self, child)
    }
}

fn child<'n>(node: &'n Node, segment: &Segment) -> Option<&'n Node> {
    match segment {
        Segment::Name(name) => node.as_map()?.get(&**name).map(|entry| &entry.node),
        Segment::Item(index) => node.as_list()?.get(*index),
        Segment::Entry(identity) => {
            let items = node.as_list()?;
            items.get(identity.index_in(items, |item| item.is_identified_by(identity))?)
        }
    }
}

/// Returns a hash that is the same for values that are written the same, whatever the order of entries.
fn value_hash(node: &Node) -> u64 {
    let mut state = DefaultHasher::new();
    std::mem::discriminant(&node.value).hash(&mut state);
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => scalar.text.hash(&mut state),
        Value::Untyped(untyped) => untyped.text.hash(&mut state),
        Value::List(items) => {
            items.iter().for_each(|item| value_hash(item).hash(&mut state));
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(name, entry)| {
                let mut state = DefaultHasher::new();
                (name, value_hash(&entry.node)).hash(&mut state);
                state.finish()
            });
            entries.fold(0, u64::wrapping_add).hash(&mut state);
        }
    }
    state.finish()
}

/// Returns true if two values are written the same, whatever their places.
fn same_value(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Null, Value::Null) => true,
        (Value::Scalar(one), Value::Scalar(other)) => {
            one.kind == other.kind && one.text == other.text
        }
        (Value::Untyped(one), Value::Untyped(other)) => one.text == other.text,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, entry)| {
                    other.get(name).is_some_and(|other| same_value(&entry.node, &other.node))
                })
        }
        _ => false,
    }
}

/// Returns the message about an unknown key that is close to a known one, and names the characters in which they
/// differ though they may look alike.
pub(crate) fn misspelt<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let meant = similar(written, known)?;
    let odd = |c: &char| !c.is_ascii() && !meant.contains(*c);
    let codes: Vec<_> = written.chars().filter(odd).map(characters::code).collect();
    let holds = match &*codes {
        [] => String::new(),
        codes => format!(" (it holds {})", codes.join(", ")),
    };
    Some(format!("unknown key, did you mean `{meant}`?{holds}"))
}

/// Returns the name that was probably meant, if one is close enough.
pub(crate) fn similar<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let folded = |name: &str| name.to_lowercase().replace('-', "_");
    let meant = folded(written);
    let length = meant.chars().count();
    names
        // At least so many letters differ.
        .filter(|name| {
            let other = name.chars().count();
            other.abs_diff(length) * 3 <= other.max(3)
        })
        .map(|name| (strsim::damerau_levenshtein(&meant, &folded(name)), name))
        .filter(|(distance, name)| {
            let length = name.chars().count();
            // Nothing is left of a short name that differs in every letter.
            *distance < length && *distance * 3 <= length.max(3)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
