//! Events of the file system on Linux.
//!
//! `inotify` is used directly, not through `notify`, for two things that the latter cannot do. The
//! queue can be drained by the thread that has just read the files, so that it knows whether they were
//! written meanwhile. And opening or reading a file is not subscribed to, so that looking at the files
//! causes no event.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use inotify::{EventMask, WatchDescriptor, WatchMask};
use mio::{Interest as Readiness, Poll, Registry, Token, Waker, unix::SourceFd};

use rustix::fs::SeekFrom;

use super::{
    events::{Event, Events, Ring, Sleep},
    machine::{Pace, Sign},
    trace::{Interest, Interests, leads},
};

/// The watches of one process on its directories.
pub(crate) struct Inotify {
    inotify: inotify::Inotify,
    /// The paths of every watched directory, which may be reached by several.
    paths: HashMap<WatchDescriptor, Vec<PathBuf>>,
    watches: HashMap<PathBuf, WatchDescriptor>,
    /// The directories that this process may not watch.
    denied: HashSet<PathBuf>,
    buffer: Vec<u8>,
}

/// The events that matter in every directory on the way to a file: its own end, and its permissions.
const OWN: WatchMask = WatchMask::ATTRIB
    .union(WatchMask::DELETE_SELF)
    .union(WatchMask::MOVE_SELF)
    .union(WatchMask::ONLYDIR);

/// These and the events that matter where a name may come, go or lead elsewhere.
const NAMES: WatchMask =
    OWN.union(WatchMask::CREATE).union(WatchMask::MOVE).union(WatchMask::DELETE);

/// These and the events that matter where a name may be the file itself. Writes to a file that has lost
/// its name are of no interest.
const CONTENT: WatchMask =
    NAMES.union(WatchMask::MODIFY).union(WatchMask::CLOSE_WRITE).union(WatchMask::EXCL_UNLINK);

const fn mask(interest: &Interest) -> WatchMask {
    match (interest.content, interest.names_change) {
        (true, _) => CONTENT,
        (false, true) => NAMES,
        (false, false) => OWN,
    }
}

impl Events for Inotify {
    type Bell = Bell;
    type Sleeper = Sleeper;

    /// inotify tells when a writer closes a file.
    const PACE: Pace = Pace::CLOSES;

    fn sleeper() -> io::Result<(Sleeper, Bell)> {
        let poll = Poll::new()?;
        let bell = Bell {
            waker: Waker::new(poll.registry(), BELL)?,
            registry: poll.registry().try_clone()?,
        };
        Ok((Sleeper { poll, events: mio::Events::with_capacity(2) }, bell))
    }

    fn new(bell: &Bell) -> io::Result<Self> {
        let inotify = inotify::Inotify::init()?;
        bell.registry.register(&mut SourceFd(&inotify.as_raw_fd()), EVENTS, Readiness::READABLE)?;
        Ok(Self {
            inotify,
            paths: HashMap::new(),
            watches: HashMap::new(),
            denied: HashSet::new(),
            buffer: vec![0; 16 << 10],
        })
    }

    /// Adds every path anew each time, because another directory may have taken its place: where it is
    /// the same one, it keeps its watch.
    fn arm(&mut self, interests: &Interests) -> io::Result<bool> {
        let gone: Vec<_> =
            self.watches.keys().filter(|path| !interests.contains_key(*path)).cloned().collect();
        for path in gone {
            self.forget(&path);
        }
        self.denied.clear();
        let mut new = false;
        for (path, interest) in interests {
            let mask = mask(interest) | self.added_to_mask(path);
            match self.inotify.watches().add(path, mask) {
                Ok(watch) if self.watches.get(path) == Some(&watch) => {}
                Ok(watch) => {
                    self.forget(path);
                    self.paths.entry(watch.clone()).or_default().push(path.clone());
                    self.watches.insert(path.clone(), watch);
                    new = true;
                }
                Err(error) => {
                    self.forget(path);
                    match error.kind() {
                        io::ErrorKind::PermissionDenied => _ = self.denied.insert(path.clone()),
                        // It went away since it was found.
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => new = true,
                        _ => return Err(error),
                    }
                }
            }
        }
        Ok(new)
    }

    fn is_denied(&self, directory: &Path) -> bool {
        self.denied.contains(directory)
    }

    /// Takes the lock of the file, by asking for a hole in it. The kernel holds that lock while it
    /// sends the event of a truncation, a moment after it shows the result. It sends the event of other
    /// writes without the lock, but a writer that writes a file anew has truncated it before.
    fn settle(file: &File) {
        // Where there are no holes, there is no answer, and nothing to wait for.
        let _ = rustix::fs::seek(file, SeekFrom::Hole(0));
    }

