//! A store that tells a test of what is read.

use std::{collections::BTreeMap, time::Duration};

use dlc_reload::{
    fleet::{Entry, Hint, Lost, MemoryClient, Revision, Store, StoreError},
    source::Guard,
};

/// A client, and what is called with each key before it is read.
pub(crate) struct Told<F>(pub(crate) MemoryClient, pub(crate) F);

impl<F: Fn(&str) + Send + Sync + 'static> Store for Told<F> {
    fn fleet(&self) -> &str {
        self.0.fleet()
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        (self.1)(key);
        self.0.get(key)
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.0.list(prefix)
    }

    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        self.0.swap(key, seen, value)
    }

    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        self.0.keep(key, value, life)
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.0.release(key)
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        self.0.watch(prefix, hint)
    }
}
