//! How long to wait for what.

use std::time::Duration;

/// How long to wait for what. Times that hold for one platform and load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long an unfinished file must be silent before it counts as forgotten by its writer.
    pub(crate) silence: Duration,
    /// A writer that pauses no longer than this never stops.
    pub(crate) pause: Duration,
    /// How long a writer that never stops can put off a look.
    pub(crate) endless: Duration,
    /// How long a writer can put off a look, however it pauses.
    pub(crate) most: Duration,
    /// How long a file that is gone may take to come back.
    pub(crate) absence: Duration,
    /// The longest gap between looks when a writer is faster than they are.
    pub(crate) gap: Duration,
    /// How often the content is compared although nothing happened.
    pub(crate) poll: Duration,
    /// How long content that differs has to stay the same to count as whole.
    pub(crate) rest: Duration,
}

impl Pace {
    /// For platforms that tell when a writer closes a file.
    pub(crate) const CLOSES: Self = Self {
        silence: Duration::from_secs(10),
        pause: Duration::from_secs(1),
        endless: Duration::from_secs(10),
        most: Duration::from_secs(60),
        absence: Duration::from_secs(1),
        gap: Duration::from_millis(100),
        poll: Duration::from_secs(30),
        rest: Duration::from_millis(100),
    };

    /// For platforms that do not.
    #[cfg_attr(
        all(target_os = "linux", not(test)),
        expect(dead_code, reason = "Linux tells of closes")
    )]
    pub(crate) const QUIET: Self = Self {
        silence: Duration::from_millis(100),
        pause: Duration::from_millis(100),
        endless: Duration::from_secs(2),
        // Events that come from another library's thread may come while the watches are changed and
        // be lost, so the content is compared more often.
        poll: Duration::from_secs(2),
        ..Self::CLOSES
    };

    /// For files whose changes cause no events.
    pub(crate) const POLLING: Self =
        Self { poll: Duration::from_secs(2), rest: Duration::from_millis(500), ..Self::CLOSES };

    /// The same, with another interval between two comparisons of the content.
    pub(crate) fn with_poll(self, poll: Duration) -> Self {
        // What is meant to be never is a long time: the end of it is a time, too.
        let poll = poll.clamp(Duration::from_millis(10), Duration::from_secs(1 << 32));
        Self { poll, rest: self.rest.min(poll), ..self }
    }
}
