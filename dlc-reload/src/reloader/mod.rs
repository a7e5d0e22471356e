//! The reloader: the one writer of the configuration, which is a queue and a thread.

mod apply;
mod desired;
mod differences;
mod engine;
mod from_sources;
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

use std::{any::Any, fmt, future::Future, sync::Arc, thread::JoinHandle, time::SystemTime};

use serde::Serialize;

#[cfg(feature = "watch")]
pub(crate) use self::watcher::{Watcher, Wholeness};
pub(crate) use self::{
    apply::Transact, queue::Queue, settings::Settings, start::FileWatch, status::WatchStatus,
    watcher::Unwatched,
};
use self::{
    differences::{Written, describe},
    plan::{Planned, Target, plan},
    queue::Task,
    recall::recall,
    shared::Shared,
    steps::StepsThread,
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
use crate::{
    candidate::Rejection,
    error::Error,
    key::Key,
    origin::Origin,
    report::{Changed, Explanation, Report, Trigger, TriggerKind, origins},
    section::{Class, Field, Leaf, Overridable, Reloadable, Watchable, leaves},
    snapshot::{Generation, Handle, Watch},
    source::Reading,
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

    /// Returns the values in force, the values that the sources ask for, and the state of reloading.
    pub fn status(&self) -> Status {
        Status::new(
            &self.handle.get(),
            &self.shared.state,
            &self.watching,
            self.shared.steps.running(),
            &self.shared.sources.shape,
        )
    }

    /// Returns the configurations that have been in force, oldest first; the last one is in force now.
    /// [`Builder::history`](crate::Builder::history) limits their number, and
    /// [`Builder::history_file`](crate::Builder::history_file) keeps them from one process to the next.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable, Trigger};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # let path = std::env::temp_dir().join(format!("dlc-reload-past-{}.yaml", std::process::id()));
    /// # std::fs::write(&path, "motd: hello").unwrap();
    /// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
    /// std::fs::write(&path, "motd: goodbye").unwrap();
    /// reloader.reload(Trigger::api("nightly job"))?;
    ///
    /// let [start, latest] = reloader.history().try_into().unwrap();
    /// assert!(start.report.is_none());
    /// assert_eq!(latest.report.unwrap().trigger().to_string(), "api (nightly job)");
    ///
    /// let differences = reloader.diff(start.generation, latest.generation)?;
    /// assert_eq!(differences[0].key.to_string(), "motd");
    /// assert_eq!(differences[0].old, Some("hello".into()));
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn history(&self) -> Vec<Accepted> {
        self.shared.state().history.list()
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

    /// Returns the differences between two configurations of the [`history`](Self::history), which has
    /// an example.
    ///
    /// Both are compared without the overrides that held then, as [`rollback_to`](Self::rollback_to)
    /// would bring them back: a generation that only an override has made does not differ from the one
    /// before. `restart` fields only differ between processes.
    ///
    /// # Errors
    ///
    /// A generation is not in the history; or an earlier process had it in force, and it does not fit
    /// this program any more.
    pub fn diff(&self, old: u64, new: u64) -> Result<Vec<Changed>, Error> {
        let past =
            |generation| recall(&self.shared, Generation(generation)).map_err(Error::invalid);
        let (old, new) = (past(old)?, past(new)?);
        let both = (old.config(), new.config());
        let leaves = leaves(&C::diff(both.0, both.1), C::TABLE);
        // A `restart` value that a generation asked for was not in force in it.
        let written = Written { class: Class::Hot, old: old.document(), new: new.document() };
        Ok(describe(&leaves, both, &written, &self.shared.sources.shape))
    }

    /// Returns what a reload would do now: it reads the sources and compares, and changes nothing.
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
    /// let plan = reloader.plan()?;
    /// assert_eq!(plan.changes[0].key.to_string(), "motd");
    /// assert_eq!(plan.pending[0].key.to_string(), "port");
    /// assert_eq!(reloader.handle().load().motd, "hello");
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// It runs on the thread of the caller, beside any reload that runs at the same time.
    ///
    /// # Errors
    ///
    /// Every problem for which a reload would be [rejected](crate::Verdict::Rejected) before it
    /// asks an observer or a hook.
    pub fn plan(&self) -> Result<Plan, Error> {
        // The state first: a reload that comes in between must not look like one that the plan takes back. The time
        // goes into a snapshot that is not shown.
        let input = self.shared.plan_input(SystemTime::now());
        let sources = &self.shared.sources;
        let Reading { document, texts, fingerprint, .. } = self.shared.read();
        let document = Arc::new(document);
        let refuse = |refused: Rejection| sources.refusal(refused.problems, &document, &texts);
        let candidate = self.shared.candidate(&document).map_err(refuse)?;
        let (document, content) = (Arc::clone(&document), fingerprint.content);
        let target = Target::Sources { candidate, document, content, may_shrink: false };
        let planned = plan(sources, input, target).map_err(refuse)?;
        let (changes, pending) = (planned.changes(sources), planned.waiting().to_vec());
        let Planned { shadowed, warnings, .. } = planned;
        Ok(Plan { changes, pending, shadowed, warnings })
    }

    /// Explains the value of a key: what each source said of it when the sources were last accepted,
    /// which one wins, and why. Where they say something else since, which is refused, its places are
    /// [of a generation](Origin::as_of), and a row names the reload that refused them; so does a row name the value that a rollback put in force.
    /// [`Boot::explain`](crate::Boot::explain) has an example.
    pub fn explain(&self, key: impl Into<Key>) -> Explanation {
        let key = C::TABLE.canonical(&key.into());
        let (document, desired, refused, rolled_back) = {
            let state = self.shared.state();
            let overrides = state.overrides.about(&key);
            let document = overrides.over(&state.desired_document(), C::TABLE);
            let refused = state.refused.as_ref();
            let refused = refused.map(|refused| (Arc::clone(&refused.document), refused.since));
            let is_rolled_back = state.blocked.after_rollback.is_some() && overrides.is_empty();
            let rolled_back = is_rolled_back.then(|| Arc::clone(&state.base));
            (document, Arc::clone(&state.desired.config), refused, rolled_back)
        };
        let mut explanation =
            Explanation::new(&document, &self.shared.sources.shape, &key, &*desired);
        // A rollback puts hot values in force, and no others.
        let is_hot = |leaf: &Leaf| leaf.role.class() == Class::Hot && leaf.key.covers(&key);
        if let Some(base) = rolled_back.filter(|_| C::TABLE.leaves().iter().any(is_hot)) {
            explanation = explanation.with_rolled_back(base.document(), base.config(), &desired);
        }
        if let Some((document, since)) = refused {
            explanation = explanation.with_refused(&document, since);
        }
        explanation
    }

    /// Returns the place of every value when the sources were last accepted, in the order of the fields.
    pub fn origins(&self) -> Vec<(Key, Origin)> {
        let document = self.shared.state().desired_document();
        origins(&document, &self.shared.sources.shape)
    }

    /// Returns true unless a reload was [inconsistent](crate::Verdict::Inconsistent); meant for a
    /// readiness check.
    ///
    /// Once false, it stays false for as long as the process runs, even if a later reload goes well.
    pub fn is_ready(&self) -> bool {
        self.shared.state().consistent
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
