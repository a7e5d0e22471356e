//! The builder: from a loaded configuration to one that reloads.

mod companions;
mod observing;
mod triggers;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use self::{companions::Companions, triggers::Triggers};
#[cfg(feature = "testing")]
use crate::testing::Stage;
use crate::{
    environment::{Environment, Watching},
    error::{Error, LOG},
    hook::{Commit, Direction, Index, transact},
    load::Boot,
    reloader::{Asking, AtStart, Probation, Queue, Reloader, Restarts, Settings, Transact},
    report::Report,
    section::{NoHooks, Nothing, Reloadable, StartsWith},
    source::Watched,
    store::Retention,
};

/// The settings of a [`Reloader`], before it starts; made by [`Boot::reloader`].
///
/// `H` is the type of the hooks. If the configuration has hot fields with hooks, `start` does not compile until
/// [`hooks`](Self::hooks) was called.
///
/// ```
/// # use std::{sync::{Arc, atomic::{AtomicU32, Ordering}}, time::Duration};
/// # use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable};
/// use dlc_reload::{Restarts, Watching};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot)] rate: u32 }
/// # struct Throttle(AtomicU32);
/// # impl ConfigHooks for Throttle {
/// #     fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
/// #         let new = *rate.new;
/// #         Ok(Commit::new(move || self.0.store(new, Ordering::Relaxed)))
/// #     }
/// # }
///
/// # let boot = Loader::<Config>::new().text("yaml", "rate: 100").load()?;
/// let throttle = Arc::new(Throttle(AtomicU32::new(boot.rate)));
/// let reloader = boot
///     .reloader()
///     .hooks(Arc::clone(&throttle))
///     .watch(Watching::Always)
///     .restarts(Restarts::Reject)
///     .slow_steps(Duration::from_secs(1))
///     .start()?;
/// assert!(reloader.is_ready());
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Builder<C: Reloadable, H: ?Sized = dyn NoHooks> {
    boot: Boot<C>,
    hooks: Arc<H>,
    triggers: Triggers,
    settings: Settings,
    companions: Companions,
}

impl<C: Reloadable> Boot<C> {
    /// Returns the settings with which this configuration reloads, to be changed and started.
    pub fn reloader(self) -> Builder<C> {
        let settings = Settings::new(Box::new(|_| terminate()));
        let (triggers, companions) = (Triggers::default(), Companions::default());
        Builder { boot: self, hooks: Arc::new(Nothing), triggers, settings, companions }
    }
}

impl<C: Reloadable, H: ?Sized> Builder<C, H> {
    /// Sets the hooks, which react to changes: what implements the generated `…Hooks` traits of the configuration and
    /// its sections, or has the routes to them.
    pub fn hooks<N>(self, hooks: Arc<N>) -> Builder<C, N> {
        let Self { boot, triggers, settings, companions, .. } = self;
        Builder { boot, hooks, triggers, settings, companions }
    }

    /// Sets whether a change of a file reloads by itself; in development only by default.
    ///
    /// A file that is written in place counts once its writer has closed it, and until then no change
    /// of another file does: they may belong together. A writer is waited for no longer once it has
    /// been silent for ten seconds, has written for as long without a pause, or has kept the file
    /// open for a minute. Where the system does not report closes, a tenth of a second of quiet is
    /// enough. The files of a [directory](crate::Loader::directory) count together, after 30 milliseconds
    /// without a change of any of them.
    ///
    /// Where files are watched, content that a hook, an [`Observer`](crate::Observer) or a validation function has
    /// refused, or of which a commit failed and was undone, is tried again by itself while it stays the same, however
    /// it was asked for: a port may get free, a disk get room, a file appear. The first retry comes after a second, and
    /// each pause is twice as long as the one before, up to five minutes. A retry reads the sources anew, and has the
    /// trigger [`Retry`](crate::TriggerKind::Retry). One that is refused for the same reasons as before, numbers in
    /// them aside, is not told of again: no report, and in the log a line at DEBUG;
    /// [`Status::next_retry`](crate::Status::next_retry) counts it. A reload that is asked for, other content, an
    /// override and the end of one begin anew with a second. Not tried again is what the sources themselves get wrong
    /// (syntax, types, unknown keys), and what was decided: a rollback, a failed [probation](Self::probation),
    /// [`Restarts::Reject`].
    ///
    /// A writer that began before its directory was watched is known only by the time of its last write.
    /// In a directory that was just made it is waited for until a second has passed since then; a file
    /// in another directory that takes part for the first time is read as it is.
    #[must_use]
    #[doc(alias("notify", "reloadOnChange", "watch_config", "WatchConfig"))]
    pub fn watch(mut self, watching: Watching) -> Self {
        self.triggers.watching = watching;
        self
    }

