//! The clock of the reload thread.

use std::time::{Duration, Instant, SystemTime};
#[cfg(feature = "testing")]
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// The clock of the system, or one that a test moves.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    #[cfg(feature = "testing")]
    Virtual(Arc<VirtualClock>),
}

impl Clock {
    /// Returns the time of day, for people.
    pub(crate) fn now(&self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            #[cfg(feature = "testing")]
            Self::Virtual(clock) => clock.started_at + clock.elapsed(),
        }
    }

    /// Returns the present moment, for measuring and for waiting.
    pub(crate) fn instant(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            #[cfg(feature = "testing")]
            Self::Virtual(clock) => clock.began + clock.elapsed(),
        }
    }

    /// Returns the time to sleep until a moment; `None` where a test moves the clock, which then
    /// wakes the sleeper.
    pub(crate) fn until(&self, moment: Instant) -> Option<Duration> {
        match self {
            Self::System => Some(moment.saturating_duration_since(Instant::now())),
            #[cfg(feature = "testing")]
            Self::Virtual(_) => None,
        }
    }
}

/// A clock that stands still until it is moved.
#[cfg(feature = "testing")]
pub(crate) struct VirtualClock {
    started_at: SystemTime,
    began: Instant,
    elapsed: Mutex<Duration>,
    /// The callbacks of the threads that sleep by this clock.
    sleepers: Mutex<Vec<Sleeper>>,
}

/// A callback that wakes a thread and waits until what was due is done.
#[cfg(feature = "testing")]
type Sleeper = Arc<dyn Fn() + Send + Sync>;

#[cfg(feature = "testing")]
impl VirtualClock {
    pub(crate) fn new() -> Self {
        let (started_at, began) = (SystemTime::now(), Instant::now());
        Self { started_at, began, elapsed: Mutex::default(), sleepers: Mutex::default() }
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a callback for when the clock is moved.
    pub(crate) fn wakes(&self, sleeper: impl Fn() + Send + Sync + 'static) {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(sleeper));
    }

    /// Moves the clock, and returns once everything that is due then is done.
    pub(crate) fn advance(&self, by: Duration) {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner) += by;
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for sleeper in sleepers {
            sleeper();
        }
    }
}

#[cfg(feature = "testing")]
impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}
