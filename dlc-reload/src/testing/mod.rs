//! Tools with which a service tests its own hooks: a source in memory, a clock to move, a record of
//! what the hooks did, and faults. And, for [files that are made from the configuration](assert_committed), such as its
//! schema, a check that they are as they should be.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger, Verdict};
//! use dlc_reload::testing::{Fault, Memory, Stage};
//!
//! #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
//! struct Config {
//!     #[reload(hot)]
//!     rate: u32,
//!     #[reload(hot)]
//!     burst: u32,
//! }
//! struct Throttle;
//! impl ConfigHooks for Throttle {
//!     fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
//!         Ok(Commit::none())
//!     }
//!     fn on_burst(&self, _: Change<'_, u32>) -> HookResult<'_> {
//!         Ok(Commit::none())
//!     }
//! }
//!
//! let (file, stage) = (Memory::yaml("{rate: 1, burst: 1}"), Stage::new());
//! let boot = Loader::<Config>::new().source(file.clone()).load()?;
//! let reloader = boot.reloader().hooks(Arc::new(Throttle)).stage(&stage).start()?;
//!
//! // What the hooks did.
//! file.write("{rate: 2, burst: 1}");
//! reloader.reload(Trigger::api("a test")).wait()?;
//! assert_eq!(stage.calls(), ["prepare rate", "commit rate"]);
//!
//! // What happens to `rate` when `burst` fails.
//! stage.inject(Config::fields().burst(), Fault::FailCommit);
//! file.write("{rate: 3, burst: 3}");
//! let report = reloader.reload(Trigger::api("a test")).wait()?;
//! assert_eq!(report.verdict(), Verdict::RolledBack);
//! assert_eq!(stage.calls().last().unwrap(), &"undo rate");
//! stage.heal();
//!
//! // What happens a quarter of an hour later.
//! let quarter = Duration::from_secs(15 * 60);
//! reloader.override_field(Config::fields().rate(), 9).for_duration(quarter).wait()?;
//! stage.advance(quarter);
//! assert_eq!(reloader.handle().load().rate, 2);
//! # Ok::<(), dlc_reload::Error>(())
//! ```

use std::{
    borrow::Cow,
    fmt::{self, Display},
    sync::{Arc, Mutex},
    time::Duration,
};

mod clock;
mod committed;
mod recorder;

use self::{
    clock::VirtualTime,
    recorder::{Recorder, Recording},
};
pub use self::{
    committed::assert_committed,
    recorder::{Call, Fault},
};
use crate::{
    error::Problem,
    hook::StepMonitor,
    place::Key,
    report::Report,
    section::Table,
    source::{Format, Intake, Source},
    sync::lock,
    time::Clock,
};

/// A source in memory whose text a test replaces. Its clones share the text: give one to the loader
/// and keep another.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, Trigger, testing::Memory};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// let file = Memory::new("toml", "rate = 1");
/// let reloader = Loader::<Config>::new().source(file.clone()).load()?.reloader().start()?;
///
/// file.write("rate = 2");
/// reloader.reload(Trigger::api("a test")).wait()?;
/// assert_eq!(reloader.handle().load().rate, 2);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone)]
pub struct Memory(Arc<Shared>);

struct Shared {
    format: Result<Format, String>,
    text: Mutex<Arc<str>>,
}

impl Memory {
    /// Makes a source of a text in a [`Format`], which may be given by name (`"yaml"`). Reports
    /// call it `memory`.
    ///
    /// A name that no format has is an error of the load.
    pub fn new<F>(format: F, text: impl AsRef<str>) -> Self
    where
        F: TryInto<Format, Error: Display>,
    {
        let format = format.try_into().map_err(|error| error.to_string());
        Self(Arc::new(Shared { format, text: Mutex::new(text.as_ref().into()) }))
    }

    /// Makes a source of a YAML text.
    #[cfg(feature = "yaml")]
    pub fn yaml(text: impl AsRef<str>) -> Self {
        Self::new(Format::Yaml, text)
    }

    /// Replaces the text; the next reload reads it.
    pub fn write(&self, text: impl AsRef<str>) {
        *lock(&self.0.text) = text.as_ref().into();
    }
}

/// Leaves out the text, which may hold secrets.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("format", &self.0.format).finish_non_exhaustive()
    }
}

impl Source for Memory {
    fn read(&self, intake: &mut Intake<'_>) {
        let Shared { format, text } = &*self.0;
        match format {
            Ok(format) => {
                let text = Arc::clone(&lock(text));
                intake.text("memory", *format, text.as_bytes());
            }
            Err(error) => intake.problem(Problem::error(error)),
        }
    }

    fn name(&self) -> Cow<'_, str> {
        "memory".into()
    }
}

