//! The times that the machine waits for.

use std::time::Duration;

/// The times to wait for, which hold for one platform and load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The silence after which the writer of an unfinished file counts as one that forgot it.
    pub(crate) silence: Duration,
    /// The longest time between two writes of a writer that never stops.
    pub(crate) pause: Duration,
    /// The longest wait for a writer that never stops.
    pub(crate) longest_burst: Duration,
    /// The longest wait for a writer, however it pauses.
    pub(crate) longest_wait: Duration,
    /// The time in which a file that was removed may come back.
    pub(crate) absence: Duration,
    /// The quiet after which a burst of changes in a directory is over.
    pub(crate) settling: Duration,
    /// The longest wait of a look for the end of such a burst.
    pub(crate) longest_settling: Duration,
    /// The longest gap between looks when a writer is faster than they are.
    pub(crate) longest_gap: Duration,
    /// The time between two comparisons of the content while nothing happens.
    pub(crate) poll: Duration,
    /// The time that new content has to stay the same to count as whole.
    pub(crate) rest: Duration,
}

impl Pace {
    /// The pace of platforms that tell when a writer closes a file.
    pub(crate) const CLOSES: Self = Self {
        silence: Duration::from_secs(10),
        pause: Duration::from_secs(1),
        longest_burst: Duration::from_secs(10),
        longest_wait: Duration::from_secs(60),
        absence: Duration::from_secs(1),
        settling: Duration::from_millis(30),
        longest_settling: Duration::from_secs(1),
        longest_gap: Duration::from_millis(100),
        poll: Duration::from_secs(30),
        rest: Duration::from_millis(100),
    };

    /// The pace of platforms that do not, where quiet decides.
    #[cfg_attr(
        all(target_os = "linux", not(test)),
        expect(dead_code, reason = "Linux tells of closes")
    )]
    pub(crate) const QUIET: Self = Self {
        silence: Duration::from_millis(100),
        pause: Duration::from_millis(100),
        longest_burst: Duration::from_secs(2),
        // Events that come from another library's thread may come while the watches are changed and
        // be lost, so the content is compared more often.
        poll: Duration::from_secs(2),
        ..Self::CLOSES
    };

    /// The pace for files whose changes cause no events.
    pub(crate) const POLLING: Self =
        Self { poll: Duration::from_secs(2), rest: Duration::from_millis(500), ..Self::CLOSES };

    /// Returns the same pace with another time between two comparisons of the content.
    pub(crate) fn with_poll(self, poll: Duration) -> Self {
        // An interval meant as "never" is cut, so that its end is still a time.
        let poll = poll.clamp(Duration::from_millis(10), Duration::from_secs(1 << 32));
        Self { poll, rest: self.rest.min(poll), ..self }
    }
}
