//! Typed differences between two values.

use std::{
    any::Any,
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    fmt,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use crate::place::Segment;

/// The old and the new value of something that changed.
///
/// It borrows both configurations, so it is free to copy and holds nothing alive.
///
/// ```
/// use dlc_reload::{Change, Commit, HookResult};
///
/// fn on_rate(rate: Change<'_, u32>) -> HookResult<'_> {
///     if *rate.new > 10 * *rate.old {
///         return Err(format!("{} is too far from {}", rate.new, rate.old).into());
///     }
///     Ok(Commit::none())
/// }
///
/// assert!(on_rate(Change::new(&100, &200)).is_ok());
/// let refused = on_rate(Change::new(&100, &5000)).unwrap_err();
/// assert_eq!(refused.to_string(), "5000 is too far from 100");
/// ```
#[non_exhaustive]
pub struct Change<'a, T: ?Sized> {
    /// The value in force until now.
    pub old: &'a T,
    /// The value that replaces it.
    pub new: &'a T,
}

impl<'a, T: ?Sized> Change<'a, T> {
    /// Makes a change, as the library does for hooks: for the tests of a hook.
    pub const fn new(old: &'a T, new: &'a T) -> Self {
        Self { old, new }
    }

    /// Returns the change that undoes this one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { old: self.new, new: self.old }
    }
}

impl<'a, T: ?Sized + Map> Change<'a, T> {
    /// Compares two maps entry by entry.
    ///
    /// Each list is in the order of the map that holds the entries: sorted for a [`BTreeMap`],
    /// unspecified for a [`HashMap`].
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use dlc_reload::Change;
    ///
    /// let old = BTreeMap::from([("eu", 1), ("us", 2)]);
    /// let new = BTreeMap::from([("eu", 5), ("asia", 3)]);
    /// let keyed = Change::new(&old, &new).keyed();
    ///
    /// assert_eq!(keyed.added, [(&"asia", &3)]);
    /// assert_eq!(keyed.removed, [(&"us", &2)]);
    /// let (key, value) = keyed.changed[0];
    /// assert_eq!((*key, *value.old, *value.new), ("eu", 1, 5));
    /// ```
    pub fn keyed(self) -> Keyed<'a, T::Key, T::Value> {
        let mut keyed = Keyed { added: Vec::new(), removed: Vec::new(), changed: Vec::new() };
        for (key, new) in self.new.entries() {
            match self.old.entry(key) {
                None => keyed.added.push((key, new)),
                Some(old) if old == new => {}
                Some(old) => keyed.changed.push((key, Change { old, new })),
            }
        }
        keyed.removed.extend(self.old.entries().filter(|(key, _)| self.new.entry(key).is_none()));
        keyed
    }
}

impl<T: ?Sized> Clone for Change<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Change<'_, T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Change<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("old", &self.old).field("new", &self.new).finish()
    }
}

/// The entries in which two maps differ; see [`Change::keyed`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Keyed<'a, K, V> {
    /// Entries that only the new map has.
    pub added: Vec<(&'a K, &'a V)>,
    /// Entries that only the old map had.
    pub removed: Vec<(&'a K, &'a V)>,
    /// Entries that both have, with different values.
    pub changed: Vec<(&'a K, Change<'a, V>)>,
}

/// A map that [`Change::keyed`] can compare: a [`BTreeMap`] or a [`HashMap`].
pub trait Map: sealed::Sealed {
    /// The type of the keys.
    type Key;
    /// The type of the values.
    type Value: PartialEq;

    /// Returns the entries, in the order of the map.
    #[doc(hidden)]
    fn entries(&self) -> impl Iterator<Item = (&Self::Key, &Self::Value)>;
    /// Returns the value of a key.
    #[doc(hidden)]
    fn entry(&self, key: &Self::Key) -> Option<&Self::Value>;
}

impl<K: Ord, V: PartialEq> Map for BTreeMap<K, V> {
    type Key = K;
    type Value = V;

    fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }
    fn entry(&self, key: &K) -> Option<&V> {
        self.get(key)
    }
}

impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> Map for HashMap<K, V, S> {
    type Key = K;
    type Value = V;

    fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }
    fn entry(&self, key: &K) -> Option<&V> {
        self.get(key)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<K, V> Sealed for std::collections::BTreeMap<K, V> {}
    impl<K, V, S> Sealed for std::collections::HashMap<K, V, S> {}
}

/// The difference between two values of a section; the derive writes a `…Diff` struct for each.
///
/// Its `Debug` lists the keys that differ and no values, because some may be secrets.
pub trait Diff: fmt::Debug {
    /// Notes what differs, in declaration order.
    #[doc(hidden)]
    fn note(&self, found: &mut Differing);

    /// Returns true if nothing differs.
    fn is_empty(&self) -> bool {
        let mut found = Differing::default();
        self.note(&mut found);
        found.is_empty()
    }
}

/// One step on the way from the root to something that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    /// The field of a section, by its index in the table.
    Field(u16),
    /// The entry of a collection.
    Entry(Arc<EntryKey>),
}

/// The key of an entry of a collection.
pub struct EntryKey {
    /// The key itself: that of a map, or the identity of the item of a list.
    pub(crate) key: Box<dyn Any + Send + Sync>,
    /// The step to the entry in the keys of sources.
    pub(crate) written: Segment,
    /// The same step in what `Serialize` writes.
    pub(crate) serialized: Segment,
}

impl PartialEq for EntryKey {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for EntryKey {}

impl PartialOrd for EntryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.written.cmp(&other.written)
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

/// The way from the root to something that differs: to a leaf, to a section as a whole, or to the entry of a
/// collection.
pub(crate) type Way = Vec<Index>;

/// The places at which two values of a section differ, in declaration order.
#[derive(Debug, Default)]
pub struct Differing {
    /// The section that is compared.
    at: Way,
    found: Vec<Way>,
}

impl Differing {
    /// Notes that the leaf at an index differs.
    #[cold]
    pub fn leaf(&mut self, index: u16) {
        let mut place = self.at.clone();
        place.push(Index::Field(index));
        self.found.push(place);
    }

    /// Compares two values of the section at an index.
    #[inline]
    pub fn section<S>(&mut self, index: u16, old: &S, new: &S, compare: fn(&S, &S, &mut Self)) {
        self.below(Index::Field(index), |found| compare(old, new, found));
    }

    /// Compares what is one step below.
    pub(crate) fn below(&mut self, step: Index, compare: impl FnOnce(&mut Self)) {
        self.at.push(step);
        compare(self);
        self.at.pop();
    }

    /// Notes that the section or entry that is compared appeared or disappeared as a whole.
    pub(crate) fn whole(&mut self) {
        self.found.push(self.at.clone());
    }

    /// Notes what was found by itself below the place that is compared.
    pub(crate) fn found(&mut self, below: Way) {
        self.found.push([self.at.clone(), below].concat());
    }

    /// Returns the number of places that were found.
    pub(crate) const fn count(&self) -> usize {
        self.found.len()
    }

    /// Sorts the entries that were found since a number of them, in a collection at the place that is compared.
    pub(crate) fn sort_entries(&mut self, since: usize) {
        let depth = self.at.len() + 1;
        // Within an entry they stay in declaration order.
        self.found[since..].sort_by(|one, other| one.get(depth).cmp(&other.get(depth)));
    }

    /// Returns the ways to the leaves, entries and whole sections that differ.
    pub fn into_places(self) -> Vec<Vec<Index>> {
        self.found
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}
