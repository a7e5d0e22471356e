//! The service in no fleet: what `fleet.rs` is where the feature `fleet` is off.

use axum::Router;
use clap::Args;
use dlc_reload::{Builder, Loader};

use crate::config::Config;

/// Nothing: only a build with the feature `fleet` may be a node of one.
#[derive(Clone, Debug, Default, Args)]
pub struct FleetArgs {}

/// The place of the service in a fleet: none.
pub struct Node;

impl FleetArgs {
    /// Returns the place of the service in a fleet, which is none.
    ///
    /// # Errors
    ///
    /// There are none.
    pub fn node(&self) -> anyhow::Result<Node> {
        Ok(Node)
    }
}

impl Node {
    /// Lays nothing over what was loaded.
    pub fn lay(&self, loader: Loader<Config>) -> Loader<Config> {
        loader
    }

    /// Follows nothing.
    pub fn join<H: ?Sized>(&mut self, builder: Builder<Config, H>) -> Builder<Config, H> {
        builder
    }

    /// Counts nothing.
    pub fn counted(&self, app: Router) -> Router {
        app
    }
}
