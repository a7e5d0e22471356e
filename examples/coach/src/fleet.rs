//! The service as a node of a fleet, where it is asked to be one.

use std::path::PathBuf;

use anyhow::Context as _;
use axum::{Router, middleware};
use clap::Args;
use dlc_reload::{Builder, Loader, fleet::Fleet};
use dlc_reload_etcd::{Etcd, Options};

use crate::{
    config::Config,
    health::{self, Health},
};

/// The fleet that the service is a node of.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Fleet")]
pub struct FleetArgs {
    /// The store of the fleet whose versions lie over the file, such as `etcd://127.0.0.1:2379/coach/dev`
    #[arg(long, value_name = "URL", requires = "node")]
    fleet: Option<String>,
    /// The name of this node, which no other one of the fleet has
    #[arg(long, value_name = "NAME", requires = "fleet")]
    node: Option<String>,
    /// A label of this node, by which a stage of a rollout may choose it, such as `region=eu`
    #[arg(long, value_name = "NAME=VALUE", requires = "fleet", value_parser = label)]
    label: Vec<(String, String)>,
    /// The folder in which the last versions are kept, to start from while the store is away
    #[arg(long, value_name = "FOLDER", requires = "fleet")]
    fleet_cache: Option<PathBuf>,
}

/// The place of the service in a fleet, if it has one.
pub struct Node {
    fleet: Option<Fleet>,
    health: Health,
}

impl FleetArgs {
    /// Returns the place of the service in a fleet.
    ///
    /// # Errors
    ///
    /// The address of the store is none.
    pub fn node(&self) -> anyhow::Result<Node> {
        let Some((address, node)) = self.fleet.as_ref().zip(self.node.as_ref()) else {
            return Ok(Node { fleet: None, health: Health::default() });
        };
        let store = Etcd::connect(address, Options::new()).context("--fleet")?;
        let mut fleet = Fleet::new(store, node);
        for (name, value) in &self.label {
            fleet = fleet.label(name, value);
        }
        if let Some(folder) = &self.fleet_cache {
            fleet = fleet.cache(folder);
        }
        let fleet = Some(fleet.build(env!("CARGO_PKG_VERSION")));
        Ok(Node { fleet, health: Health::default() })
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or("a label is `NAME=VALUE`, such as `region=eu`")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Node {
    /// Lays the documents of the fleet over what was loaded before them.
    pub fn lay(&self, loader: Loader<Config>) -> Loader<Config> {
        match &self.fleet {
            Some(fleet) => loader.fleet(fleet),
            None => loader,
        }
    }

    /// Lets the service follow its fleet, and puts each change on trial.
    pub fn join<H: ?Sized>(&mut self, builder: Builder<Config, H>) -> Builder<Config, H> {
        match self.fleet.take() {
            Some(fleet) => builder.probation(self.health.probation()).fleet(fleet),
            None => builder,
        }
    }

    /// Has requests counted, by which a change is judged.
    pub fn counted(&self, app: Router) -> Router {
        app.layer(middleware::from_fn_with_state(self.health.clone(), health::count))
    }
}
