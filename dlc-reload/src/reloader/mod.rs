//! The reloader: the one writer of the configuration, which is a queue and a thread.

mod apply;
#[cfg(feature = "cli")]
mod between;
mod controls;
mod desired;
mod differences;
mod engine;
#[cfg(feature = "admin")]
mod feed;
mod from_sources;
mod held;
mod history;
mod in_force;
#[cfg(any(feature = "admin", feature = "cli"))]
mod inside;
mod lists;
mod log;
mod look;
#[cfg(feature = "fleet")]
mod managed;
mod meter;
mod next_boot;
mod override_request;
mod overrides;
mod overriding;
mod pace;
mod plan;
mod probation;
mod questions;
mod queue;
mod recall;
#[cfg(feature = "admin")]
mod remote;
mod reporter;
mod request;
mod restarts;
mod retry;
mod said;
mod settings;
mod shared;
mod sources;
mod start;
mod state;
mod status;
mod steps;
mod values;
#[cfg(any(feature = "admin", feature = "cli"))]
pub(crate) mod view;
mod watcher;

use std::{any::Any, fmt, thread::JoinHandle};

use serde::Serialize;
use serde_json::Value;

#[cfg(not(any(feature = "admin", feature = "fleet", feature = "systemd")))]
use self::controls::Controls;
#[cfg(any(feature = "admin", feature = "fleet", feature = "systemd"))]
pub(crate) use self::controls::Controls;
#[cfg(feature = "admin")]
pub(crate) use self::feed::{Feed, News};
#[cfg(any(feature = "metrics", feature = "systemd"))]
pub(crate) use self::meter::Meter;
#[cfg(feature = "metrics")]
pub(crate) use self::meter::Vitals;
use self::steps::StepsThread;
#[cfg(feature = "watch")]
pub(crate) use self::watcher::{Watcher, Wholeness};
pub(crate) use self::{
    apply::{Asking, Transact},
    queue::Queue,
    settings::{AtStart, Settings},
    start::FileWatch,
    status::WatchStatus,
    watcher::Unwatched,
};
pub use self::{
    history::Accepted,
    next_boot::{BootOutcome, NextBoot},
    override_request::Override,
    overrides::Overridden,
    plan::Plan,
    probation::{OnProbation, Probation},
    request::Request,
    restarts::Restarts,
    retry::NextRetry,
    sources::{SourceState, SourceStatus},
    status::{FieldStatus, Status, WatchingState},
    steps::{Running, RunningStep},
};
#[cfg(test)]
pub(crate) use self::{queue::Next, watcher::read_whole};
use crate::{
    place::Key,
    report::Report,
    section::{Field, Overridable, Reloadable, TypedPath, Watchable},
    snapshot::{Handle, Watch},
    trigger::Trigger,
};

/// A guard that keeps a configuration up to date until it is dropped.
///
/// Keep it for as long as the service runs, behind an `Arc` where several parts of
/// the program ask for reloads. When it is dropped, a reload that runs is finished, waiting callers
/// get an error, and readers keep the last configuration.
///
/// ```
/// use dlc_reload::{Trigger, Verdict};
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
/// # let path = std::env::temp_dir().join(format!("dlc-reload-reloader-{}.yaml", std::process::id()));
/// # std::fs::write(&path, "motd: hello").unwrap();
///
/// let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
/// let config = reloader.handle();
/// assert_eq!(config.load().motd, "hello");
///
/// std::fs::write(&path, "motd: goodbye").unwrap();
/// let report = reloader.reload(Trigger::api("nightly job")).wait()?;
/// assert_eq!(report.verdict(), Verdict::Applied);
/// assert_eq!(config.load().motd, "goodbye");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[doc(alias(
    "hot reload",
    "hot-reload",
    "live reload",
    "online_config",
    "refresh scope",
    "RefreshScope"
))]
pub struct Reloader<C: Reloadable> {
    controls: Controls<C>,
    thread: Option<JoinHandle<()>>,
    /// Watchers and signal handlers; they end with the reloader.
    attached: Vec<Box<dyn Any + Send + Sync>>,
    /// The thread that names slow steps. It ends last: dropping this waits for the step that runs.
    naming: Option<StepsThread>,
}

impl<C: Reloadable> Reloader<C> {
    /// Returns a reader of the configuration in force.
    pub fn handle(&self) -> Handle<C> {
        self.controls.handle.clone()
    }

