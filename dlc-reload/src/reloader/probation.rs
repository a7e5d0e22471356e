//! Probation: a change is rolled back if a health check fails after the reload.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use serde::Serialize;

use super::state::Asked;
use crate::{
    hook::{Veto, guarded},
    snapshot::Snapshot,
    time::rfc3339,
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
/// reloader.reload(Trigger::api("nightly job"))?;
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
/// probation that runs, and so does a reload that goes back to the configuration before.
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

    /// Asks now.
    pub(crate) fn check(&self) -> Result<(), String> {
        guarded("the health check", &self.check)
    }

    /// The end of a probation that begins now, and the moment of its first check.
    fn times(&self, now: Instant) -> (Instant, Instant) {
        let end = now.checked_add(self.lasting).unwrap_or(now);
        (end, self.next(now, end))
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

/// A configuration that is on probation.
pub(crate) struct Trial<C> {
    /// What to go back to.
    pub(crate) proven: Proven<C>,
    /// The content that is to be refused if it fails.
    pub(crate) content: u64,
    pub(crate) generation: u64,
    end: Instant,
    next: Instant,
}

/// The state before the first reload of a probation.
pub(crate) struct Proven<C> {
    pub(crate) base: Arc<Snapshot<C>>,
    pub(crate) asked: Asked<C>,
}

impl<C> Trial<C> {
    pub(crate) fn begin(
        probation: &Probation,
        proven: Proven<C>,
        (content, generation): (u64, u64),
        now: Instant,
    ) -> Self {
        let (end, next) = probation.times(now);
        Self { proven, content, generation, end, next }
    }

    /// When to ask the next time.
    pub(crate) const fn due(&self) -> Instant {
        self.next
    }

    /// Takes note of a check that went well; answers whether it was the last one. What others ask
    /// for has its turn before the next one, however long a check takes.
    pub(crate) fn passed(&mut self, probation: &Probation, asked: Instant, now: Instant) -> bool {
        self.next = probation.next(now, self.end);
        asked >= self.end
    }

    /// What a status tells.
    pub(crate) fn shown(&self, (now, instant): (SystemTime, Instant)) -> OnProbation {
        let until = now + self.end.saturating_duration_since(instant);
        OnProbation { generation: self.generation, until }
    }
}

/// A generation that is rolled back if the service becomes ill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OnProbation {
    /// The generation.
    pub generation: u64,
    /// The time at which it counts as proven.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub until: SystemTime,
}
