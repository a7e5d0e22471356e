//! The fleet of [`dlc_reload`] on [etcd](https://etcd.io): [`Etcd`] is a [`Store`](dlc_reload::fleet::Store).
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use dlc_reload::fleet::Store;
//! use dlc_reload_etcd::{Etcd, Options};
//!
//! let options = Options::new().ca("/etc/coach/etcd-ca.pem").identity("/etc/coach/node.pem", "/etc/coach/node.key");
//! let store: Arc<dyn Store> =
//!     Arc::new(Etcd::connect("etcd://etcd-1:2379,etcd-2:2379,etcd-3:2379/coach/production", options)?);
//! # Ok::<(), dlc_reload_etcd::Error>(())
//! ```
//!
//! It needs etcd 3.4 or later; building it needs the compiler of protocol buffers with its includes (Debian:
//! `protobuf-compiler`, `libprotobuf-dev`).
//!
//! # Keys and permissions
//!
//! Everything of a fleet lies below `/dlc/<service>/<environment>/`. A node reads all of it, and writes `nodes/`,
//! `namesakes/` and `schema/`; one that may be the controller also writes `target`, `rollouts/` and `controller`; who
//! publishes writes `versions/` and `target`. With client certificates, the user is the common name, and nothing
//! expires while it runs.
//!
//! # What it does when etcd does not
//!
//! It talks to one member at a time, with one connection. A member that is gone, stopped or cut off from the others is
//! left for the next one, within ten seconds. A call is over after [`Options::timeout`] at the latest. A watch goes on
//! where it was, so that nothing is missed; where it cannot (history was compacted, or the cluster was restored from a
//! backup), it says that something may have changed.

mod address;
mod etcd;
mod failure;
mod heard;
mod kept;
mod link;
mod options;
mod watch;

pub use self::{
    etcd::Etcd,
    options::{Error, Options},
};