    /// Reloads now.
    ///
    /// A configuration that is refused is not an error of the [`Request`]: the report says so in its
    /// verdict, and the running values stay.
    ///
    /// It reads the sources as they are now, even if a file is being written at the moment.
    /// A reload by itself, or by a signal where files are [watched](crate::Builder::watch), waits for
    /// the rest of such a file.
    #[doc(alias("refresh", "reread"))]
    pub fn reload(&self, trigger: Trigger) -> Request<Report> {
        self.controls.reload(None, trigger)
    }

    /// Makes the plan of what a reload would do now: it reads the sources and compares, and changes nothing.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String, #[reload(restart)] port: u16 }
    /// # let path = std::env::temp_dir().join(format!("dlc-reload-plan-{}.yaml", std::process::id()));
    /// # std::fs::write(&path, "{motd: hello, port: 80}").unwrap();
    /// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
    /// std::fs::write(&path, "{motd: goodbye, port: 81}").unwrap();
    ///
    /// let plan = reloader.plan().wait()?;
    /// assert_eq!(plan.changes[0].key.to_string(), "motd");
    /// assert_eq!(plan.pending[0].key.to_string(), "port");
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The [`Request`] returns every problem for which a reload would be [rejected](crate::Verdict::Rejected) before it
    /// asks an observer or a hook, too ([`is_invalid`](crate::Error::is_invalid)).
    pub fn plan(&self) -> Request<Plan> {
        self.controls.queue.request_plan()
    }

