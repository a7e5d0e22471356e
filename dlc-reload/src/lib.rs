//! Configuration that changes while a service runs.
//!
//! Every field of a config struct is *hot* (it changes live) or *restart* (it takes effect at the
//! next start). [`#[derive(Reloadable)]`](derive@Reloadable) turns the marks into code that the
//! compiler checks; a [`Reloader`] loads, watches, validates, applies all or nothing, and reports.
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
//! use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
//! struct Config {
//!     /// Requests a second for one client.
//!     #[reload(hot)]
//!     rate: u32,
//!     /// Shown on the front page.
//!     #[reload(hot, live)]
//!     motd: String,
//!     /// The port to listen on.
//!     #[reload(restart)]
//!     port: u16,
//! }
//!
//! struct Throttle(AtomicU32);
//!
//! impl ConfigHooks for Throttle {
//!     fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
//!         let new = *rate.new;
//!         if new == 0 {
//!             return Err("a rate of 0 would refuse every request".into());
//!         }
//!         Ok(Commit::new(move || self.0.store(new, Ordering::Relaxed)))
//!     }
//! }
//!
//! # fn main() -> Result<(), dlc_reload::Error> {
//! # let folder = std::env::temp_dir().join(format!("dlc-reload-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let path = folder.join("config.yaml");
//! # std::fs::write(&path, "rate: 100\nmotd: hello\nport: 80\n").unwrap();
//! let boot = Loader::<Config>::new().file(&path).load()?;
//! let throttle = Arc::new(Throttle(AtomicU32::new(boot.rate)));
//! let reloader = boot.reloader().hooks(Arc::clone(&throttle)).start()?;
//! let config = reloader.handle();
//! assert_eq!(config.load().motd, "hello");
//!
//! std::fs::write(&path, "rate: 50\nmotd: hello\nport: 81\n").unwrap();
//! let report = reloader.reload(Trigger::api("an example")).wait()?;
//!
//! assert_eq!(throttle.0.load(Ordering::Relaxed), 50);
//! assert_eq!(config.load().port, 80, "the port waits for the next start");
//! assert_eq!(report.pending()[0].change.key.to_string(), "port");
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok(())
//! # }
//! ```
//!
//! # The nouns
//!
//! - A [`Loader`] puts a configuration together from *sources*: files, directories, environment
//!   variables, overrides. Later ones win key by key. It yields a [`Boot`]: the configuration to
//!   build the service from.
//! - A [`Reloader`] keeps it up to date. A [`Trigger`] makes it read the sources again; the result is a
//!   *candidate*, checked as a whole before anything happens.
//! - A *hook* reacts to one hot field, or to a section. It prepares, may refuse, and returns a [`Commit`] that
//!   runs once every hook has agreed.
//! - A [`Snapshot`] is the configuration in force, immutable and with its generation. A
//!   [`Handle`] reads it, a [`Reader`] does so for one task or thread, a [`Watch`] follows one field or section of it.
//! - A [`Report`] tells the result of one reload, with one of six [verdicts](Verdict).
//!
//! # The guide
//!
//! - [Questions](guide::questions): how do I …, each with code.
//! - [Patterns](guide::patterns): how a part of a service takes a new value.
//! - [Testing](guide::testing): what of a configuration a service tests, and with what.
//! - [Limits](guide::limits): every limit with its number, what is beyond it, and what is not supported.
//!
//! # Hooks run on the reload thread
//!
//! In declaration order, one reload at a time; their commits too, but those that can fail come first. A hook may block:
//! readers go on with the values in force, and other reloads wait. With the feature `tokio`, a hook can await
//! ([`Builder`] has an example); otherwise an async service blocks on its runtime's handle inside of it. A hook that
//! asks for a reload, or waits for a value to change, gets an error at once
//! ([`Error::is_reentrant`]), and a reload that it asked for runs afterwards. Do not join a thread there that
//! waits for a reload itself: neither could go on. A panic in a hook counts as a refusal.
//!
//! Sources, validation functions, observers, health checks and handlers run there, too. What takes long is named in the
//! log while it runs ([`Builder::slow_steps`]), and [`Status::running`] names it to a monitor.
//!
//! # The log
//!
//! Reloads are logged through [`tracing`] with the target `dlc_reload`. The program sets up where the log goes, as
//! with `tracing_subscriber::fmt::init()`; without a subscriber it goes nowhere.
//! A problem is logged once while it lasts, and again when it is back.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `yaml` | yes | reading `.yaml` and `.yml`, and lists and maps without quotes in environment variables |
//! | `toml` | yes | reading `.toml` |
//! | `json` | yes | reading `.json` |
//! | `excerpts` | yes | [`Error::excerpts`]: problems with the lines they are about, for terminals |
//! | `metrics` | no | `Builder::metrics`: reloads measured for Prometheus and its like |
//! | `admin` | no | the module `admin`: an HTTP API for operators, as a router of axum |
//! | `cli` | no | the module `cli`: arguments and subcommands of a program that check, show and plan its configuration |
//! | `audit` | no | the module `audit`: a record of every reload that shows later edits |
//! | `webhooks` | no | the module `webhooks`: signed messages about reloads to other systems |
//! | `fleet` | no | the module `fleet`: one configuration for many nodes, taken to them stage by stage |
//! | `fleet-signed` | no | versions of a fleet that are signed by keys which the service knows |
//! | `garde` | no | `#[reload(validate = dlc_reload::garde)]`: validation by the rules of the crate `garde` |
//! | `systemd` | no | `Builder::systemd`: readiness, reloads, status and watchdog, as systemd wants to be told of them (Linux) |
//! | `testing` | no | the module `testing`: the parts that a service needs to test its own hooks |
//! | `watch` | yes | reloading when a file changes |
//! | `signal` | yes | reloading on SIGHUP (Unix) |
//! | `stream` | no | `Watch::stream`: the values of a [`Watch`] as a stream |
//! | `tokio` | no | hooks that await, and a panic where [`Request::wait`] would block a thread that runs tasks |

