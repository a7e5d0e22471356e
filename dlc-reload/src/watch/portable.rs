//! Events of the file system where there is no inotify, through `notify`.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode},
};

use super::{
    machine::{Pace, Sign},
    trace::{Interests, leads},
};
use crate::reloader::engine::lock;

/// Not every platform tells when a writer closes a file, so quiet decides.
pub(crate) const PACE: Pace = Pace::QUIET;

/// What the events said.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// Something happened to a name in a directory.
    Name(&'a Path, &'a OsStr, Sign),
    /// Events were lost, or a watched directory is not what it was.
    Lost,
}

/// The watches of one process on its directories.
pub(crate) struct Backend {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    inbox: Arc<Mutex<Vec<notify::Result<notify::Event>>>>,
}

impl Backend {
    pub(crate) fn new(bell: &Bell) -> io::Result<Self> {
        let inbox = Arc::new(Mutex::new(Vec::new()));
        let (letters, bell) = (Arc::clone(&inbox), bell.clone());
        let watcher = notify::recommended_watcher(move |event| {
            let mut letters = lock(&letters);
            // Nobody empties it for a while: one loss says as much as thousands of events.
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
        Ok(Self { watcher, watched: BTreeSet::new(), inbox })
    }

    /// Watches these directories and no others; answers whether one is new.
    pub(crate) fn arm(&mut self, interests: &Interests) -> io::Result<bool> {
        let gone: Vec<_> =
            self.watched.iter().filter(|path| !interests.contains_key(*path)).cloned().collect();
        for path in gone {
            // A directory that was removed has taken its watch with it.
            let _ = self.watcher.unwatch(&path);
            self.watched.remove(&path);
        }
        let mut new = false;
        for path in interests.keys().filter(|path| path.is_dir()) {
            if !self.watched.contains(path) {
                self.watcher.watch(path, RecursiveMode::NonRecursive).map_err(io_error)?;
                self.watched.insert(path.clone());
                new = true;
            }
        }
        Ok(new)
    }

    /// Hands over every event that has arrived so far for a name that leads to a file.
    pub(crate) fn drain(&mut self, interests: &Interests, mut each: impl FnMut(Seen<'_>)) {
        for event in std::mem::take(&mut *lock(&self.inbox)) {
            let Ok(event) = event else {
                each(Seen::Lost);
                continue;
            };
            if event.need_rescan() {
                each(Seen::Lost);
            }
            for path in &event.paths {
                if self.watched.remove(path) {
                    // The directory itself moved or went away.
                    let _ = self.watcher.unwatch(path);
                    each(Seen::Lost);
                }
                if let (Some(directory), Some(name)) = (path.parent(), path.file_name())
                    && leads(interests, directory, name)
                    && let Some(sign) = sign(&event.kind, path)
                {
                    each(Seen::Name(directory, name, sign));
                }
            }
        }
    }
}

/// What an event says about the file behind a path.
fn sign(kind: &EventKind, path: &Path) -> Option<Sign> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Sign::Closed),
        EventKind::Access(_) => None,
        EventKind::Create(CreateKind::Folder) => Some(Sign::Arrived),
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

impl Sleeper {
    #[expect(clippy::unnecessary_wraps, reason = "the one for inotify can fail")]
    pub(crate) fn new() -> io::Result<(Self, Bell)> {
        let bell = Bell::default();
        Ok((Self(bell.clone()), bell))
    }

    pub(crate) fn sleep(&mut self, until: Instant) {
        let (rung, changed) = &*self.0.0;
        let timeout = until.saturating_duration_since(Instant::now());
        let rung = changed.wait_timeout_while(lock(rung), timeout, |rung| !*rung);
        *rung.unwrap_or_else(std::sync::PoisonError::into_inner).0 = false;
    }
}

impl Bell {
    pub(crate) fn ring(&self) {
        let (rung, changed) = &*self.0;
        *lock(rung) = true;
        changed.notify_one();
    }
}
