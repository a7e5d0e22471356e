//! The things that the author says about a node.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use super::{disk::Disk, store::Store, version::Trust};

/// The things that the author says about a node.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) store: Arc<dyn Store>,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) build: String,
    pub(super) cache: Option<PathBuf>,
    pub(super) splay: Duration,
    pub(super) trust: Trust,
    pub(super) controls: bool,
}

impl Settings {
    pub(super) fn disk(&self) -> Disk {
        Disk::new(self.cache.as_ref().map(|cache| cache.join(&self.name)))
    }
}
