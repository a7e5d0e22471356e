//! One configuration for many nodes: versions in a store, and rollouts that take them to the nodes stage by stage.
//!
//! A **version** is a set of documents that never changes. The **pointer**, one key of a [`Store`], says which version
//! each **node** is to run: the stable one, or the candidate of a **rollout**, which reaches the nodes in stages. Each
//! node tries the candidate by the same transaction as every reload, and tells what came of it: what it refused, with
//! key and line; what made it ill and was taken back; what waits for a restart. A **controller**, which one of the
//! nodes is, takes the rollout from stage to stage, and halts it.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use dlc_reload::{Loader, Reloadable, fleet::{Desk, Document, Fleet, Goal, MemoryStore, Outcome, Plan, Reach, Stage}};
//!
//! #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
//! struct Config {
//!     #[serde(default)]
//!     #[reload(hot, live)]
//!     rate: u32,
//! }
//!
//! // A service joins. In place of this store, a service has one in etcd, of the crate `dlc-reload-etcd`.
//! let store = MemoryStore::new("coach/test");
//! let fleet = Fleet::new(store.client(), "n1").label("region", "eu").build(env!("CARGO_PKG_VERSION"));
//! let boot = Loader::<Config>::new().fleet(&fleet).load()?;
//! let reloader = boot.reloader().fleet(fleet.splay(Duration::ZERO)).start()?;
//! # // Until the node is in sight.
//! # let seen = |desk: &Desk| desk.overview().is_ok_and(|overview| overview.nodes.contains_key("n1"));
//!
//! // A person, or a pipeline, publishes a version and starts a rollout: `dlc-reload fleet publish`, `start` and `wait`.
//! let desk = Desk::new(Arc::new(store.client()), "alice");
//! # while !seen(&desk) { std::thread::yield_now(); }
//! let document = Document { name: "base.yaml".to_owned(), text: "rate: 7".to_owned() };
//! let version = desk.publish(vec![document], "the first one")?;
//! let all = Stage::new(Reach::Share(1.0), Duration::ZERO, Duration::from_secs(60));
//! desk.start(version, Plan::new("all", vec![all]), "nothing runs yet")?;
//! let ending = desk.wait(Goal::Promoted, Duration::from_secs(60))?;
//! assert_eq!(ending.outcome, Outcome::Reached);
//! assert_eq!(reloader.handle().load().rate, 7);
//! assert_eq!(reloader.status().fields[0].origin.to_string(), "base.yaml@1:1:7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | for | see |
//! |---|---|
//! | those who write a service | [`Fleet`], [`Loader::fleet`](crate::Loader::fleet), [`Builder::fleet`](crate::Builder::fleet), `docs/fleet/node.md` |
//! | those who change the configuration | [`Desk`], [`Plan`], `docs/fleet/runbook.md` |
//! | those who bring another engine | [`Store`] |
//! | tests | [`MemoryStore`] |

mod agent;
mod choice;
mod controller;
mod desk;
mod digest;
mod disk;
mod first;
#[cfg(feature = "admin")]
mod joined;
mod member;
mod memory;
mod meter;
#[cfg(feature = "metrics")]
mod metrics;
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
mod words;

#[cfg(feature = "admin")]
pub(crate) use self::joined::Joined;
#[cfg(feature = "metrics")]
pub(crate) use self::metrics::Metrics;
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
    target::{Counts, Freeze, Phase, Rollout, Target, TargetChange},
    version::{Document, MOST_BYTES, MOST_DOCUMENTS, Version},
};
pub(crate) use self::{meter::Meter, node::Node};
