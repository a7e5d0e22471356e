//! Probation: a change is rolled back if a health check fails after the reload.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::desired::Before;
use crate::{
    document::Document,
    hook::{Veto, guarded},
    snapshot::Generation,
    source::Content,
    time::{Moment, Timestamp, rfc3339},
};

/// The longest probation.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A health check for some time after each reload: a change that makes the service ill is rolled
/// back, and its content is refused until other content has been accepted. A change that cannot be
/// taken back leaves the service [inconsistent](crate::Verdict::Inconsistent).
///
/// ```
/// # use dlc_reload::{Loader, Reloadable, Trigger};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// use std::{sync::{Arc, atomic::{AtomicU32, Ordering}}, time::Duration};
/// use dlc_reload::Probation;
///
/// let failures = Arc::new(AtomicU32::new(0)); // counted by the service
/// let seen = Arc::clone(&failures);
/// let probation = Probation::new(move || match seen.load(Ordering::Relaxed) {
///     0..10 => Ok(()),
///     failures => Err(format!("{failures} requests failed").into()),
/// })
/// .lasting(Duration::from_secs(60))
/// .every(Duration::from_secs(5));
/// # let probation = probation.every(Duration::from_millis(1));
///
/// # let path = std::env::temp_dir().join(format!("dlc-reload-ill-{}.yaml", std::process::id()));
/// # std::fs::write(&path, "rate: 100").unwrap();
/// # let boot = Loader::<Config>::new().file(&path).load()?;
/// let reloader = boot.reloader().probation(probation).start()?;
/// let rate = reloader.watch(Config::fields().rate());
/// std::fs::write(&path, "rate: 5000").unwrap();
/// reloader.reload(Trigger::api("nightly job")).wait()?;
/// assert_eq!(rate.get(), 5000);
///
/// failures.store(10, Ordering::Relaxed);
/// rate.wait()?; // for the next check
/// assert_eq!(rate.get(), 100);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// An override stays when a change is rolled back, and ends with a warning where the rollback is
/// refused while it holds. There is no probation for overrides and rollbacks, nor for a value that a
/// reload changed under an override, which comes into force when the override ends. A rollback ends the
/// probation that runs, and so does a reload that goes back to the configuration before. A failure also brings back a
/// rollback that held before the change.
///
/// Content that failed stays refused over a restart: it is remembered in the file of the [last known
/// good](crate::Loader::last_known_good), without one in that of the [history](crate::Builder::history_file), and
/// without both not at all. A start that finds it again uses the last known good and says so. Where there is none that
/// can be used, it starts with what failed, warns, and puts that on probation; there is nothing to go back to then, so
/// that what fails again stays in force without further checks (the report is [rejected](crate::Verdict::Rejected), and
/// the service stays ready). It never becomes the last known good unless it has proven itself or changes. Over a
/// restart, another secret alone is no change, nor is a comment that moves no value: neither is on disk.
#[must_use = "give it to `Builder::probation`"]
pub struct Probation {
    check: Check,
    lasting: Duration,
    every: Duration,
}

/// The health check of the author.
type Check = Box<dyn Fn() -> Result<(), Veto> + Send>;

impl Probation {
    /// Makes a probation with this health check; by default it runs once a second for 30 seconds after
    /// each reload.
    ///
    /// It runs on the reload thread, where other reloads wait for it: let it look at counters
    /// rather than measure something. A panic counts as a failure.
    pub fn new(check: impl Fn() -> Result<(), Veto> + Send + 'static) -> Self {
        let (lasting, every) = (Duration::from_secs(30), Duration::from_secs(1));
        Self { check: Box::new(check), lasting, every }
    }

    /// Sets the time for which the check runs after a reload; a year at most. A further reload in that
    /// time is watched for as long again, and a failure then takes both back.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.lasting = time.min(LONGEST);
        self
    }

    /// Sets the time between two runs of the check; a millisecond at the least. It runs a last time when
    /// the probation ends.
    pub fn every(mut self, time: Duration) -> Self {
        self.every = time.max(Duration::from_millis(1));
        self
    }

    /// Asks the health check.
    pub(super) fn check(&self) -> Result<(), String> {
        guarded("the health check", &self.check)
    }

    fn next(&self, now: Instant, end: Instant) -> Instant {
        now.checked_add(self.every).map_or(end, |next| next.min(end))
    }
}

impl fmt::Debug for Probation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lasting, every, .. } = self;
        f.debug_struct("Probation")
            .field("lasting", lasting)
            .field("every", every)
            .finish_non_exhaustive()
    }
}

/// The probation of one configuration.
pub(super) struct Trial<C> {
    /// The configuration to go back to; none where the process started with what is on probation.
    pub(super) proven: Option<Before<C>>,
    /// The content that is refused if the configuration fails, and its document.
    pub(super) asked: (Content, Arc<Document>),
    pub(super) generation: Generation,
    end: Instant,
    until: SystemTime,
    next: Instant,
}

impl<C> Trial<C> {
    pub(super) fn begin(
        probation: &Probation,
        proven: Option<Before<C>>,
        asked: (Content, Arc<Document>),
        generation: Generation,
        Moment { now, instant }: Moment,
    ) -> Self {
        let end = instant.checked_add(probation.lasting).unwrap_or(instant);
        let until = now + end.saturating_duration_since(instant);
        Self { proven, asked, generation, end, until, next: probation.next(instant, end) }
    }

    /// Returns the moment of the next check.
    pub(super) const fn due(&self) -> Instant {
        self.next
    }

    /// Takes note of a check that went well, and returns true if it was the last one. What callers ask
    /// for has its turn before the next one, however long a check takes.
    pub(super) fn passed(&mut self, probation: &Probation, asked: Instant, now: Instant) -> bool {
        self.next = probation.next(now, self.end);
        asked >= self.end
    }

    /// Returns what a status shows.
    pub(super) const fn shown(&self) -> OnProbation {
        OnProbation { generation: self.generation.0, until: self.until }
    }
}

/// A generation that is rolled back if the service becomes ill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct OnProbation {
    /// The generation.
    pub generation: u64,
    /// The time at which it counts as proven.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub until: SystemTime,
}
