//! Configuration that changes while a service runs.

pub mod __private;
mod boot;
mod builder;
mod change;
mod class;
mod document;
mod environment;
mod error;
mod field;
mod follow;
mod handle;
mod hook;
mod load;
mod origin;
mod path;
mod probe;
mod reloadable;
mod reloader;
mod report;
mod schema;
mod secret;
#[cfg(all(feature = "signal", unix))]
mod signal;
mod snapshot;
pub mod source;
mod unknown;
mod validation;
#[cfg(feature = "watch")]
mod watch;

pub use boot::Boot;
pub use builder::Builder;
pub use change::{Change, Diff, Keyed};
pub use class::Class;
pub use dlc_reload_derive::Reloadable;
pub use document::Limits;
pub use environment::{Environment, Watching};
pub use error::{Error, Invalid, Problem, Severity};
pub use field::Field;
pub use follow::Watch;
pub use handle::{Guard, Handle};
pub use hook::{Commit, HookResult, Veto};
pub use load::Loader;
pub use origin::Origin;
pub use path::{Key, Segment};
pub use reloadable::Reloadable;
pub use reloader::{
    Reloader,
    plan::Plan,
    status::{FieldStatus, Status, WatchState},
};
pub use report::{Changed, Pending, Report, Shadowed, Trigger, TriggerKind, Verdict};
pub use schema::schema;
pub use secret::Secret;
pub use snapshot::Snapshot;
pub use source::Format;
pub use unknown::UnknownKeys;