    /// Follows one hot field, a section or the whole; see [`Watch`].
    #[doc(alias(
        "on change",
        "on_change",
        "OnChange",
        "OnConfigChange",
        "on_config_change",
        "subscribe"
    ))]
    pub fn watch<P: TypedPath<C, Class: Watchable>>(&self, part: P) -> Watch<P::Value> {
        self.controls.handle.watch(part)
    }

    /// Puts the hot values of an earlier configuration in force again, through the same hooks as
    /// any reload.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable, Trigger, Verdict};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # let path = std::env::temp_dir().join(format!("dlc-reload-back-{}.yaml", std::process::id()));
    /// # std::fs::write(&path, "motd: hello").unwrap();
    /// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
    /// std::fs::write(&path, "motd: goodbye").unwrap();
    /// reloader.reload(Trigger::api("nightly job")).wait()?;
    ///
    /// let report = reloader.rollback_to(1, Trigger::admin("POST /rollback").actor("alice")).wait()?;
    /// assert_eq!(report.verdict(), Verdict::Applied);
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// reloader.reload(Trigger::api("the file is the same")).wait()?;
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// They stay until other content of the sources is accepted; reloading the same content does not
    /// bring it back, not even after other content was refused. The rollback also ends overrides and a
    /// probation, even if no value changes. A generation that is not in the [`history`](Self::history) is
    /// a report with the verdict `rejected`. A trigger without a detail gets the generation for one.
    #[doc(alias("revert", "undo"))]
    pub fn rollback_to(&self, generation: u64, trigger: Trigger) -> Request<Report> {
        self.controls.roll_back(generation, None, trigger)
    }

    /// Gives a hot field another value for a while, such as debug logging for a quarter of an
    /// hour. It goes through the hook of the field like any change, stays through reloads, and ends
    /// by itself with a reload whose trigger is `expiry`, or [when it is ended](Self::end_override); a
    /// rollback ends it too, and so does the end of the process. The [`status`](Self::status) and
    /// [`explain`](Self::explain) show it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use dlc_reload::{Loader, Reloadable, Trigger, Verdict};
    ///
    /// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// struct Config {
    ///     #[reload(hot, live)]
    ///     level: String,
    /// }
    /// let reloader = Loader::<Config>::new().text("yaml", "level: info").load()?.reloader().start()?;
    ///
    /// let level = Config::fields().level();
    /// let report = reloader
    ///     .override_field(level, "debug".to_owned())
    ///     .trigger(Trigger::admin("looking into #4711").actor("alice"))
    ///     .for_duration(Duration::from_secs(15 * 60))
    ///     .wait()?;
    ///
    /// assert_eq!(report.verdict(), Verdict::Applied);
    /// assert_eq!(reloader.handle().load().level, "debug");
    /// assert_eq!(reloader.status().overrides[0].by.actor_name(), Some("alice"));
    /// reloader.end_override(level, Trigger::admin("it was the proxy").actor("alice")).wait()?;
    /// assert_eq!(reloader.handle().load().level, "info");
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn override_field<T, K>(&self, field: Field<C, T, K>, value: T) -> Override<'_>
    where
        T: Serialize + Send + Sync + 'static,
        K: Overridable,
    {
        Override::new(&self.controls.queue, field, value)
    }

    /// Gives the hot field with this key another value for a while, as an admin endpoint or a command has them: as a
    /// key and JSON. The value is read as one that a source gives to the key, with the same messages; a text may stand
    /// for a number, as in [`Loader::set`](crate::Loader::set). It is the whole value: a map is not laid over that of
    /// the sources.
    ///
    /// An unknown key, one of a `restart` field, of a secret, of a section or inside of a value is a report with the
    /// verdict `rejected`, which says what to do. All else is as with [`override_field`](Self::override_field).
    ///
    /// ```
    /// use dlc_reload::{Loader, Reloadable, Trigger, Verdict};
    ///
    /// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// struct Config {
    ///     #[reload(hot, live)]
    ///     level: String,
    ///     #[reload(hot, live)]
    ///     rate: u32,
    /// }
    /// let boot = Loader::<Config>::new().text("yaml", "{level: info, rate: 7}").load()?;
    /// let reloader = boot.reloader().start()?;
    ///
    /// let by = || Trigger::admin("PUT /overrides").actor("alice");
    /// reloader.override_key("level", "debug").trigger(by()).until_ended().wait()?;
    /// assert_eq!(reloader.handle().load().level, "debug");
    /// reloader.end_override("level", by()).wait()?;
    ///
    /// let report = reloader.override_key("rate", "many").trigger(by()).until_ended().wait()?;
    /// assert_eq!(report.verdict(), Verdict::Rejected);
    /// let expected = r#"override by alice: rate: invalid type: string "many", expected an integer from 0 to 4294967295"#;
    /// assert_eq!(report.problems()[0].to_string(), expected);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn override_key(&self, key: impl Into<Key>, value: impl Into<Value>) -> Override<'_> {
        self.controls.override_key(&key.into(), value.into())
    }

    /// Ends the override of a field before its time, or one without an end. The field is a typed path or its key.
    ///
    /// A field that is not overridden is a report with the verdict `unchanged`, and a key that no field has one with
    /// `rejected`.
    pub fn end_override(&self, field: impl Into<Key>, trigger: Trigger) -> Request<Report> {
        self.controls.end_override(&field.into(), None, trigger)
    }

    /// Returns all that can be asked of it, for what must not keep it alive.
    #[cfg(any(feature = "admin", feature = "fleet", feature = "systemd"))]
    pub(crate) fn controls(&self) -> Controls<C> {
        self.controls.clone()
    }

    /// Notes the fleet that the service is a node of, for the admin API. The first one stays.
    #[cfg(all(feature = "admin", feature = "fleet"))]
    pub(crate) fn join(&self, fleet: std::sync::Arc<dyn Any + Send + Sync>) {
        let _ = self.controls.shared.fleet.set(fleet);
    }

    /// Attaches a guard that ends with the reloader.
    #[cfg(any(all(feature = "signal", unix), feature = "fleet", feature = "systemd"))]
    pub(crate) fn attach(&mut self, guard: Box<dyn Any + Send + Sync>) {
        self.attached.push(guard);
    }
}

impl<C: Reloadable> Drop for Reloader<C> {
    fn drop(&mut self) {
        if self.controls.queue.writer().is_elsewhere() {
            // No thread of this process can be waited for, and what they share with the other process is its own.
            let threads = (self.thread.take(), self.naming.take());
            std::mem::forget((std::mem::take(&mut self.attached), threads));
            return;
        }
        self.attached.clear();
        self.controls.queue.stop();
        // A hook may hold the last reference; its thread cannot wait for itself and ends after it.
        if let Some(thread) = self.thread.take()
            && !self.controls.queue.writer().is_current()
        {
            // The thread catches the author's panics; if it died all the same, there is nothing left
            // to tell it to.
            let _ = thread.join();
        }
    }
}

impl<C: Reloadable> fmt::Debug for Reloader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader")
            .field("generation", &self.controls.handle.load().snapshot().generation())
            .finish_non_exhaustive()
    }
}