    fn drain(&mut self, interests: &Interests, each: &mut dyn FnMut(Event<'_>)) {
        // Until there is nothing more for now; a broken queue shows at the next attempt to arm.
        while let Ok(events) = self.inotify.read_events(&mut self.buffer) {
            let mut ended = Vec::new();
            for event in events {
                let Some(paths) = self.paths.get(&event.wd) else {
                    if event.mask.contains(EventMask::Q_OVERFLOW) {
                        each(Event::Lost);
                    }
                    // Otherwise the last event of a watch that was removed.
                    continue;
                };
                for path in paths {
                    let Some(name) = event.name else {
                        own_event(path, event.mask, each);
                        continue;
                    };
                    let path = path.join(name);
                    if leads(interests, &path)
                        && let Some(sign) = sign(&path, event.mask)
                    {
                        each(Event::Name(&path, sign));
                    }
                }
                let end = EventMask::IGNORED | EventMask::MOVE_SELF | EventMask::UNMOUNT;
                if event.name.is_none() && event.mask.intersects(end) {
                    ended.extend(paths.iter().cloned());
                }
            }
            for path in ended {
                self.forget(&path);
            }
        }
    }
}

impl Inotify {
    /// Returns the flag that keeps what mattered before: a directory may be reached by two paths, for
    /// different reasons. Where it is known to be reached by one alone, that matters no longer.
    fn added_to_mask(&self, path: &Path) -> WatchMask {
        let paths = self.watches.get(path).and_then(|watch| self.paths.get(watch));
        match paths.map(Vec::as_slice) {
            Some([_]) => WatchMask::empty(),
            _ => WatchMask::MASK_ADD,
        }
    }

    /// Removes the watch of a directory, unless it is reached by another path as well.
    fn forget(&mut self, path: &Path) {
        let Some(watch) = self.watches.remove(path) else { return };
        if let Some(paths) = self.paths.get_mut(&watch) {
            paths.retain(|other| other != path);
            if paths.is_empty() {
                self.paths.remove(&watch);
                // A directory that was removed has taken its watch with it.
                let _ = self.inotify.watches().remove(watch);
            }
        }
    }
}

/// Hands over an event of a watched directory itself, as one of its name.
fn own_event(path: &Path, mask: EventMask, each: &mut dyn FnMut(Event<'_>)) {
    if mask.contains(EventMask::UNMOUNT) || path.parent().is_none() {
        each(Event::Lost);
    } else if !mask.contains(EventMask::ATTRIB) && path.symlink_metadata().is_err() {
        each(Event::Name(path, Sign::Gone));
    } else {
        // Another one has its name already, or it may be entered now and could not before.
        each(Event::Name(path, Sign::Arrived));
    }
}

/// Returns the sign of an event for the file behind a path.
fn sign(path: &Path, mask: EventMask) -> Option<Sign> {
    if mask.contains(EventMask::CLOSE_WRITE) {
        Some(Sign::Closed)
    } else if mask.contains(EventMask::MODIFY) {
        Some(Sign::Written)
    } else if mask.contains(EventMask::CREATE) {
        Some(match path.symlink_metadata() {
            // It has a writer that will close it, unless it is another name of an old one, and perhaps
            // the only one by now.
            Ok(new) if new.is_file() && new.nlink() == 1 && new.len() == 0 => Sign::Written,
            Ok(new) if new.is_file() && new.nlink() == 1 => Sign::Appeared,
            Ok(new) if new.is_dir() => Sign::Made,
            _ => Sign::Arrived,
        })
    } else if mask.contains(EventMask::MOVED_TO) {
        Some(Sign::Arrived)
    } else if mask.contains(EventMask::MOVED_FROM) {
        // Where two names are exchanged, this comes last although there is something.
        Some(if path.symlink_metadata().is_ok() { Sign::Arrived } else { Sign::Gone })
    } else if mask.contains(EventMask::DELETE) {
        Some(Sign::Gone)
    } else if mask.contains(EventMask::ATTRIB) {
        Some(Sign::Touched)
    } else {
        None
    }
}

const EVENTS: Token = Token(0);
const BELL: Token = Token(1);

/// Sleeps until there are events, the bell rings, or the time has come.
pub(crate) struct Sleeper {
    poll: Poll,
    events: mio::Events,
}

/// Wakes a [`Sleeper`] from another thread.
pub(crate) struct Bell {
    waker: Waker,
    registry: Registry,
}

impl Sleep for Sleeper {
    fn sleep(&mut self, until: Instant) {
        // Rounded up: waking a moment early would only be waking once more.
        let timeout = until.saturating_duration_since(Instant::now()) + Duration::from_micros(500);
        // An interrupted sleep is a short one.
        let _ = self.poll.poll(&mut self.events, Some(timeout));
    }
}

impl Ring for Bell {
    fn ring(&self) {
        // It fails only when the sleeper is gone.
        let _ = self.waker.wake();
    }
}