    /// Sets the interval at which the content of the files is compared, for changes that cause no event:
    /// 30 seconds by default, and 2 seconds where the system sends no events at all.
    ///
    /// Content that differs counts once two comparisons in a row agree, up to half a second apart.
    /// No more than a hundred comparisons a second are made.
    #[cfg(feature = "watch")]
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.triggers.poll_interval = Some(interval);
        self
    }

    /// Sets the environment in which the service runs; `DLC_ENV` names it by default.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.triggers.environment = Some(environment);
        self
    }

    /// Sets whether SIGHUP reloads; off by default. It has no effect where there are no such signals.
    ///
    /// Where files are [watched](Self::watch) and one of them is being written, the reload
    /// waits for the rest, for ten seconds at most; where one was just removed, it waits a second for it
    /// to come back.
    #[cfg(feature = "signal")]
    #[must_use]
    pub fn signals(mut self, on: bool) -> Self {
        self.triggers.signals = on;
        self
    }

    /// Asks every hook at the start, and drops the commits: what would be refused at a reload is refused by
    /// [`start`](Self::start) too, with all refusals at once. Without it, only a change is shown to a hook.
    ///
    /// Both values of the change are that of the start. A hook that takes something which the service already has, such
    /// as a port, finds it taken: there, do nothing where the two are equal, or take it by the hook in the first place,
    /// with [`apply_at_start`](Self::apply_at_start). An entry of a collection is shown to `on_<field>_added`, and a
    /// section that may come and go to `on_<section>_appeared`. Fields of a section that is absent have no hook to be
    /// asked.
    ///
    /// Hooks are asked on a thread of the library, as at a reload, and `start` waits for them: an async service calls
    /// it where it may block.
    ///
    /// ```
    /// use std::{num::NonZeroU32, sync::{Arc, Mutex}};
    /// use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable};
    ///
    /// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// struct Config {
    ///     #[reload(hot)]
    ///     rate: u32,
    /// }
    ///
    /// struct Throttle(Mutex<NonZeroU32>);
    ///
    /// impl ConfigHooks for Throttle {
    ///     fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
    ///         let rate = NonZeroU32::new(*rate.new).ok_or("a rate of 0 would refuse every request")?;
    ///         Ok(Commit::new(move || *self.0.lock().unwrap() = rate))
    ///     }
    /// }
    ///
    /// let boot = Loader::<Config>::new().text("yaml", "rate: 0").load()?;
    /// let throttle = Throttle(Mutex::new(NonZeroU32::MIN));
    /// let error = boot.reloader().hooks(Arc::new(throttle)).rehearse().start().unwrap_err();
    /// assert_eq!(error.to_string(), "text:1:7: rate: a rate of 0 would refuse every request");
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    #[must_use]
    pub fn rehearse(mut self) -> Self {
        self.settings.at_start = self.settings.at_start.max(AtStart::Rehearsed);
        self
    }

    /// Asks every hook at the start, as [`rehearse`](Self::rehearse) does, and runs the commits: each value reaches the
    /// service on one path, at the start as later.
    ///
    /// Where a commit fails, those that ran are undone, by their own [undo](crate::Commit::undo) or through their
    /// hooks, and [`start`](Self::start) fails. Entries and live sections are undone by an undo of their own only. The
    /// handler of [`on_critical`](Self::on_critical) is not called: nothing runs yet.
    ///
    /// ```
    /// # use std::{num::NonZeroU32, sync::{Arc, OnceLock}};
    /// # use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String, #[reload(hot)] rate: u32 }
    /// #[derive(Default)]
    /// struct Throttle(OnceLock<u32>); // nothing sets it but the hook
    ///
    /// impl ConfigHooks for Throttle {
    ///     fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
    ///         let new = *rate.new;
    ///         Ok(Commit::new(move || _ = self.0.set(new)))
    ///     }
    /// }
    ///
    /// let boot = Loader::<Config>::new().text("yaml", "{motd: hello, rate: 50}").load()?;
    /// let throttle = Arc::new(Throttle::default());
    /// let reloader = boot.reloader().hooks(Arc::clone(&throttle)).apply_at_start().start()?;
    /// assert_eq!(throttle.0.get(), Some(&50));
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    #[must_use]
    pub fn apply_at_start(mut self) -> Self {
        self.settings.at_start = AtStart::Applied;
        self
    }

    /// Sets the treatment of another value for a `restart` field; it waits for the next start by
    /// default.
    #[must_use]
    pub fn restarts(mut self, restarts: Restarts) -> Self {
        self.settings.restarts = restarts;
        self
    }

    /// Sets the number of configurations that are kept to look back at and to roll back to, the one in
    /// force included, and the number of bytes that all of them may take; 16 and 16 MiB by default. The one in force is
    /// always kept.
    ///
    /// Each takes the memory of the typed values and of its report, and no more than a few bytes beside: the words of
    /// the sources are kept of the one in force, and of the others only as far as they differ. What is not serialized
    /// does not count. In a [history file](Self::history_file), the bytes are those of the file.
    #[must_use]
    pub fn history(mut self, count: usize, bytes: usize) -> Self {
        self.settings.retention = Retention { count, bytes };
        self
    }

    /// Keeps the [history](Self::history) in this file, from one process to the next. Generations go
    /// on counting. A process that is killed in the moment between a change and the line about it gives
    /// its number to the next one.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable, Trigger, Verdict};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # let folder = std::env::temp_dir().join(format!("dlc-reload-past-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let kept = folder.join("history.jsonl");
    /// let start = |text: &str| {
    ///     let boot = Loader::<Config>::new().text("yaml", text).load()?;
    ///     boot.reloader().history_file(&kept).start()
    /// };
    /// drop(start("motd: one")?);
    ///
    /// let reloader = start("motd: two")?; // the next process
    /// assert_eq!(reloader.status().generation, 2);
    /// let report = reloader.rollback_to(1, Trigger::api("as before")).wait()?;
    /// assert_eq!(report.verdict(), Verdict::Applied);
    /// assert_eq!(reloader.handle().load().motd, "one");
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// A generation is what was in force: not what waited for a restart, and with the values that an optional section
    /// had while it waited to go. Secrets and overrides are not in the file; a configuration of an earlier process gets
    /// the secrets that the sources hold now. A value that was no secret when it was written stays there: remove the
    /// file when a field becomes one. A configuration that does not fit the program any more is listed all the same,
    /// and rolling back to it is refused with the reasons.
    ///
    /// Each service needs a file of its own, in a directory that exists; a lock file is put beside it.
    /// Only the user of the process can read and write it, and it is refused under the same
    /// rules as a configuration file. A link, or a file that begins with something else, is left
    /// alone. It never holds much more than twice of what is kept. A failure to read or write it is
    /// logged, [shown](crate::Status::unwritten), and refuses nothing. While another process keeps the lock, reloads go
    /// on, and what they could not write is written afterwards.
    #[must_use]
    pub fn history_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.history_file = Some(path.into());
        self
    }

    /// Sets the time that a [step](crate::RunningStep) of the reload thread may run before the log names it, because
    /// other reloads wait for it: a source that is read, a validation, a hook or commit, an observer, a health check,
    /// a handler; 5 seconds by default. It is named again each time it has run twice as long, and
    /// [`Status::running`](crate::Status::running) names it in any case. Nothing that hangs is ended: no thread can be.
    #[must_use]
    pub fn slow_steps(mut self, after: Duration) -> Self {
        self.settings.slow_steps = after;
        self
    }

    /// Sets the reaction to a change that failed and could not be undone, which leaves the service in a
    /// state that no configuration describes. By default the process sends itself SIGTERM, so that its
    /// own graceful shutdown runs. In a test, its `testing::Stage` keeps the report instead.
    ///
    /// It runs on the reload thread, for the first report that is
    /// [inconsistent](crate::Verdict::Inconsistent) and for no other; a panic in it is logged.
    #[must_use]
    pub fn on_critical(mut self, react: impl Fn(&Report) + Send + 'static) -> Self {
        self.settings.on_critical = Some(Box::new(react));
        self
    }

    /// Watches over the service for a while after each reload, and rolls back a change that makes it ill.
    #[must_use]
    pub fn probation(mut self, probation: Probation) -> Self {
        self.settings.probation = Some(probation);
        self
    }

    /// Sets the stage of a test, on which it moves the clock, sees what the hooks do, and lets them fail.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn stage(mut self, stage: &Stage) -> Self {
        self.settings.clock = stage.clock();
        self.settings.monitors.push(stage.recorder(C::TABLE));
        self.settings.default_critical = stage.default_critical();
        self
    }

    /// Names the runtime on which hooks await, with [`block_on`](crate::block_on) and
    /// [`Commit::future`](crate::Commit::future); in a hook, `tokio::spawn` makes its tasks there, too.
    ///
    /// Hooks run on the reload thread, one after the other, and not on a thread of the runtime: one that awaits holds
    /// up no task.
    ///
    /// A runtime with one thread, such as that of `#[tokio::test]`, is no use to a hook while its thread waits for the
    /// hook: then [`start`](Self::start) panics where hooks are [asked at the start](Self::apply_at_start), and
    /// dropping the [`Reloader`] while a hook awaits does not return. Do both in `tokio::task::spawn_blocking`, or take
    /// a runtime with several threads.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use dlc_reload::{Loader, Reloadable};
    /// use dlc_reload::{Change, Commit, HookResult, Trigger, Verdict, block_on};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot)] database: String }
    /// # struct Pool;
    /// # impl Pool {
    /// #     async fn connect(_: &str) -> Result<Self, std::io::Error> { tokio::task::yield_now().await; Ok(Self) }
    /// # }
    /// # let file = dlc_reload::source::Text::new("yaml", "database: a");
    /// struct Service {
    ///     pool: tokio::sync::RwLock<Pool>,
    /// }
    ///
    /// impl ConfigHooks for Service {
    ///     fn on_database(&self, database: Change<'_, String>) -> HookResult<'_> {
    ///         let pool = block_on(Pool::connect(database.new))?;
    ///         Ok(Commit::future(async move {
    ///             *self.pool.write().await = pool;
    ///             Ok(())
    ///         }))
    ///     }
    /// }
    ///
    /// # let boot = Loader::<Config>::new().source(file).load()?;
    /// # let runtime = tokio::runtime::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// # let service = Service { pool: tokio::sync::RwLock::new(Pool) };
    /// let reloader = boot
    ///     .reloader()
    ///     .hooks(Arc::new(service))
    ///     .runtime(tokio::runtime::Handle::current())
    ///     .start()?;
    /// let database = Config::fields().database();
    /// let report = reloader.override_field(database, "b".to_owned()).until_ended().await?;
    /// assert_eq!(report.verdict(), Verdict::Applied);
    /// # Ok::<(), dlc_reload::Error>(())
    /// # })?;
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn runtime(mut self, runtime: tokio::runtime::Handle) -> Self {
        self.settings.runtime.handle = Some(runtime);
        self
    }

    /// Starts reloading.
    ///
    /// Where files are watched, it first looks at them again, so that a change since the first read is
    /// not missed.
    ///
    /// # Errors
    ///
    /// A hot field whose value holds a [`Secret`](crate::Secret) deep inside, or whose type is a parameter and a
    /// section here; values that a hook refuses, if hooks are [asked](Self::rehearse) at the start; a thread or a
    /// signal handler that cannot be set up.
    ///
    /// # Panics
    ///
    /// On the only thread of a tokio runtime, if hooks that may await are asked at the start.
    pub fn start(self) -> Result<Reloader<C>, Error>
    where
        C: StartsWith<H>,
        H: Send + Sync + 'static,
    {
        let Self { boot, hooks, triggers, settings, companions } = self;
        let transact: Transact<C> = Box::new(move |asking, monitors| {
            let hooks = C::listener(&*hooks);
            let Asking { places, old, new, extent } = asking;
            transact(monitors, extent, places, |direction, at: &[Index]| match direction {
                Direction::Forward => C::ask(at, old, new, hooks),
                // What came with the start, from nothing, has no change that could be reversed.
                Direction::Backward if std::ptr::eq(old, new) && C::TABLE.comes_and_goes(at) => {
                    Ok(Commit::none())
                }
                Direction::Backward => C::ask(at, new, old, hooks),
            })
        });
        let queue = Queue::new(Arc::clone(&settings.clock));
        let watch = |files: &[Watched], status| triggers.watch(&queue, files, status);
        let mut reloader = Reloader::start(boot, transact, settings, &queue, watch)?;
        triggers.listen(&mut reloader, queue)?;
        companions.started(&mut reloader)?;
        Ok(reloader)
    }
}

/// Asks the process to end the way its operator would.
fn terminate() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        // To the process: a service may wait for signals in a thread of its own, and block them in
        // all others.
        if let Err(error) = kill_process(getpid(), Signal::TERM) {
            tracing::error!(target: LOG, "cannot send SIGTERM to the own process: {error}");
        }
    }
    #[cfg(not(unix))]
    tracing::error!(target: LOG,
        "a change failed and could not be undone: restart the service"
    );
}

impl<C: Reloadable, H: ?Sized> fmt::Debug for Builder<C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { triggers, settings, .. } = self;
        f.debug_struct("Builder")
            .field("triggers", triggers)
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}
