//! The words of what is in force, as one document: the configuration in force can be built from them anew.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::values::is_hidden_inside;
use crate::{
    document::{
        Document, Entry, Layer, Limits, Node, Place, Size, SourceId, Value, narrow, put_below,
        remove_below, shown, shown_below,
    },
    place::Key,
    section::{Class, Leaf, Part, Reloadable, differing},
    snapshot::Snapshot,
    source::value_node,
};

/// Returns the words of what comes into force: those of `asked`, a configuration and its document, and for all of it
/// that waits for a restart those of what was in force `before`. `overlay` is the configuration that comes into force.
///
/// It is kept on disk for a generation, so that a later process has what was in force then and needs nothing else.
pub(super) fn in_force<C: Reloadable>(
    before: &Snapshot<C>,
    asked: (&C, &Arc<Document>),
    overlay: &C,
) -> Arc<Document> {
    let (config, document) = asked;
    if std::ptr::eq(config, overlay) {
        return Arc::clone(document);
    }
    let waiting = differing(overlay, config);
    if waiting.is_empty() {
        return Arc::clone(document);
    }
    let mut words = Words::new(document, before.in_force());
    for leaf in &waiting {
        words.take::<C>(leaf);
    }
    // A section of which only a part is set may not be built any more. But it is not about one that came or went.
    let came_or_went = differing(before.config(), overlay);
    let stays = |leaf: &Leaf| {
        let mut all = waiting.iter().chain(&came_or_went);
        !all.any(|other| other.key != leaf.key && other.holds(leaf))
    };
    let all: Vec<_> = C::TABLE.leaves().into_iter().filter(stays).collect();
    for leaf in &all {
        words.fill_up(leaf);
    }
    let said = |leaf: &Leaf| match leaf.role.class() {
        Class::Restart => &**before.in_force(),
        Class::Hot => document,
    };
    words.spell_out(&all, said, overlay);
    Arc::new(words.finish())
}

/// The words in which a configuration differs from the one that came into force after it.
pub(super) struct Left {
    leaves: Vec<Leaf>,
    words: Document,
}

impl Left {
    /// Returns the words that are left behind when one configuration follows another; `None` where no value differs.
    pub(super) fn between<C: Reloadable>(
        before: &Snapshot<C>,
        after: &Snapshot<C>,
    ) -> Option<Self> {
        if Arc::ptr_eq(before.shared_config(), after.shared_config()) {
            return None;
        }
        let leaves = differing(before.config(), after.config());
        if leaves.is_empty() {
            return None;
        }
        let mut words = Words::new(&Document::new(), before.in_force());
        for leaf in &leaves {
            words.take::<C>(leaf);
        }
        Some(Self { words: words.finish().as_of(before.generation()), leaves })
    }

    /// Returns the size in bytes, by and large.
    pub(super) fn size(&self) -> usize {
        let Size { nodes, bytes, .. } = Size::of(&self.words.root);
        bytes + nodes * size_of::<Entry>() + size_of_val(&*self.leaves)
    }

    /// Returns the words of the configuration that had these, from those of the one after it.
    pub(super) fn put_back<C: Reloadable>(&self, document: &Document, config: &C) -> Document {
        let mut words = Words::new(document, &self.words);
        for leaf in &self.leaves {
            words.take::<C>(leaf);
        }
        let differs =
            |leaf: &Leaf| self.leaves.iter().any(|one| one.key == leaf.key || one.holds(leaf));
        let said = |leaf: &Leaf| if differs(leaf) { &self.words } else { document };
        words.spell_out(&C::TABLE.leaves(), said, config);
        words.finish()
    }
}

/// A document into which values of another one are taken, with their places.
struct Words<'d> {
    document: Document,
    before: &'d Document,
    /// The sources of the values that were taken, there and here.
    sources: BTreeMap<SourceId, SourceId>,
    taken: HashSet<Key>,
}

impl<'d> Words<'d> {
    fn new(document: &Document, before: &'d Document) -> Self {
        Self { document: document.clone(), before, sources: BTreeMap::new(), taken: HashSet::new() }
    }

