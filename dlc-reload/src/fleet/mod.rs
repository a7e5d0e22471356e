//! One configuration for many nodes: versions in a store, and rollouts that take them to the nodes stage by stage.

mod agent;
mod choice;
mod memory;
mod plan;
mod rank;
mod rollout;
mod state;
mod store;
mod target;
mod version;

pub use self::{
    memory::{Backup, Hints, MemoryClient, MemoryStore},
    plan::{PLANS, Plan, Reach, Restart, Stage},
    state::{Because, NodeProblem, NodeState, Refused, Stale, Trial},
    store::{Entry, Hint, Lost, Revision, Store, StoreError},
    target::{Change, Counts, Freeze, Phase, Rollout, Target},
    version::{Document, MOST_BYTES, MOST_DOCUMENTS, Version},
};
