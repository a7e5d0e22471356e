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
//!             return Err("a rate of 0 would lock everyone out".into());
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
//! let report = reloader.reload(Trigger::api("an example"))?;
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
//! - A [`Reloader`] keeps it up to date. A [`Trigger`] makes it look again; what it finds is a
//!   *candidate*, checked as a whole before anything happens.
//! - A *hook* reacts to one hot field. It prepares, may refuse, and hands back a [`Commit`] that
//!   runs once every hook has agreed.
//! - A [`Snapshot`] is what is in force: an immutable configuration with its generation. A
//!   [`Handle`] reads it, a [`Watch`] follows one field of it.
//! - A [`Report`] is the whole story of one reload, with one of six [verdicts](Verdict).
//!
//! # How do I …
//!
//! ## … react to a change of one field?
//!
//! Mark it `#[reload(hot)]` and implement `on_<field>`. Do in the hook what can fail, and in the
//! commit what cannot: [`Commit::new`]. Where the commit itself can fail, use
//! [`Commit::fallible`]; the commits that ran before it are then undone through their hooks, with
//! the change reversed.
//!
//! ## … skip the hook, because every use reads the handle anyway?
//!
//! `#[reload(hot, live)]`.
//!
//! ## … treat a struct as one unit?
//!
//! Mark a field of that type `hot` without deriving [`Reloadable`] for the type: one hook call when
//! anything inside changes, while reports still list what differs. With `#[reload(nested)]`
//! the struct classifies its own fields instead, and has its own hook trait. For maps,
//! [`Change::keyed`] lists the entries that were added, removed and changed.
//!
//! ## … be woken when a value changes?
//!
//! `let limit = reloader.watch(Config::fields().rate())`, then `limit.changed().await`, or
//! `limit.wait()` in a thread. No runtime is needed. See [`Watch`].
//!
//! ## … reload?
//!
//! By itself when a file changes ([`Builder::watch`]; off in production unless switched on), on
//! SIGHUP ([`Builder::signals`]), or by a call: [`Reloader::reload`], [`Reloader::reload_async`].
//!
//! ## … go back?
//!
//! [`Reloader::history`] lists what was in force, [`Reloader::rollback_to`] puts it in force again
//! and holds it until a source changes. [`Reloader::diff`] compares two of them.
//!
//! ## … have debug logging for a quarter of an hour?
//!
//! [`Reloader::override_field`]: a hot field gets another value, through its hook, and gives it back
//! by itself.
//!
//! ## … take back what makes the service ill?
//!
//! [`Builder::probation`] asks a health check for a while after each reload, and rolls back when it
//! fails.
//!
//! ## … write down, count or announce every reload?
//!
//! Implement [`Observer`] and add it with [`Builder::observer`].
//!
//! ## … test my hooks?
//!
//! With the feature `testing`: its module `testing` has a source in memory, a clock to move, a record of what
//! the hooks did, and faults to inject.
//!
//! ## … start although the file is broken?
//!
//! [`Loader::last_known_good`] keeps what was accepted last, without secrets, and starts from it when
//! the sources are refused. [`Boot::last_known_good`] and [`Status::last_known_good`] say so.
//!
//! ## … look back further than the last start?
//!
//! [`Builder::history_file`] keeps the history from one process to the next; generations go on
//! counting.
//!
//! ## … refuse what needs a restart, or be told of it?
//!
//! [`Builder::restarts`].
//!
//! ## … find out where a value comes from, or what a reload would do?
//!
//! [`Reloader::explain`] and [`Reloader::plan`]; [`Reloader::status`] for everything at once.
//!
//! ## … check more than types?
//!
//! `#[reload(validate = path)]` on the struct names a `fn(&Self) -> Result<(), Invalid>`, which can
//! report several problems, each at a field: see [`Invalid`]. Durations and sizes have their own
//! types in [`units`].
//!
//! ## … keep a secret?
//!
//! `#[reload(restart, secret)]`: the value appears in no log, report, error, status or schema.
//! [`Secret`] also hides it from `Debug` and overwrites it when it is dropped. A secret cannot be
//! hot.
//!
//! ## … help whoever edits the file?
//!
//! [`schema()`] is a JSON schema for editors, [`reference()`] a Markdown page for people.
//!
//! An [`Error`] lists every problem of every source, one a line, each with file, line and column;
//! [`Error::excerpts`] draws the lines themselves for a terminal.
//!
//! ## … keep a record of every reload?
//!
//! `boot.reloader().observer(Arc::new(Audit::new("/var/log/app/audit.jsonl")))`, with the feature
//! `audit`: one JSON line for each reload, chained by hashes, so that `audit::verify` finds what
//! somebody changed. With `Audit::required` nothing changes that cannot be written down.
//!
//! # Hooks run on the reload thread
//!
//! In declaration order, one reload at a time. A hook may block: readers go on with the values in
//! force, and other reloads wait. An async service blocks on its runtime's handle inside a hook. A
//! hook that asks for a reload gets an error at once ([`Error::is_reentrant`]), and the reload runs
//! afterwards. A panic in a hook counts as a refusal.
//!
//! # What is not done
//!
//! - Fields without a class: there is no default for `hot`, and one for `restart` only by
//!   `#[reload(restart)]` on the struct.
//! - Enums as sections: an enum is one value.
//! - Changes that are applied one field at a time: a reload is all or nothing.
//!
//! # The log
//!
//! What happens is logged through [`tracing`] with the target `dlc_reload`. Where that goes is for the program to say, as
//! with `tracing_subscriber::fmt::init()`; without a subscriber nobody sees it.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `yaml` | yes | reading `.yaml` and `.yml` |
//! | `toml` | yes | reading `.toml` |
//! | `json` | yes | reading `.json` |
//! | `excerpts` | yes | [`Error::excerpts`]: problems with the lines they are about, for terminals |
//! | `audit` | no | the module `audit`: a record of every reload that shows whether somebody changed it |
//! | `garde` | no | `#[reload(validate = dlc_reload::garde)]`: validation by the rules of the crate `garde` |
//! | `testing` | no | the module `testing`: what a service needs to test its own hooks |
//! | `watch` | yes | reloading when a file changes |
//! | `signal` | yes | reloading on SIGHUP (Unix) |

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "audit")]
pub mod audit;
mod builder;
mod candidate;
mod change;
mod document;
#[cfg_attr(
    not(feature = "audit"),
    allow(dead_code, unused_imports, reason = "the audit asks for more than the history")
)]
mod durable;
mod environment;
mod error;
#[cfg(feature = "watch")]
mod file_watch;
mod hook;
mod key;
mod load;
mod origin;
mod redaction;
mod reloader;
mod report;
mod schema;
mod secret;
mod section;
#[cfg(all(feature = "signal", unix))]
mod signal;
mod snapshot;
pub mod source;
mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
pub mod units;

