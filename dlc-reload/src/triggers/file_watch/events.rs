//! The interface to a source of events, with one implementation for each kind of platform.

use std::{fs::File, io, path::Path, time::Instant};

use super::{
    machine::{Pace, Sign},
    trace::Interests,
};

/// An event in a watched directory.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// Something happened to the name at the end of a path.
    Name(&'a Path, Sign),
    /// Events were lost, or a watched directory is not what it was.
    Lost,
}

/// The watches of one process on its directories.
pub(crate) trait Events: Sized + Send + 'static {
    type Bell: Ring;
    type Sleeper: Sleep;

    /// The times to wait for with these events.
    const PACE: Pace;

    /// Creates a sleeper for the watch thread, and the bell that wakes it.
    fn sleeper() -> io::Result<(Self::Sleeper, Self::Bell)>;

    fn new(bell: &Self::Bell) -> io::Result<Self>;

    /// Watches these directories and no others; returns true if one is new, or gone since it was
    /// found.
    fn arm(&mut self, interests: &Interests) -> io::Result<bool>;

    /// Returns true if this process may not watch a directory.
    fn is_denied(&self, directory: &Path) -> bool;

    /// Waits until a change of this file's length that is under way is an event.
    fn settle(_file: &File) {}

    /// Hands over every event that happened so far to a name that leads to a file.
    fn drain(&mut self, interests: &Interests, each: &mut dyn FnMut(Event<'_>));
}

/// Sleeps until there are events, the bell rings, or the time has come.
pub(crate) trait Sleep: Send + 'static {
    fn sleep(&mut self, until: Instant);
}

/// Wakes a sleeper from another thread.
pub(crate) trait Ring: Send + Sync + 'static {
    fn ring(&self);
}

/// Says why the system refuses to send events, and what to do about it.
pub(crate) fn remedy(error: &io::Error) -> String {
    const TOO_MANY_FILES: i32 = 24;
    const NO_SPACE: i32 = 28;
    let remedy = match error.raw_os_error() {
        Some(NO_SPACE) => "; raise `fs.inotify.max_user_watches` with sysctl",
        Some(TOO_MANY_FILES) => {
            "; raise `fs.inotify.max_user_instances` with sysctl, or the limit of open files"
        }
        _ => "",
    };
    format!("the system sends no events ({error}){remedy}")
}
