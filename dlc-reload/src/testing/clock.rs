//! A clock that stands still until a test moves it.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, Weak},
    time::{Duration, Instant, SystemTime},
};

use crate::{
    sync::lock,
    time::{Clock, clock::Wake},
};

/// The time of a stage. Each reloader on the stage goes by it, and is waited for when it is moved.
pub(super) struct VirtualTime {
    started_at: SystemTime,
    start: Instant,
    elapsed: Mutex<Duration>,
    followers: Mutex<Vec<Weak<Follower>>>,
}

impl Default for VirtualTime {
    fn default() -> Self {
        let (started_at, start) = (SystemTime::now(), Instant::now());
        Self { started_at, start, elapsed: Mutex::default(), followers: Mutex::default() }
    }
}

impl VirtualTime {
    fn elapsed(&self) -> Duration {
        *lock(&self.elapsed)
    }

    /// Makes the clock of one reloader.
    pub(super) fn clock(self: &Arc<Self>) -> Arc<dyn Clock> {
        let follower = Arc::new(Follower {
            time: Arc::clone(self),
            wake: OnceLock::new(),
            settled: Mutex::default(),
            progress: Condvar::new(),
        });
        lock(&self.followers).push(Arc::downgrade(&follower));
        follower
    }

    /// Moves the time, and returns once everything that is due then is done.
    pub(super) fn advance(&self, by: Duration) {
        *lock(&self.elapsed) += by;
        let followers = lock(&self.followers).clone();
        followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.catch_up());
    }
}

impl fmt::Debug for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualTime").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}

/// The clock of one reloader, which follows the time of the stage.
struct Follower {
    time: Arc<VirtualTime>,
    wake: OnceLock<Wake>,
    settled: Mutex<Settled>,
    progress: Condvar,
}

/// The progress of a reload thread.
#[derive(Default)]
enum Settled {
    #[default]
    NotYet,
    /// Everything is done that was due at this moment.
    At(Instant),
    /// The thread has ended.
    ForGood,
}

impl Follower {
    /// Waits until everything is done that is due now.
    fn catch_up(&self) {
        let now = self.instant();
        // Also where the time has not moved: what was asked for before is done then.
        {
            let mut settled = lock(&self.settled);
            if matches!(*settled, Settled::At(_)) {
                *settled = Settled::NotYet;
            }
        }
        // Its thread looks at the clock after it is woken, not before.
        if !self.wake.get().is_some_and(|wake| wake()) {
            return;
        }
        let mut settled = lock(&self.settled);
        while match *settled {
            Settled::NotYet => true,
            Settled::At(moment) => moment < now,
            Settled::ForGood => false,
        } {
            settled = self.progress.wait(settled).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Clock for Follower {
    fn now(&self) -> SystemTime {
        self.time.started_at + self.time.elapsed()
    }

    fn instant(&self) -> Instant {
        self.time.start + self.time.elapsed()
    }

    fn until(&self, _moment: Instant) -> Option<Duration> {
        None
    }

    fn wakes(&self, wake: Wake) {
        // A reloader is started once, so there is none yet.
        let _ = self.wake.set(wake);
    }

    fn settled(&self, at: Option<Instant>) {
        *lock(&self.settled) = at.map_or(Settled::ForGood, Settled::At);
        self.progress.notify_all();
    }
}