    /// Takes the value of a leaf, or that it has none.
    fn take<C: Reloadable>(&mut self, leaf: &Leaf) {
        let Leaf { key, part, .. } = leaf;
        if matches!(part, Part::Whole | Part::Order(_)) {
            return self.take_key(key);
        }
        let Some(table) = C::TABLE.section(key.segments()) else { return };
        let is_part = |name: &str| match part {
            Part::Whole | Part::Order(_) => true,
            Part::Beside => table.field(name).is_none(),
            Part::Fields(fields) => {
                fields.field(name).is_some()
                    || fields.flattened_leaf().is_some() && table.field(name).is_none()
            }
        };
        let names = |document: &Document| {
            let map = document.node(key).and_then(Node::as_map);
            let names = map.into_iter().flat_map(|map| map.keys().map(ToString::to_string));
            names.filter(|name| is_part(name)).collect::<Vec<_>>()
        };
        for name in [names(&self.document), names(self.before)].concat() {
            self.take_key(&key.child(name));
        }
    }

    /// Takes the value of a `restart` leaf for which there are no words here.
    fn fill_up(&mut self, leaf: &Leaf) {
        let Leaf { key, part, role, .. } = leaf;
        let is_whole = matches!(part, Part::Whole) && role.class() == Class::Restart;
        if is_whole && self.document.node(key).is_none() {
            self.take_key(key);
        }
    }

    fn take_key(&mut self, key: &Key) {
        self.taken.insert(key.clone());
        let Some(mut node) = self.before.node(key).cloned() else {
            return remove_below(Arc::make_mut(&mut self.document.root), key.segments());
        };
        node.move_sources(&mut |source| self.source(source));
        put_below(Arc::make_mut(&mut self.document.root), key.segments(), node);
    }

    /// Returns the number that a source of the other document has in this one.
    fn source(&mut self, id: SourceId) -> SourceId {
        if let Some(known) = self.sources.get(&id) {
            return *known;
        }
        let Some(source) = self.before.sources.get(id.0 as usize) else { return id };
        let new = SourceId(narrow(self.document.sources.len()));
        self.document.sources.push(source.clone());
        let one = new..SourceId(new.0 + 1);
        // As what it was: of a variable, not even the name may be kept on disk.
        let layer = self.before.layers.iter().find(|layer| layer.sources().contains(&id));
        self.document.layers.extend(layer.and_then(|layer| match layer {
            Layer::One(_) => Some(Layer::One(new)),
            Layer::Absent(_) => None,
            Layer::Variables { prefix, .. } => {
                Some(Layer::Variables { prefix: Arc::clone(prefix), sources: one })
            }
            Layer::Overrides { .. } => Some(Layer::Overrides { sources: one }),
        }));
        self.sources.insert(id, new);
        new
    }

    /// Returns the document, without the values that other ones replaced where they stand no more.
    fn finish(self) -> Document {
        let Self { mut document, taken, .. } = self;
        document.replaced.retain(|replaced| {
            let segments = replaced.key.segments();
            let around = |end| Key::from_iter(segments[..end].iter().cloned());
            !(0..=segments.len()).any(|end| taken.contains(&around(end)))
        });
        document
    }

    /// Writes the values for which there are no words, because they are those of the default of a whole section, into
    /// sections that are set now.
    ///
    /// `said` returns the document that the words of a leaf are from.
    fn spell_out<'a, C: Reloadable>(
        &mut self,
        leaves: &[Leaf],
        said: impl Fn(&Leaf) -> &'a Document,
        overlay: &C,
    ) {
        let mut whole = None;
        for leaf in leaves {
            let Leaf { key, serialized, role, part } = leaf;
            let [around @ .., _] = key.segments() else { continue };
            let around = Key::from_iter(around.iter().cloned());
            let words = said(leaf);
            if role.is_secret()
                || !matches!(part, Part::Whole)
                || self.document.node(key).is_some()
                || is_set(words, &around)
                || !is_set(&self.document, &around)
            {
                continue;
            }
            let whole = whole.get_or_insert_with(|| shown(overlay));
            let value = shown_below(whole, serialized.segments());
            if let Some(value) = value.filter(|value| !is_hidden_inside(value)) {
                let node = value_node(value, Place::NONE, &Limits::default());
                put_below(Arc::make_mut(&mut self.document.root), key.segments(), node);
            }
        }
    }
}

/// Returns true if a source sets something of a section.
fn is_set(document: &Document, section: &Key) -> bool {
    document
        .node(section)
        .is_some_and(|node| matches!(node.value, Value::Map(_) | Value::Untyped(_)))
}