pub use builder::Builder;
pub use candidate::UnknownKeys;
pub use change::{Change, Diff, Keyed};
pub use dlc_reload_derive::Reloadable;
pub use document::Limits;
pub use environment::{Environment, Watching};
#[cfg(feature = "excerpts")]
pub use error::Excerpts;
pub use error::{Error, Invalid, Problem, Severity};
pub use hook::{Commit, HookResult, Veto};
pub use key::{Key, Segment};
pub use load::{Boot, Loader};
pub use origin::Origin;
pub use reloader::{
    Accepted, FieldStatus, OnProbation, Overridden, Override, Plan, Probation, Reloader, Restarts,
    Running, Status, WatchState,
};
pub use report::{
    Changed, Explanation, ExplanationRow, Intent, Observer, Pending, Report, RowOutcome, Shadowed,
    Trigger, TriggerKind, Verdict,
};
pub use schema::{reference, schema};
/// The crate that makes the schema, for leaf types that derive `JsonSchema` without a dependency of
/// their own: `#[schemars(crate = "dlc_reload::schemars")]`.
pub use schemars;
pub use secret::Secret;
#[cfg(feature = "garde")]
pub use section::garde;
pub use section::{Class, Field, Reloadable};
pub use snapshot::{Guard, Handle, Snapshot, Watch};
pub use source::Format;
pub use store::LastKnownGood;
