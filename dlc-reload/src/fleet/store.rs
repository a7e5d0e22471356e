//! The seam between a fleet and the engine that holds what it shares.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use crate::source::Guard;

/// An engine that holds what a fleet shares: one key changed by compare-and-swap, values that vanish with their owner,
/// and a hint that something changed.
///
/// Keys are relative to the part of the engine that belongs to the fleet: `target`, `versions/42`. Nothing spans two
/// keys, so that an engine needs no transactions. All calls block, for a time that has an end, and come from threads of
/// their own; an engine whose client is async runs it on a thread of its own.
///
/// [`MemoryStore`](super::MemoryStore) is one in memory, for tests, which can be made to fail.
pub trait Store: Send + Sync + 'static {
    /// Returns the name of the fleet that this part of the engine belongs to, such as `coach/production`: a version is
    /// digested and signed for one fleet.
    fn fleet(&self) -> &str;

    /// Returns the value of a key with its revision, as a majority of the engine has it; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses.
    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError>;

    /// Returns all keys that begin with this prefix, which is cut off, with their values. They need not be of one
    /// moment.
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses.
    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError>;

    /// Returns all keys that begin with this prefix, which is cut off. Where the engine can, it does not send the
    /// values.
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.list(prefix)?.into_keys().collect())
    }

    /// Writes a value if the key is still at the revision that was seen; [`Revision::ABSENT`] where there was none.
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses. The value may have been written all the same: read it.
    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError>;

    /// Writes a value that vanishes with its owner, this client of the engine: the engine lets it go once `life` has
    /// passed since the client was alive. As long as it is, it renews the value by itself. Another call replaces the
    /// value.
    ///
    /// Where the key has a value of another living owner, that stays, and the inner result is [`Lost`].
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses. The client goes on trying to write the value while it can, until
    /// [`release`](Self::release).
    fn keep(&self, key: &str, value: &[u8], life: Duration)
    -> Result<Result<(), Lost>, StoreError>;

    /// Lets go of a value that this client keeps, and removes it.
    ///
    /// # Errors
    ///
    /// The engine cannot be reached, or refuses. It is no longer renewed all the same.
    fn release(&self, key: &str) -> Result<(), StoreError>;

    /// Calls back whenever something below the prefix may have changed, until the guard is dropped. That is a hint: it
    /// may come twice, and what it is about is read anew. It may be lost as well, which is why readers also read
    /// without one. The call returns soon and does not call the store itself.
    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard;
}

/// A value in a [`Store`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// The revision at which it was written.
    pub revision: Revision,
}

/// A number that grows with every write to a [`Store`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a key that does not exist.
    pub const ABSENT: Self = Self(0);
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A race that was lost: somebody else has written the key meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// A message of a [`Store`] to those who watch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Something may have changed.
    Changed,
    /// The store hears nothing of its engine any more, with the reason.
    CutOff(String),
    /// The store hears of its engine again. Something may have changed meanwhile.
    Back,
}

/// A call of a [`Store`] that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct StoreError {
    reason: String,
    is_refusal: bool,
}

impl StoreError {
    /// Makes the error of an engine that cannot be reached. `reason` names the engine's address and what to do.
    pub fn unreachable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_refusal: false }
    }

    /// Makes the error of an engine that was reached and refuses: a permission that lacks, a value that is too large.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_refusal: true }
    }

    /// Returns true if the engine was reached and refuses, so that trying again will not help by itself.
    pub const fn is_refusal(&self) -> bool {
        self.is_refusal
    }
}

/// What is shared is a store as well.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn fleet(&self) -> &str {
        (**self).fleet()
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        (**self).get(key)
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        (**self).list(prefix)
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        (**self).keys(prefix)
    }

    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        (**self).swap(key, seen, value)
    }

    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        (**self).keep(key, value, life)
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        (**self).release(key)
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        (**self).watch(prefix, hint)
    }
}
