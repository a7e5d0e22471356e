//! The waits of an agent, which are different ones on each node and the same ones whenever it runs.

use std::time::Duration;

use crate::fleet::rank::{back_off, rank, spread};

/// The shortest time between two reads without a hint, and the time over which nodes are spread after it.
const IDLE: Duration = Duration::from_secs(300);

/// The part of the splay that a node waits which runs what may be taken back.
const URGENT: u32 = 10;

/// The waits of an agent.
pub(super) struct Waits {
    name: String,
    splay: Duration,
    rank: u64,
}

impl Waits {
    pub(super) fn new(name: &str, splay: Duration) -> Self {
        // There is a read each idle time anyway.
        let splay = splay.min(IDLE);
        Self { name: name.to_owned(), splay, rank: rank("waits", name) }
    }

    /// Returns the time to the next read without a hint: 5 to 10 minutes.
    pub(super) fn idle(&self) -> Duration {
        IDLE + spread(IDLE, self.rank)
    }

    /// Returns the time between a hint and the read.
    pub(super) fn after_hint(&self, is_urgent: bool) -> Duration {
        let splay = if is_urgent { self.splay / URGENT } else { self.splay };
        spread(splay, self.rank)
    }

    /// Returns the time after a failure, of which there were so many before.
    pub(super) fn back_off(&self, failures: u32) -> Duration {
        back_off(&self.name, failures)
    }
}
