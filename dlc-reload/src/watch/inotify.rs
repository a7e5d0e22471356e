//! Events of the file system on Linux.
//!
//! `inotify` is used directly, not through `notify`, for two things that the latter cannot do. The
//! queue can be drained by the thread that has just read the files, so that it knows whether somebody
//! was writing meanwhile. And opening or reading a file is not subscribed to, so that looking at the
//! files causes no event.

use std::{
    collections::HashMap,
    ffi::OsStr,
    io,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use inotify::{EventMask, WatchDescriptor, WatchMask};
use mio::{Events, Interest as Readiness, Poll, Registry, Token, Waker, unix::SourceFd};

use super::{
    machine::{Pace, Sign},
    trace::{Interests, leads},
};

/// inotify tells when a writer closes a file.
pub(crate) const PACE: Pace = Pace::CLOSES;

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
    inotify: inotify::Inotify,
    /// One directory may be reached by several paths.
    paths: HashMap<WatchDescriptor, Vec<PathBuf>>,
    watches: HashMap<PathBuf, (WatchDescriptor, bool)>,
    buffer: Vec<u8>,
}

/// What matters in every watched directory.
const STRUCTURE: WatchMask = WatchMask::CREATE
    .union(WatchMask::MOVE)
    .union(WatchMask::DELETE)
    .union(WatchMask::ATTRIB)
    .union(WatchMask::DELETE_SELF)
    .union(WatchMask::MOVE_SELF)
    .union(WatchMask::ONLYDIR);

/// What matters as well where a name may be the file itself.
const CONTENT: WatchMask = STRUCTURE.union(WatchMask::MODIFY).union(WatchMask::CLOSE_WRITE);

impl Backend {
    pub(crate) fn new(bell: &Bell) -> io::Result<Self> {
        let inotify = inotify::Inotify::init()?;
        bell.registry.register(&mut SourceFd(&inotify.as_raw_fd()), EVENTS, Readiness::READABLE)?;
        Ok(Self {
            inotify,
            paths: HashMap::new(),
            watches: HashMap::new(),
            buffer: vec![0; 16 << 10],
        })
    }

    /// Watches these directories and no others; answers whether one is new.
    pub(crate) fn arm(&mut self, interests: &Interests) -> io::Result<bool> {
        let gone: Vec<_> =
            self.watches.keys().filter(|path| !interests.contains_key(*path)).cloned().collect();
        for path in gone {
            self.forget(&path);
        }
        let mut new = false;
        for (path, interest) in interests {
            if self.watches.get(path).is_some_and(|(_, content)| *content || !interest.content) {
                continue;
            }
            let mask = if interest.content { CONTENT } else { STRUCTURE };
            match self.inotify.watches().add(path, mask) {
                Ok(watch) => {
                    let paths = self.paths.entry(watch.clone()).or_default();
                    if !paths.contains(path) {
                        paths.push(path.clone());
                    }
                    self.watches.insert(path.clone(), (watch, interest.content));
                    new = true;
                }
                // It went away or cannot be entered; its parent tells of its return.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound
                            | io::ErrorKind::NotADirectory
                            | io::ErrorKind::PermissionDenied
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// Hands over every event that happened so far to a name that leads to a file.
    pub(crate) fn drain(&mut self, interests: &Interests, mut each: impl FnMut(Seen<'_>)) {
        loop {
            let mut lost = Vec::new();
            match self.inotify.read_events(&mut self.buffer) {
                Ok(events) => {
                    for event in events {
                        let Some(paths) = self.paths.get(&event.wd) else {
                            if event.mask.contains(EventMask::Q_OVERFLOW) {
                                each(Seen::Lost);
                            }
                            // Otherwise the last word of a watch that was removed.
                            continue;
                        };
                        match event.name {
                            Some(name) => {
                                for path in paths.iter().filter(|path| leads(interests, path, name))
                                {
                                    if let Some(sign) = sign(path, name, event.mask) {
                                        each(Seen::Name(path, name, sign));
                                    }
                                }
                            }
                            None => {
                                let ended =
                                    EventMask::IGNORED | EventMask::MOVE_SELF | EventMask::UNMOUNT;
                                if event.mask.intersects(ended) {
                                    lost.extend(paths.iter().cloned());
                                }
                                each(Seen::Lost);
                            }
                        }
                    }
                }
                // Nothing more for now; a broken queue shows at the next attempt to arm.
                Err(_) => return,
            }
            for path in lost {
                self.forget(&path);
            }
        }
    }

    /// Removes the watch of a directory, unless it is reached by another path as well.
    fn forget(&mut self, path: &Path) {
        let Some((watch, _)) = self.watches.remove(path) else { return };
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

/// What an event says about the file behind a name.
fn sign(directory: &Path, name: &OsStr, mask: EventMask) -> Option<Sign> {
    if mask.contains(EventMask::CLOSE_WRITE) {
        Some(Sign::Closed)
    } else if mask.contains(EventMask::MODIFY) {
        Some(Sign::Written)
    } else if mask.contains(EventMask::CREATE) {
        Some(if is_being_written(&directory.join(name)) { Sign::Written } else { Sign::Arrived })
    } else if mask.contains(EventMask::MOVED_TO) {
        Some(Sign::Arrived)
    } else if mask.intersects(EventMask::MOVED_FROM | EventMask::DELETE) {
        Some(Sign::Gone)
    } else if mask.contains(EventMask::ATTRIB) {
        Some(Sign::Touched)
    } else {
        None
    }
}

/// A new regular file has a writer who will close it, unless it is another name of an old one.
fn is_being_written(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.nlink() == 1)
}

const EVENTS: Token = Token(0);
const BELL: Token = Token(1);

/// Sleeps until there are events, the bell rings, or the time has come.
pub(crate) struct Sleeper {
    poll: Poll,
    events: Events,
}

/// Wakes a [`Sleeper`] from another thread.
pub(crate) struct Bell {
    waker: Waker,
    registry: Registry,
}

impl Sleeper {
    pub(crate) fn new() -> io::Result<(Self, Bell)> {
        let poll = Poll::new()?;
        let bell = Bell {
            waker: Waker::new(poll.registry(), BELL)?,
            registry: poll.registry().try_clone()?,
        };
        Ok((Self { poll, events: Events::with_capacity(2) }, bell))
    }

    pub(crate) fn sleep(&mut self, until: Instant) {
        // Rounded up: waking a moment early would only be waking once more.
        let timeout = until.saturating_duration_since(Instant::now()) + Duration::from_micros(500);
        // An interrupted sleep is a short one.
        let _ = self.poll.poll(&mut self.events, Some(timeout));
    }
}

impl Bell {
    pub(crate) fn ring(&self) {
        // It fails only when the sleeper is gone.
        let _ = self.waker.wake();
    }
}
