//! Collections whose entries are sections: maps, and lists whose items have an identity.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    FieldInfo, Parts, Reloadable, Table,
    identity::{IdentifiedBy, identity, named},
    row::Copying,
};
use crate::{
    document::{Node, Path, plain, shown},
    hook::{Differing, EntryKey, Index},
    place::{Identity, Segment},
};

/// A collection whose entries are sections, which `B` tells apart: a map, or a list whose items have an identity.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no collection whose entries are sections",
    label = "neither a map, nor a list whose items the named field tells apart",
    note = "`entries` stands on a `BTreeMap`, `HashMap` or `IndexMap`, `entries = \"name\"` on a `Vec`; the entries derive `Reloadable`"
)]
pub trait Entries<B>: Clone + Send + Sync + 'static {
    /// The key of a map, or the identity of the items of a list.
    type Key: Clone + PartialEq + Serialize + Send + Sync + 'static;
    /// The section.
    type Entry: Reloadable;

    /// The names of the field that is the identity, as sources and as `Serialize` write it; none of a map.
    const IDENTITY: Option<(&'static str, &'static str)>;
    /// The order of the entries.
    const ORDER: Order;

    /// Returns the entries.
    fn all(&self) -> Vec<(&Self::Key, &Self::Entry)>;
    /// Returns the entries, to be changed.
    fn all_mut(&mut self) -> Vec<(Self::Key, &mut Self::Entry)>;
    /// Returns the entry of a key, to which this step leads.
    fn entry(&self, key: &Self::Key, step: &Segment) -> Option<(&Self::Key, &Self::Entry)>;

    /// Returns true if there is a collection, with or without entries.
    fn is_present(&self) -> bool {
        true
    }
}

/// The order of the entries of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It means something: another order is a change.
    Meant,
    /// It means nothing, and is the same for the same entries.
    Kept,
    /// There is none.
    None,
}

/// The mark of a map, whose keys tell the entries apart.
#[derive(Debug)]
pub struct ByKey;

/// The mark of a list, of whose items the field with the hash `NAME` of a name tells them apart.
#[derive(Debug)]
pub struct By<const NAME: u64>;

/// Writes what the maps have in common.
macro_rules! map {
    ($order:expr) => {
        const ORDER: Order = $order;
        type Key = K;
        type Entry = S;

        const IDENTITY: Option<(&'static str, &'static str)> = None;

        fn all(&self) -> Vec<(&K, &S)> {
            self.iter().collect()
        }
        fn all_mut(&mut self) -> Vec<(K, &mut S)> {
            self.iter_mut().map(|(key, entry)| (key.clone(), entry)).collect()
        }
        fn entry(&self, key: &K, _: &Segment) -> Option<(&K, &S)> {
            self.get_key_value(key)
        }
    };
}

impl<K, S: Reloadable> Entries<ByKey> for BTreeMap<K, S>
where
    K: Clone + Ord + Serialize + Send + Sync + 'static,
{
    map!(Order::Kept);
}

impl<K, S: Reloadable, H> Entries<ByKey> for HashMap<K, S, H>
where
    K: Clone + Eq + Hash + Serialize + Send + Sync + 'static,
    H: BuildHasher + Clone + Send + Sync + 'static,
{
    map!(Order::None);
}

impl<K, S: Reloadable, H> Entries<ByKey> for IndexMap<K, S, H>
where
    K: Clone + Eq + Hash + Serialize + Send + Sync + 'static,
    H: BuildHasher + Clone + Send + Sync + 'static,
{
    map!(Order::Meant);
}

impl<S: Reloadable + IdentifiedBy<NAME>, const NAME: u64> Entries<By<NAME>> for Vec<S>
where
    S::Identity: Clone + PartialEq + Serialize + Send + Sync + 'static,
{
    type Key = S::Identity;
    type Entry = S;

    const ORDER: Order = Order::Meant;

    const IDENTITY: Option<(&'static str, &'static str)> = match S::TABLE.at(named(S::TABLE, NAME))
    {
        Some(field) => Some((field.name, field.serialized)),
        None => None,
    };

    fn all(&self) -> Vec<(&S::Identity, &S)> {
        self.iter().map(|item| (identity(item), item)).collect()
    }
    fn all_mut(&mut self) -> Vec<(S::Identity, &mut S)> {
        self.iter_mut().map(|item| (identity(item).clone(), item)).collect()
    }
    fn entry(&self, key: &S::Identity, step: &Segment) -> Option<(&S::Identity, &S)> {
        let Segment::Entry(text) = step else { return None };
        let item = &self[text.index_in(self, |item| identity(item) == key)?];
        Some((identity(item), item))
    }
}

/// A collection that may be absent, which has no entries then.
impl<E: Entries<B>, B> Entries<B> for Option<E> {
    type Key = E::Key;
    type Entry = E::Entry;

    const IDENTITY: Option<(&'static str, &'static str)> = E::IDENTITY;
    const ORDER: Order = E::ORDER;

