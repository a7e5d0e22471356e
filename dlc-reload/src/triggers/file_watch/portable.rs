//! Events of the file system where there is no inotify, through `notify`.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};

use super::{
    events::{Event, Events, Ring, Sleep},
    machine::{Pace, Sign},
    trace::{Interests, leads},
};
use crate::sync::lock;

/// The watches of one process on its directories.
pub(crate) struct Portable {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// The directories that this process may not watch.
    denied: BTreeSet<PathBuf>,
    inbox: Arc<Mutex<Vec<notify::Result<notify::Event>>>>,
}

impl Events for Portable {
    type Bell = Bell;
    type Sleeper = Sleeper;

    /// Not every platform tells when a writer closes a file, so quiet decides.
    const PACE: Pace = Pace::QUIET;

    fn sleeper() -> io::Result<(Sleeper, Bell)> {
        let bell = Bell::default();
        Ok((Sleeper(bell.clone()), bell))
    }

    fn new(bell: &Bell) -> io::Result<Self> {
        let inbox = Arc::new(Mutex::new(Vec::new()));
        let (letters, bell) = (Arc::clone(&inbox), bell.clone());
        let watcher = notify::recommended_watcher(move |event| {
            let mut letters = lock(&letters);
            // It is not emptied for a while: one loss says as much as thousands of events.
            if letters.len() < 4096 {
                letters.push(event);
            } else {
                letters.clear();
                letters.push(Err(notify::Error::generic("events were lost")));
            }
            drop(letters);
            bell.ring();
        })
        .map_err(io_error)?;
        Ok(Self { watcher, watched: BTreeSet::new(), denied: BTreeSet::new(), inbox })
    }

    fn arm(&mut self, interests: &Interests) -> io::Result<bool> {
        self.forget(|path| !interests.contains_key(path));
        let mut new = false;
        self.denied.clear();
        for path in interests.keys().filter(|path| path.is_dir()) {
            if self.watched.contains(path) {
                continue;
            }
            match self.watcher.watch(path, RecursiveMode::NonRecursive).map_err(io_error) {
                Ok(()) => {
                    self.watched.insert(path.clone());
                    new = true;
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    self.denied.insert(path.clone());
                }
                // It went away since it was found.
                Err(error) if error.kind() == io::ErrorKind::NotFound => new = true,
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    fn is_denied(&self, directory: &Path) -> bool {
        self.denied.contains(directory)
    }

    fn drain(&mut self, interests: &Interests, each: &mut dyn FnMut(Event<'_>)) {
        let events = std::mem::take(&mut *lock(&self.inbox));
        for event in events {
            let Ok(event) = event else {
                each(Event::Lost);
                continue;
            };
            if event.need_rescan() {
                each(Event::Lost);
            }
            for path in &event.paths {
                if names_change(&event.kind) {
                    // Of all below it as well: another one may have its name.
                    self.forget(|watched| watched.starts_with(path));
                }
                if leads(interests, path)
                    && let Some(sign) = sign(&event.kind, path)
                {
                    each(Event::Name(path, sign));
                }
            }
        }
    }
}

impl Portable {
    /// Removes the watches of directories that are of no interest any more, or are not there.
    fn forget(&mut self, is_over: impl Fn(&Path) -> bool) {
        for path in self.watched.extract_if(.., |path| is_over(path)) {
            // A directory that moved or was removed may have taken its watch with it.
            let _ = self.watcher.unwatch(&path);
        }
    }
}

/// Returns true if an event is about the name of a path, and not about the file behind it.
const fn names_change(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    )
}

/// Returns the sign of an event for the file behind a path.
fn sign(kind: &EventKind, path: &Path) -> Option<Sign> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Sign::Closed),
        EventKind::Access(_) => None,
        // Not every platform says what was created.
        EventKind::Create(_) if path.is_dir() => Some(Sign::Made),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => {
            Some(Sign::Gone)
        }
        EventKind::Modify(ModifyKind::Name(_)) => {
            Some(if path.symlink_metadata().is_ok() { Sign::Arrived } else { Sign::Gone })
        }
        EventKind::Modify(ModifyKind::Metadata(_)) => Some(Sign::Touched),
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => {
            Some(Sign::Written)
        }
    }
}

fn io_error(error: notify::Error) -> io::Error {
    match error.kind {
        notify::ErrorKind::Io(error) => error,
        kind => io::Error::other(notify::Error::new(kind)),
    }
}

/// Sleeps until the bell rings or the time has come.
pub(crate) struct Sleeper(Bell);

/// Wakes a [`Sleeper`] from another thread.
#[derive(Clone, Default)]
pub(crate) struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Sleep for Sleeper {
    fn sleep(&mut self, until: Instant) {
        let (rung, changed) = &*self.0.0;
        let timeout = until.saturating_duration_since(Instant::now());
        let rung = changed.wait_timeout_while(lock(rung), timeout, |rung| !*rung);
        *rung.unwrap_or_else(std::sync::PoisonError::into_inner).0 = false;
    }
}

impl Ring for Bell {
    fn ring(&self) {
        let (rung, changed) = &*self.0;
        *lock(rung) = true;
        changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use notify::event::CreateKind;

    use super::*;

    #[test]
    fn a_directory_is_one_whatever_it_is_called() {
        let directory = std::env::temp_dir();
        for kind in [CreateKind::Any, CreateKind::Folder, CreateKind::Other] {
            assert_eq!(sign(&EventKind::Create(kind), &directory), Some(Sign::Made), "{kind:?}");
        }
        let file = std::env::current_exe().unwrap();
        assert_eq!(sign(&EventKind::Create(CreateKind::Any), &file), Some(Sign::Written));
    }
}
