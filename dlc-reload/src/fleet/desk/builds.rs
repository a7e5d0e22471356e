//! The builds that are alive in a fleet, with their schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Desk, DeskError};
use crate::fleet::{digest::sha256, state::SCHEMAS};

/// A build of nodes in sight, as far as their configuration goes: one schema.
#[derive(Clone, Debug)]
pub struct Build {
    /// The versions of the programs.
    pub programs: BTreeSet<String>,
    /// The nodes.
    pub nodes: BTreeSet<String>,
    /// The schema of one file of the configuration; `None` where the store does not have it, or has another one.
    pub schema: Option<Json>,
}

impl Desk {
    /// Returns the builds that are alive in the fleet: documents are for all of them. A node that does not say what its schema is
    /// counts as one without a schema.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn builds(&self) -> Result<Vec<Build>, DeskError> {
        let mut builds: BTreeMap<String, Build> = BTreeMap::new();
        for (name, state) in self.nodes()?.0 {
            let none = || Build { programs: BTreeSet::new(), nodes: BTreeSet::new(), schema: None };
            let build = builds.entry(state.schema).or_insert_with(none);
            build.programs.insert(state.build);
            build.nodes.insert(name);
        }
        for (digest, build) in &mut builds {
            let Some(entry) = self.store.get(&format!("{SCHEMAS}{digest}"))? else { continue };
            if sha256(&entry.value) == *digest {
                build.schema = serde_json::from_slice(&entry.value).ok();
            }
        }
        Ok(builds.into_values().collect())
    }
}