// Names at each item the feature that it needs; only the nightly compiler of docs.rs can.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(
    missing_debug_implementations,
    reason = "an author derives `Debug` for structs that hold these types"
)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "admin")]
pub mod admin;
mod builder;
mod candidate;
#[cfg(feature = "cli")]
pub mod cli;
mod document;
#[cfg_attr(
    not(feature = "audit"),
    allow(dead_code, unused_imports, reason = "the audit asks for more than the history")
)]
mod durable;
mod environment;
mod error;
#[cfg(feature = "fleet")]
pub mod fleet;
/// The guide: what to do, and how far it goes. The crate itself begins with the nouns and an example.
pub mod guide {
    // What the pages link to.
    #[cfg(doc)]
    use crate::*;

    #[doc = include_str!("../docs/limits.md")]
    #[doc(alias("maximum", "size", "timeout"))]
    pub mod limits {}
    #[doc = include_str!("../docs/patterns.md")]
    #[doc(alias("example", "recipe"))]
    pub mod patterns {}
    #[doc = include_str!("../docs/how-do-i.md")]
    #[doc(alias("faq", "how to", "recipe"))]
    pub mod questions {}
    #[doc = include_str!("../docs/testing.md")]
    #[doc(alias("mock", "test"))]
    pub mod testing {}
}
mod hook;
mod load;
mod observers;
mod place;
mod redaction;
mod reloader;
mod report;
mod schema;
mod secret;
mod section;
mod snapshot;
pub mod source;
mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod trigger;
mod triggers;
pub mod units;

pub use builder::Builder;
pub use candidate::UnknownKeys;
pub use dlc_reload_derive::Reloadable;
pub use document::Limits;
pub use environment::{Environment, Watching};
#[cfg(feature = "excerpts")]
pub use error::Excerpts;
pub use error::{Error, Invalid, Problem, ProblemKind, Severity};
pub use hook::{Change, Commit, Diff, HookResult, Keyed, Veto};
pub use load::{Boot, Loader};
#[cfg(feature = "audit")]
pub use observers::audit;
#[cfg(feature = "systemd")]
pub use observers::systemd::Systemd;
#[cfg(feature = "webhooks")]
pub use observers::webhooks;
pub use place::{Identity, Key, Origin, Segment, SourceVersion};
pub use reloader::{
    Accepted, BootOutcome, FieldStatus, NextBoot, NextRetry, OnProbation, Overridden, Override,
    Plan, Probation, Reloader, Request, Restarts, Running, RunningStep, SourceState, SourceStatus,
    Status, WatchingState,
};
pub use report::{
    Changed, Explanation, ExplanationRow, Intent, Observer, Pending, Report, RowOutcome, Shadowed,
    Verdict,
};
pub use schema::{
    Grade, SchemaChange, SchemaChangeKind, draft_07, file_schema, reference, schema,
    schema_changes, values_schema,
};
/// The crate that makes the schema, for leaf types that derive `JsonSchema` without a dependency of
/// their own: `#[schemars(crate = "dlc_reload::schemars")]`.
pub use schemars;
pub use secret::Secret;
#[cfg(feature = "garde")]
pub use section::garde;
pub use section::{Class, Field, LeafType as Leaf, Reloadable, TypedPath};
pub use snapshot::{Guard, Handle, Reader, Snapshot, Watch};
pub use source::Format;
pub use store::LastKnownGood;
#[cfg(feature = "tokio")]
pub use sync::block_on;
pub use trigger::{Trigger, TriggerKind};
