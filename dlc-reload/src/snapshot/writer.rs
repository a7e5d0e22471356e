//! The thread that writes, for which some callers must not wait.

use std::{
    sync::Mutex,
    thread::{self, ThreadId},
};

use crate::{error::Error, sync::lock};

/// The reload thread, as those know it who would wait for it.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The process that started it. A process that was forked from that one has none of its threads.
    process: u32,
    thread: Mutex<Option<ThreadId>>,
}

impl Writer {
    /// Makes the writer of this process, whose thread is not known yet.
    pub(crate) fn new() -> Self {
        Self::of(std::process::id())
    }

    fn of(process: u32) -> Self {
        Self { process, thread: Mutex::default() }
    }

    /// Makes the current thread the one that writes.
    pub(crate) fn claim(&self) {
        *lock(&self.thread) = Some(thread::current().id());
    }

    /// Lets another thread be the one that writes.
    pub(crate) fn release(&self) {
        *lock(&self.thread) = None;
    }

    /// Returns true if the current thread is the one that writes.
    pub(crate) fn is_current(&self) -> bool {
        *lock(&self.thread) == Some(thread::current().id())
    }

    /// Returns true if this process was forked from the one that has the thread.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.process != std::process::id()
    }

    /// Refuses a call that needs the thread in a process that does not have it.
    ///
    /// No lock may be taken before: another thread may have had it at the moment of the fork.
    pub(crate) fn is_here(&self) -> Result<(), Error> {
        if self.is_elsewhere() { Err(Error::forked()) } else { Ok(()) }
    }

    /// Refuses a wait that would never end.
    pub(crate) fn may_be_awaited(&self) -> Result<(), Error> {
        self.is_here()?;
        if self.is_current() { Err(Error::waits_for_itself()) } else { Ok(()) }
    }

    /// Makes the writer of another process.
    #[cfg(test)]
    pub(crate) fn elsewhere() -> Self {
        Self::of(std::process::id() ^ 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn a_wait_that_would_never_end_is_refused() {
        let writer = Writer::new();
        assert!(writer.may_be_awaited().is_ok());
        writer.claim();
        assert!(writer.may_be_awaited().unwrap_err().is_reentrant());
        std::thread::scope(|scope| {
            let other = scope.spawn(|| writer.may_be_awaited().is_ok());
            assert!(other.join().unwrap());
        });
        writer.release();
        assert!(writer.may_be_awaited().is_ok());
    }

    #[test]
    fn d3_a_wait_after_a_fork_is_refused() {
        assert!(Writer::elsewhere().may_be_awaited().unwrap_err().is_forked());
    }
}