    fn all(&self) -> Vec<(&E::Key, &E::Entry)> {
        self.as_ref().map(E::all).unwrap_or_default()
    }
    fn all_mut(&mut self) -> Vec<(E::Key, &mut E::Entry)> {
        self.as_mut().map(E::all_mut).unwrap_or_default()
    }
    fn entry(&self, key: &E::Key, step: &Segment) -> Option<(&E::Key, &E::Entry)> {
        self.as_ref()?.entry(key, step)
    }
    fn is_present(&self) -> bool {
        self.is_some()
    }
}

/// The facts about a collection of entries.
#[derive(Debug)]
pub(crate) struct EntriesType {
    /// The fields of an entry.
    pub(crate) table: &'static Table,
    /// The name of the field that tells the items of a list apart, as sources write it; none of a map.
    pub(crate) identity: Option<&'static str>,
    /// The same, as `Serialize` writes it.
    pub(crate) serialized: Option<&'static str>,
    /// The order of the entries.
    pub(super) order: Order,
    /// True if the entries of a later source are laid over those of an earlier one. A list replaces the one
    /// before otherwise.
    pub(crate) merges: bool,
    /// Returns the keys of all entries.
    keys: fn(&dyn Any) -> Vec<Arc<EntryKey>>,
    /// Replaces a collection by a copy of another one, in which the entries that both have keep what needs a restart.
    pub(super) adopt: Copying,
}

impl EntriesType {
    /// Returns the facts about a collection.
    pub(super) const fn of<E: Entries<B>, B>(merges: bool) -> Self {
        assert!(
            !E::Entry::TABLE.names_variables(),
            "a variable sets one field, and this would be that of each entry: remove `env` from the fields of the entries"
        );
        let (identity, serialized) = match E::IDENTITY {
            Some((name, serialized)) => (Some(name), Some(serialized)),
            None => (None, None),
        };
        let keys = |all: &dyn Any| {
            let all = all.downcast_ref::<E>().map(E::all).unwrap_or_default();
            all.into_iter().enumerate().map(|(at, (key, _))| way::<E, B>(key, at)).collect()
        };
        Self {
            table: E::Entry::TABLE,
            identity,
            serialized,
            order: E::ORDER,
            merges,
            keys,
            adopt: adopt_entries::<E, B>,
        }
    }

    /// Returns true if a step of a key leads to an entry. An item of a list is one by its index as well, as in messages
    /// about a source.
    pub(crate) const fn leads_to_one(&self, step: &Segment) -> bool {
        matches!(
            (self.identity, step),
            (None, Segment::Name(_)) | (Some(_), Segment::Item(_) | Segment::Entry(_))
        )
    }

    /// Returns a step to an entry, with the name of the field that tells entries apart.
    pub(crate) fn step(&self, step: &Segment) -> Segment {
        match (self.identity, step) {
            (Some(by), Segment::Entry(identity)) => Segment::Entry(identity.by(by)),
            _ => step.clone(),
        }
    }

    /// Returns the keys of all entries of a collection.
    pub(crate) fn keys(&self, all: &dyn Any) -> Vec<Arc<EntryKey>> {
        (self.keys)(all)
    }
}

impl FieldInfo {
    /// Calls a function for each section in the value of this field: the section itself, or each entry of a collection.
    pub(crate) fn each_section<'n>(
        &self,
        node: &'n Node,
        path: &Path<'_>,
        then: &mut dyn FnMut(&'n Node, &'static Table, &Path<'_>),
    ) {
        match (self.table(), &self.entries) {
            (Some(table), _) => then(node, table, path),
            (None, Some(EntriesType { table, identity: None, .. })) => {
                for (name, entry) in node.as_map().into_iter().flatten() {
                    then(&entry.node, table, &path.name(name));
                }
            }
            (None, Some(EntriesType { table, .. })) => {
                for (index, item) in node.as_list().into_iter().flatten().enumerate() {
                    then(item, table, &path.item(index));
                }
            }
            (None, None) => {}
        }
    }
}

/// Replaces a collection by a copy of another one, in which the entries that both have keep what needs a restart.
fn adopt_entries<E: Entries<B>, B>(value: &mut dyn Any, other: &dyn Any) {
    let (Some(value), Some(other)) = (value.downcast_mut::<E>(), other.downcast_ref::<E>()) else {
        return;
    };
    let mut adopted = other.clone();
    let known = value.all().into_iter();
    let by_text: HashMap<_, _> = known.map(|(key, entry)| (text(key), entry)).collect();
    for (key, entry) in adopted.all_mut() {
        if let Some(before) = by_text.get(&text(&key)) {
            *entry = E::Entry::overlay(before, entry);
        }
    }
    *value = adopted;
}

/// The difference in one entry of a collection.
pub enum EntryChange<'a, K, S: Reloadable> {
    /// Only the new collection has it. One that is compared with itself has it from the start.
    Added(&'a K, &'a S),
    /// Only the old collection had it.
    Removed(&'a K, &'a S),
    /// Both have it.
    Changed(&'a K, S::Diff<'a>),
}

