//! The interface through which a node of a fleet is measured.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    state::NodeState,
    store::{Entry, Hint, Lost, Revision, Store, StoreError},
    target::{Counts, Target},
};
use crate::source::Guard;

/// A measurer of a node. It is told on the threads of the node, and of calls on those that make them.
pub(crate) trait Meter: Send + Sync {
    /// Takes note of a call of the store and of the error that it ended with, if it did.
    fn called(&self, call: Call, error: Option<&StoreError>);

    /// Takes note of the node after each thing that its thread did.
    fn measured(&self, node: &NodeVitals<'_>);

    /// Takes note of the fleet after each look of the controller; `None` where another node controls it.
    fn decided(&self, fleet: Option<&FleetVitals<'_>>);
}

/// The kinds of calls of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// The kinds of trouble of a node that refuse nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The version that it is to run is not in the store.
    VersionMissing,
    /// The pointer is older than the one before.
    PointerWentBack,
    /// A version that was taken back is in force, since the service does not go without it.
    NotTakenBack,
    /// A file of its cache cannot be written.
    CacheUnwritten,
    /// The fleet does not see it: another process has its name, or the store refuses what it tells.
    Unseen,
}

/// A node as it is measured.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only metrics read it"))]
pub(crate) struct NodeVitals<'n> {
    pub(crate) state: &'n NodeState,
    /// The version that it is to run.
    pub(crate) asked: Option<u64>,
    /// The changes of the pointer that caused no event.
    pub(crate) missed: u64,
    pub(crate) troubles: Vec<Trouble>,
}

/// A fleet as its controller sees it.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only metrics read it"))]
pub(crate) struct FleetVitals<'f> {
    pub(crate) target: &'f Target,
    /// The course of the stage.
    pub(crate) counts: Counts,
    /// True if something holds the stage up.
    pub(crate) waits: bool,
}

/// A store of which each call is measured.
pub(super) struct Metered {
    store: Arc<dyn Store>,
    meter: Arc<dyn Meter>,
}

impl Metered {
    /// Returns the store of a node: itself where nothing is measured.
    pub(super) fn store(store: &Arc<dyn Store>, meter: Option<&Arc<dyn Meter>>) -> Arc<dyn Store> {
        let store = Arc::clone(store);
        match meter {
            Some(meter) => Arc::new(Self { store, meter: Arc::clone(meter) }),
            None => store,
        }
    }

    fn call<T>(&self, call: Call, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.meter.called(call, result.as_ref().err());
        result
    }
}

impl Store for Metered {
    fn fleet(&self) -> &str {
        self.store.fleet()
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.call(Call::Read, self.store.get(key))
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.call(Call::Read, self.store.list(prefix))
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.call(Call::Read, self.store.keys(prefix))
    }

    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        self.call(Call::Write, self.store.swap(key, seen, value))
    }

    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        self.call(Call::Write, self.store.keep(key, value, life))
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.call(Call::Write, self.store.release(key))
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        self.store.watch(prefix, hint)
    }
}
