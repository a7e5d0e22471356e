//! The reloader: the one writer of the configuration, which is a queue and a thread.

mod apply;
mod desired;
mod differences;
mod engine;
mod from_sources;
mod held;
mod history;
mod in_force;
mod lists;
mod log;
mod look;
mod next_boot;
mod override_request;
mod overrides;
mod pace;
mod plan;
mod probation;
mod questions;
mod queue;
mod recall;
mod reporter;
mod restarts;
mod retry;
mod said;
mod settings;
mod shared;
mod start;
mod state;
mod status;
mod steps;
mod values;
mod watcher;

use std::{any::Any, fmt, future::Future, sync::Arc, thread::JoinHandle};

use serde::Serialize;

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
    restarts::Restarts,
    retry::NextRetry,
    status::{FieldStatus, Status, WatchState},
    steps::{Running, RunningStep},
};
#[cfg(test)]
pub(crate) use self::{queue::Next, watcher::read_whole};
use self::{queue::Task, shared::Shared, steps::StepsThread};
use crate::{
    error::Error,
    report::{Report, Trigger, TriggerKind},
    section::{Field, Overridable, Reloadable, Watchable},
    snapshot::{Generation, Handle, Watch},
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
/// let report = reloader.reload(Trigger::api("nightly job"))?;
/// assert_eq!(report.verdict(), Verdict::Applied);
/// assert_eq!(config.load().motd, "goodbye");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Reloader<C: Reloadable> {
    handle: Handle<C>,
    queue: Arc<Queue>,
    shared: Arc<Shared<C>>,
    watching: Arc<WatchStatus>,
    thread: Option<JoinHandle<()>>,
    /// Watchers and signal handlers; they end with the reloader.
    attached: Vec<Box<dyn Any + Send + Sync>>,
    /// The thread that names slow steps. It ends last: dropping this waits for the step that runs.
    naming: Option<StepsThread>,
}

impl<C: Reloadable> Reloader<C> {
    /// Returns a reader of the configuration in force.
    pub fn handle(&self) -> Handle<C> {
        self.handle.clone()
    }

    /// Reloads now and blocks until the report is there.
    ///
    /// A configuration that is refused is not an error of this call: the report says so in its
    /// verdict, and the running values stay.
    ///
    /// It reads the sources as they are now, even if a file is being written at the moment.
    /// A reload by itself, or by a signal where files are [watched](crate::Builder::watch), waits for
    /// the rest of such a file.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) when the reloader ends before the reload runs;
    /// [`is_reentrant`](Error::is_reentrant) when a hook or validator calls it, in which case the
    /// reload runs after the current one; [`is_forked`](Error::is_forked) in a process that was forked
    /// after the start.
    pub fn reload(&self, trigger: Trigger) -> Result<Report, Error> {
        self.queue.request(Task::Reload, trigger)?.wait()
    }

    /// Reloads now and awaits the report, with every runtime and without one.
    ///
    /// The reload is queued by the call itself; dropping the future does not take it back, it only
    /// lets a later reload do for both.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn reload_async(
        &self,
        trigger: Trigger,
    ) -> impl Future<Output = Result<Report, Error>> + Send + use<C> {
        let request = self.queue.request(Task::Reload, trigger);
        async move { request?.wait_async().await }
    }

    /// Follows one hot field; see [`Watch`].
    pub fn watch<T, K>(&self, field: Field<C, T, K>) -> Watch<T>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
        K: Watchable,
    {
        self.handle.watch(field)
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
    /// reloader.reload(Trigger::api("nightly job"))?;
    ///
    /// assert_eq!(reloader.rollback_to(1)?.verdict(), Verdict::Applied);
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// reloader.reload(Trigger::api("the file is the same"))?;
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// They stay until other content of the sources is accepted; reloading the same content does not
    /// bring it back, not even after other content was refused. The rollback also ends overrides and a
    /// probation, even if no value changes. A generation that is not in the [`history`](Self::history) is
    /// a report with the verdict `rejected`.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn rollback_to(&self, generation: u64) -> Result<Report, Error> {
        self.rollback_with(generation, Trigger::new(TriggerKind::Rollback))
    }

    /// Does the same as [`rollback_to`](Self::rollback_to), with the actor and the reason.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn rollback_with(&self, generation: u64, trigger: Trigger) -> Result<Report, Error> {
        let trigger = match trigger.detail_text() {
            Some(_) => trigger,
            None => trigger.detail(format!("to generation {generation}")),
        };
        self.queue.request(Task::RollBack(Generation(generation)), trigger)?.wait()
    }

    /// Gives a hot field another value for a while, such as debug logging for a quarter of an
    /// hour. It goes through the hook of the field like any change, stays through reloads, and ends
    /// by itself with a reload whose trigger is `expiry`; a rollback ends it too, and so does the end
    /// of the process. The [`status`](Self::status) and [`explain`](Self::explain) show it.
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
    ///     .for_duration(Duration::from_secs(15 * 60))?;
    ///
    /// assert_eq!(report.verdict(), Verdict::Applied);
    /// assert_eq!(reloader.handle().load().level, "debug");
    /// assert_eq!(reloader.status().overrides[0].by.actor_name(), Some("alice"));
    /// reloader.end_override(level)?;
    /// assert_eq!(reloader.handle().load().level, "info");
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn override_field<T, K>(&self, field: Field<C, T, K>, value: T) -> Override<'_>
    where
        T: Serialize + Send + Sync + 'static,
        K: Overridable,
    {
        Override::new(&self.queue, field, value)
    }

    /// Ends the override of a field before its time.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload). A field that is not overridden is a report with the verdict
    /// `unchanged`.
    pub fn end_override<T, K: Overridable>(&self, field: Field<C, T, K>) -> Result<Report, Error> {
        let trigger = Trigger::api(format!("end of the override of {}", field.key()));
        self.end_override_with(field, trigger)
    }

    /// Does the same as [`end_override`](Self::end_override), with the actor and the reason.
    ///
    /// # Errors
    ///
    /// As [`end_override`](Self::end_override).
    pub fn end_override_with<T, K: Overridable>(
        &self,
        field: Field<C, T, K>,
        trigger: Trigger,
    ) -> Result<Report, Error> {
        let at = field.indices().to_vec();
        self.queue.request(Task::EndOverride(at), trigger)?.wait()
    }

    /// Attaches a guard that ends with the reloader.
    #[cfg(all(feature = "signal", unix))]
    pub(crate) fn attach(&mut self, guard: Box<dyn Any + Send + Sync>) {
        self.attached.push(guard);
    }
}

impl<C: Reloadable> Drop for Reloader<C> {
    fn drop(&mut self) {
        if self.queue.writer().is_elsewhere() {
            // No thread of this process can be waited for, and what they share with the other process is its own.
            let threads = (self.thread.take(), self.naming.take());
            std::mem::forget((std::mem::take(&mut self.attached), threads));
            return;
        }
        self.attached.clear();
        self.queue.stop();
        // A hook may hold the last reference; its thread cannot wait for itself and ends after it.
        if let Some(thread) = self.thread.take()
            && !self.queue.writer().is_current()
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
            .field("generation", &self.handle.load().snapshot().generation())
            .finish_non_exhaustive()
    }
}