impl<K, S: Reloadable> std::fmt::Debug for EntryChange<'_, K, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Added(..) => "Added",
            Self::Removed(..) => "Removed",
            Self::Changed(..) => "Changed",
        })
    }
}

/// Returns the difference in the entry to which a path leads.
pub fn entry_change<'a, E: Entries<B>, B>(
    path: &[Index],
    old: &'a E,
    new: &'a E,
) -> Option<EntryChange<'a, E::Key, E::Entry>> {
    let Some(Index::Entry(key)) = path.first() else { return None };
    let (key, step) = (key.key.downcast_ref::<E::Key>()?, &key.written);
    Some(match (old.entry(key, step), new.entry(key, step)) {
        (None, Some((key, new))) => EntryChange::Added(key, new),
        (Some((key, old)), Some((_, new))) if std::ptr::eq(old, new) => {
            EntryChange::Added(key, old)
        }
        (Some((_, old)), Some((key, new))) => EntryChange::Changed(key, E::Entry::diff(old, new)),
        (Some((key, old)), None) => EntryChange::Removed(key, old),
        (None, None) => return None,
    })
}

/// Returns true if two collections differ.
pub fn entries_differ<E: Entries<B>, B>(old: &E, new: &E) -> bool {
    let mut found = Differing::default();
    found.entries::<E, B>(0, old, new);
    !found.is_empty()
}

impl Differing {
    /// Compares two collections at an index, entry by entry.
    pub fn entries<E: Entries<B>, B>(&mut self, index: u16, old: &E, new: &E) {
        let (before, now) = (old.all(), new.all());
        let in_step = before.len() == now.len()
            && before.iter().zip(&now).all(|((one, _), (other, _))| one == other);
        if before.is_empty() && now.is_empty() && old.is_present() != new.is_present() {
            self.leaf(index);
        }
        if in_step {
            return self.below(Index::Field(index), |found| {
                for (at, ((key, old), (_, new))) in before.into_iter().zip(now).enumerate() {
                    found.entry::<E, B>(key, at, Some(old), Some(new));
                }
            });
        }
        let by_text = |all: &[(&E::Key, _)]| -> HashMap<_, _> {
            all.iter().enumerate().map(|(at, (key, _))| (text(*key), at)).collect()
        };
        let (known, stays) = (by_text(&before), by_text(&now));
        let common = |all: &[(&E::Key, _)], others: &HashMap<String, usize>| {
            all.iter()
                .map(|(key, _)| text(*key))
                .filter(|key| others.contains_key(key))
                .collect::<Vec<_>>()
        };
        if E::ORDER == Order::Meant && common(&before, &stays) != common(&now, &known) {
            self.leaf(index);
        }
        let noted = self.count();
        self.below(Index::Field(index), |found| {
            for (at, (key, entry)) in now.iter().enumerate() {
                let old = known.get(&text(*key)).map(|at| before[*at].1);
                found.entry::<E, B>(key, at, old, Some(entry));
            }
            for (at, (key, entry)) in before.iter().enumerate() {
                if !stays.contains_key(&text(*key)) {
                    found.entry::<E, B>(key, at, Some(entry), None);
                }
            }
        });
        if E::ORDER == Order::None {
            self.sort_entries(noted);
        }
    }

    fn entry<E: Entries<B>, B>(
        &mut self,
        key: &E::Key,
        at: usize,
        old: Option<&E::Entry>,
        new: Option<&E::Entry>,
    ) {
        let mut inside = Self::default();
        match (old, new) {
            (Some(old), Some(new)) => E::Entry::compare(old, new, &mut inside),
            _ => inside.whole(),
        }
        let inside = inside.into_places();
        if !inside.is_empty() {
            self.below(Index::Entry(way::<E, B>(key, at)), |found| {
                inside.into_iter().for_each(|way| found.found(way));
            });
        }
    }
}

/// Returns the step to an entry, which is the one at this index.
pub(super) fn way<E: Entries<B>, B>(key: &E::Key, at: usize) -> Arc<EntryKey> {
    let text = text(key);
    let [written, serialized] = match E::IDENTITY {
        Some((written, serialized)) => [written, serialized]
            .map(|by| Segment::Entry(Identity::new(by, text.as_str()).near(at))),
        None => [Segment::Name(text.clone().into()), Segment::Name(text.into())],
    };
    Arc::new(EntryKey { key: Box::new(key.clone()), written, serialized })
}

/// Returns a key as sources write it.
fn text(key: &impl Serialize) -> String {
    plain(&shown(key)).into_owned()
}

/// Returns true if an entry has a function that sets derived values.
pub const fn entries_finish<E: Entries<B>, B>() -> bool {
    E::Entry::FINISHES
}

/// Runs the functions that set derived values, on each entry.
pub fn finish_entries<E: Entries<B>, B>(all: &mut E) {
    for (_, entry) in all.all_mut() {
        entry.finish();
    }
}
