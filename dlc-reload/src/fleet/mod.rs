//! One configuration for many nodes: versions in a store, and rollouts that take them to the nodes stage by stage.

mod agent;
mod choice;
mod controller;
mod desk;
mod digest;
mod disk;
#[cfg(feature = "admin")]
mod joined;
mod member;
mod memory;
mod node;
mod overview;
mod placed;
mod plan;
mod rank;
mod record;
mod rollout;
mod settings;
#[cfg(feature = "fleet-signed")]
mod signed;
#[cfg(test)]
mod simulation;
mod source;
mod start;
mod state;
mod store;
mod target;
mod version;

#[cfg(feature = "admin")]
pub(crate) use self::joined::Joined;
pub(crate) use self::node::Node;
#[doc(hidden)]
pub use self::placed::Placed;
#[cfg(feature = "fleet-signed")]
pub use self::signed::{SigningKey, TrustedKey};
pub use self::{
    controller::Controller,
    desk::{
        Build, Complaint, Desk, DeskError, DocumentDiff, Ending, Goal, Log, Outcome, Published,
    },
    member::Fleet,
    memory::{Backup, Hints, MemoryClient, MemoryStore},
    overview::{NodeView, Overview, StageView},
    plan::{PLANS, Plan, Reach, Restart, Stage},
    record::Record,
    state::{Because, NodeProblem, NodeState, Refused, Stale, Trial},
    store::{Entry, Hint, Lost, Revision, Store, StoreError},
    target::{Change, Counts, Freeze, Phase, Rollout, Target},
    version::{Document, MOST_BYTES, MOST_DOCUMENTS, Version},
};
