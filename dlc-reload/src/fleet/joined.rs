//! The fleet that a service is a node of, as its admin API knows it.

use std::sync::Arc;

use super::{desk::Desk, store::Store};

/// The fleet that a service is a node of, as its admin API knows it: to look, and to change nothing.
pub(crate) struct Joined {
    /// The name of the node.
    pub(crate) node: String,
    /// The desk, which blocks.
    pub(crate) desk: Desk,
}

impl Joined {
    /// Makes the fleet of a node from its store.
    pub(crate) fn new(node: impl Into<String>, store: Arc<dyn Store>) -> Self {
        let node = node.into();
        let desk = Desk::new(store, format!("node {node}"));
        Self { node, desk }
    }
}
