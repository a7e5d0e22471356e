//! The builds that are alive in a fleet, with their schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Desk, DeskError};
use crate::fleet::{digest::sha256, state::SCHEMAS};

/// A build of nodes in sight, as far as their configuration goes: one schema. Without nodes, it is the build that came
/// last.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The versions of the programs.
    pub programs: BTreeSet<String>,
    /// The nodes.
    pub nodes: BTreeSet<String>,
    /// The schema of one file of the configuration; `None` where the store does not have it, or has another one.
    pub schema: Option<Json>,
}

impl Desk {
    /// Returns the builds that are alive in the fleet: documents are for all of them. A node that does not say what its
    /// schema is, or whose state cannot be read, counts as one without a schema. Where no node is in sight, it is the
    /// build whose schema came last, if the store has one: the nodes that come are most likely of that one.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn builds(&self) -> Result<Vec<Build>, DeskError> {
        let mut builds: BTreeMap<String, Build> = BTreeMap::new();
        let (states, unreadable) = self.nodes()?;
        if states.is_empty() && unreadable.is_empty() {
            return self.last_build();
        }
        let others = unreadable.into_keys().map(|name| (name, String::new(), None));
        let states = states.into_iter().map(|(name, it)| (name, it.schema, Some(it.build)));
        for (name, schema, program) in states.chain(others) {
            let build = builds.entry(schema).or_default();
            build.programs.extend(program);
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

    /// Returns the build whose schema came last, without its nodes.
    fn last_build(&self) -> Result<Vec<Build>, DeskError> {
        let schemas = self.store.list(SCHEMAS)?.into_iter();
        let own = schemas.filter(|(digest, entry)| sha256(&entry.value) == *digest);
        let last = own.max_by_key(|(_, entry)| entry.revision);
        let schema = last.and_then(|(_, entry)| serde_json::from_slice(&entry.value).ok());
        let build = |schema| Build { schema: Some(schema), ..Build::default() };
        Ok(schema.map(build).into_iter().collect())
    }
}