/// The clock and the hooks of one reloader, under the control of a test. It is given to
/// [`Builder::stage`](crate::Builder::stage); clones are the same stage.
///
/// Time stands still unless [`advance`](Self::advance) moves it: the ends of overrides and probations and the
/// [retries](crate::Status::next_retry) go by it. The duration of hooks is measured by the real clock.
///
/// ```
/// use std::time::Duration;
/// use dlc_reload::{Loader, Reloadable, testing::Stage};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// let stage = Stage::new();
/// let boot = Loader::<Config>::new().text("yaml", "rate: 1").load()?;
/// let reloader = boot.reloader().stage(&stage).start()?;
///
/// let hour = Duration::from_secs(60 * 60);
/// reloader.override_field(Config::fields().rate(), 9).for_duration(hour).wait()?;
/// assert_eq!(reloader.handle().load().rate, 9);
/// stage.advance(hour);
/// assert_eq!(reloader.handle().load().rate, 1);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// For [`calls`](Self::calls) and [`inject`](Self::inject), see [the module](self).
#[derive(Clone, Default)]
pub struct Stage {
    time: Arc<VirtualTime>,
    recorder: Arc<Recorder>,
    critical: Arc<Mutex<Vec<Report>>>,
}

/// Leaves out what hooks said, which may quote secrets.
impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("time", &self.time).finish_non_exhaustive()
    }
}

impl Stage {
    /// Makes a stage whose clock shows the present time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the steps of the hooks since this was called last, in order. Fields that are `live`
    /// have no hook.
    pub fn calls(&self) -> Vec<Call> {
        self.recorder.calls()
    }

    /// Takes the reports, since this was called last, of changes that failed and could not be undone.
    /// Outside of a test, the process would have sent itself SIGTERM; with
    /// [`Builder::on_critical`](crate::Builder::on_critical), the handler is called, and nothing is kept here.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger, Verdict};
    /// # use dlc_reload::testing::{Fault, Memory, Stage};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot)] rate: u32, #[reload(hot)] burst: u32 }
    /// # struct Throttle;
    /// # impl ConfigHooks for Throttle {
    /// #     fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> { Ok(Commit::none()) }
    /// #     fn on_burst(&self, _: Change<'_, u32>) -> HookResult<'_> { Ok(Commit::none()) }
    /// # }
    /// # let (file, stage) = (Memory::yaml("{rate: 1, burst: 1}"), Stage::new());
    /// # let boot = Loader::<Config>::new().source(file.clone()).load()?;
    /// # let reloader = boot.reloader().hooks(Arc::new(Throttle)).stage(&stage).start()?;
    /// stage.inject(Config::fields().rate(), Fault::FailUndo);
    /// stage.inject(Config::fields().burst(), Fault::FailCommit);
    /// file.write("{rate: 2, burst: 2}");
    /// let report = reloader.reload(Trigger::api("a test")).wait()?;
    /// assert_eq!(report.verdict(), Verdict::Inconsistent);
    /// assert_eq!(stage.critical_reports()[0].id(), report.id());
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn critical_reports(&self) -> Vec<Report> {
        std::mem::take(&mut lock(&self.critical))
    }

    /// Makes the hook of a field fail from now on.
    ///
    /// # Panics
    ///
    /// If the field has no hook; before the stage is given to a builder, that panics instead.
    pub fn inject(&self, field: impl Into<Key>, fault: Fault) {
        self.recorder.inject(field.into(), fault);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.recorder.heal();
    }

    /// Makes the hook of a field wait until the returned guard is dropped, as a hook that takes minutes.
    ///
    /// # Panics
    ///
    /// Like [`inject`](Self::inject).
    pub fn stall(&self, field: impl Into<Key>) -> Stalled {
        let key = field.into();
        self.recorder.stall(key.clone());
        Stalled { recorder: Arc::clone(&self.recorder), key }
    }

    /// Moves the clock. What is due then (the end of an override, a health check) is done when this
    /// returns; what would have been due several times in between is done once.
    ///
    /// Called from a hook, it does not wait. While a hook is [stalled](Self::stall), it blocks: let the
    /// hook go on first, or call it from another thread.
    pub fn advance(&self, by: Duration) {
        self.time.advance(by);
    }

    /// Makes the critical handler that keeps its reports.
    pub(crate) fn default_critical(&self) -> Box<dyn Fn(&Report) + Send> {
        let kept = Arc::clone(&self.critical);
        Box::new(move |report| lock(&kept).push(report.clone()))
    }

    /// Makes the clock of one reloader on this stage.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.time.clock()
    }

    /// Makes the monitor that records the steps of a configuration with these fields.
    pub(crate) fn recorder(&self, table: &'static Table) -> Arc<dyn StepMonitor> {
        self.recorder.starts(table);
        Arc::new(Recording { recorder: Arc::clone(&self.recorder), table })
    }
}

/// The guard of a hook that waits; dropping it lets the hook go on.
#[must_use = "the hook goes on as soon as this is dropped"]
pub struct Stalled {
    recorder: Arc<Recorder>,
    key: Key,
}

impl fmt::Debug for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stalled").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Stalled {
    /// Blocks until a reload has got to the hook.
    pub fn wait(&self) {
        self.recorder.await_arrival(&self.key);
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        self.recorder.release(&self.key);
    }
}
