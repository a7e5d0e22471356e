//! One configuration for many nodes: versions in a store, and rollouts that take them to the nodes stage by stage.

mod agent;
mod choice;
mod controller;
mod memory;
mod plan;
mod rank;
mod record;
mod rollout;
mod state;
mod store;
mod target;
mod version;

pub use self::{
    controller::Controller,
    memory::{Backup, Hints, MemoryClient, MemoryStore},
    plan::{PLANS, Plan, Reach, Restart, Stage},
    record::Record,
    state::{Because, NodeProblem, NodeState, Refused, Stale, Trial},
    store::{Entry, Hint, Lost, Revision, Store, StoreError},
    target::{Change, Counts, Freeze, Phase, Rollout, Target},
    version::{Document, MOST_BYTES, MOST_DOCUMENTS, Version},
};
