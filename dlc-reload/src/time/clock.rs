//! The clock that the reload thread goes by.

use std::time::{Duration, Instant, SystemTime};

/// A function that wakes the reload thread. It returns false where nothing is to be waited for then: there is
/// no thread any more, or the caller is the thread.
pub(crate) type Wake = Box<dyn Fn() -> bool + Send + Sync>;

/// The clock that the reload thread goes by. One that a test moves stands still in between.
pub(crate) trait Clock: Send + Sync {
    /// Returns the time of day, for people.
    fn now(&self) -> SystemTime;

    /// Returns a moment, for measuring and for waiting.
    fn instant(&self) -> Instant;

    /// Returns the time to sleep until a moment; `None` where moving the clock wakes the sleeper.
    fn until(&self, moment: Instant) -> Option<Duration>;

    /// Takes the function that wakes the reload thread, for a clock that is moved.
    fn wakes(&self, _wake: Wake) {}

    /// Takes note that everything is done that was due at a moment; with `None`, that the thread has ended.
    fn settled(&self, _at: Option<Instant>) {}

    /// Returns the time of day and the moment.
    fn moment(&self) -> Moment {
        Moment { now: self.now(), instant: self.instant() }
    }
}

/// The clock of the system.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn until(&self, moment: Instant) -> Option<Duration> {
        Some(moment.saturating_duration_since(Instant::now()))
    }
}

/// One moment, as people and as deadlines have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: SystemTime,
    pub(crate) instant: Instant,
}

impl Moment {
    /// Returns the moment after a pause.
    pub(crate) fn after(self, pause: Duration) -> Self {
        Self { now: self.now + pause, instant: self.instant + pause }
    }
}

/// The beginning of a reload, for people and for measuring how long it takes. It measures real time, also where
/// a test moves the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    pub(crate) started_at: SystemTime,
    pub(crate) instant: Instant,
}

impl Stopwatch {
    pub(crate) fn start(clock: &dyn Clock) -> Self {
        Self { started_at: clock.now(), instant: Instant::now() }
    }
}
