//! The watcher of files: a trigger that says "look again" and carries no data.
//!
//! Directories are watched, never files: a watch on a file goes blind when an editor or a deploy
//! tool renames a new one over it. [`machine`] decides when to look, from events and the time;
//! [`mod@trace`] finds the directories; this module is the thread between them and the world.

mod events;
#[cfg(target_os = "linux")]
mod inotify;
mod machine;
mod mounts;
// On Linux only its tests use it.
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
mod recent;
mod stamp;
mod subject;
#[cfg(unix)]
#[cfg(test)]
mod tests;
mod trace;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

#[cfg(target_os = "linux")]
use self::inotify::Inotify as Native;
#[cfg(not(target_os = "linux"))]
use self::portable::Portable as Native;
use self::{
    events::{Event, Events, Ring, Sleep, remedy},
    machine::{Decision, Machine, Pace, Sign},
    mounts::Mounts,
    recent::recently_written,
    stamp::Stamp,
    subject::Subject,
    trace::{Interest, Interests, is_listed, is_missing, leads, source, trace},
};
use crate::{
    error::{Error, LOG},
    reloader::{WatchStatus, Watcher, WatchingState, Wholeness},
    source::{Notice, Watched, open},
    sync::{Unlogged, join, lock},
    trigger::{Trigger, TriggerKind},
};

/// Starts to watch with what the platform offers; `poll` is the time between two comparisons of the
/// content, if it is not the platform's own.
pub(crate) fn start(
    notice: Notice,
    status: Arc<WatchStatus>,
    watched: &[Watched],
    poll: Option<Duration>,
) -> Result<FileWatcher<Native>, Error> {
    let with_poll = |pace: Pace| poll.map_or(pace, |poll| pace.with_poll(poll));
    let paces = Paces { events: with_poll(Native::PACE), polling: with_poll(Pace::POLLING) };
    FileWatcher::start(notice, status, watched, paces)
}

/// The paces with events and without.
#[derive(Clone, Copy, Debug)]
struct Paces {
    events: Pace,
    polling: Pace,
}

/// The watch thread, which watches the files of the last read until this is dropped.
pub(crate) struct FileWatcher<E: Events> {
    shared: Arc<Shared<E>>,
    thread: Option<JoinHandle<()>>,
}

/// The state that the watch thread and the reload thread share.
struct Shared<E: Events> {
    shell: Mutex<Shell<E>>,
    bell: E::Bell,
}

/// The world around the [`Machine`].
struct Shell<E> {
    machine: Machine,
    paces: Paces,
    /// Absent while the system refuses one; then the content is compared instead.
    backend: Option<E>,
    /// The files and directories that took part in the last read.
    watched: Vec<Watched>,
    interests: Interests,
    comparison: Comparison,
    subject: Subject,
    status: Arc<WatchStatus>,
    /// The lines to log once the lock is released.
    unlogged: Unlogged,
    stopped: bool,
}

/// The content as it was compared, for changes that cause no event.
struct Comparison {
    /// The content at the last comparison.
    last: Stamp,
    /// The content at the start of the reading that is under way, where no events tell of changes
    /// since.
    at_start: Option<Stamp>,
    /// True if the look that is under way was asked for because the content differed.
    caused_look: bool,
    /// True if that look is to be repeated before it decides.
    look_again: bool,
}

impl<E: Events> FileWatcher<E> {
    /// Starts to watch. It never fails for want of events: without them the content is compared
    /// every now and then, and the status says why.
    fn start(
        notice: Notice,
        status: Arc<WatchStatus>,
        watched: &[Watched],
        paces: Paces,
    ) -> Result<Self, Error> {
        let cannot = |error: io::Error| {
            Error::runtime(format!("cannot start the watch thread: {error}"), error)
        };
        let (mut sleeper, bell) = E::sleeper().map_err(cannot)?;
        let mut shell = Shell::new(status, watched, paces);
        // Armed before this returns, so that every change from now on is an event. A change since the
        // files were read is found by looking once more.
        shell.arm(&bell);
        std::mem::take(&mut shell.unlogged).log();
        shell.machine.look_by(Instant::now());
        let shared = Arc::new(Shared { shell: Mutex::new(shell), bell });

        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("dlc-reload-watch".to_owned())
            .spawn(move || {
                // The lock is not held while it logs or sleeps.
                let step = || of_thread.with(|shell| shell.step(&notice, &of_thread.bell));
                while let Some(until) = step() {
                    sleeper.sleep(until);
                }
            })
            .map_err(cannot)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Returns the reload thread's side of the watcher.
    pub(crate) fn link(&self) -> Arc<dyn Watcher> {
        Arc::clone(&self.shared) as Arc<dyn Watcher>
    }
}

impl<E: Events> Drop for FileWatcher<E> {
    fn drop(&mut self) {
        lock(&self.shared.shell).stopped = true;
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}

impl<E: Events> Shared<E> {
    /// Does something with the shell, and logs what that has to say once the lock is released.
    fn with<T>(&self, work: impl FnOnce(&mut Shell<E>) -> T) -> T {
        let mut shell = lock(&self.shell);
        let result = work(&mut shell);
        let unlogged = std::mem::take(&mut shell.unlogged);
        drop(shell);
        unlogged.log();
        result
    }
}

impl<E: Events> Watcher for Shared<E> {
    /// Takes every event until now from the queue. Draining it before and after the files are read
    /// tells whether a file was written meanwhile.
    fn reading(&self) {
        let mut shell = lock(&self.shell);
        // The watch thread is woken when the look ends.
        let now = Instant::now();
        shell.drain(now);
        shell.machine.reading(now);
        shell.comparison.at_start = shell.backend.is_none().then(|| Stamp::of(&shell.watched));
    }

    fn wholeness(&self) -> Wholeness {
        let mut shell = lock(&self.shell);
        shell.settle();
        let now = Instant::now();
        let any = shell.drain(now);
        if !shell.machine.files.missing.is_empty() {
            // The links may lead elsewhere by now, as when a ConfigMap is updated and its old
            // directory removed. A file that is back is kept: it was perhaps absent when it was read.
            let interests = trace(&shell.watched);
            let is_awaited = |path: &Path| leads(&interests, path) || is_missing(&interests, path);
            shell.machine.files.missing.retain(|path, _| is_awaited(path));
        }
        // Where events do not tell, the content does.
        let digest = || Stamp::of(&shell.watched).digest();
        let rests = match &shell.comparison.at_start {
            _ if shell.comparison.caused_look => shell.machine.content.is_unchanged(digest()),
            Some(at_start) => at_start.digest() == digest(),
            None => true,
        };
        let wholeness = shell.machine.wholeness(rests, now);
        drop(shell);
        if any {
            // The events that were taken here may move the next deadline of the watch thread.
            self.bell.ring();
        }
        wholeness
    }

    fn subject(&self) -> Option<PathBuf> {
        let shell = lock(&self.shell);
        shell.subject.known(&shell.watched)
    }

    fn look_again(&self) -> bool {
        // The watch thread is woken when this look ends.
        let mut shell = lock(&self.shell);
        shell.comparison.look_again = true;
        shell.machine.look_soon(Instant::now());
        true
    }

    fn looked(&self, watched: &[Watched], changed: bool) {
        self.with(|shell| shell.looked(watched, changed));
        self.bell.ring();
    }
}

impl<E: Events> Shell<E> {
    fn new(status: Arc<WatchStatus>, watched: &[Watched], paces: Paces) -> Self {
        let last = Stamp::of(watched);
        Self {
            machine: Machine::new(paces.events, last.digest(), Instant::now()),
            paces,
            backend: None,
            watched: watched.to_vec(),
            interests: Interests::new(),
            comparison: Comparison { last, at_start: None, caused_look: false, look_again: false },
            subject: Subject::default(),
            status,
            unlogged: Unlogged::default(),
            stopped: false,
        }
    }

    /// Takes note of the end of a look.
    fn looked(&mut self, watched: &[Watched], changed: bool) {
        let now = Instant::now();
        self.drain(now);
        let ended = self.machine.looked(now);
        let comparison = &mut self.comparison;
        let by_content = comparison.caused_look;
        if ended || changed {
            comparison.caused_look &= std::mem::take(&mut comparison.look_again);
        }
        if !by_content {
            self.machine.content.forget();
        }
        // Where no events are sent, none was missed.
        if by_content && changed && self.status.get() == WatchingState::Active {
            self.status.count_missed();
            self.unlogged.push(|| {
                tracing::warn!(target: LOG,
                    "a change of a file caused no event and was found by comparing the content"
                );
            });
        }
        if changed {
            // The watched directories may not be those that are there: something may be mounted over
            // them. And a file that has come is waited for no longer.
            self.machine.must_arm = true;
        }
        if self.watched != watched {
            watched.clone_into(&mut self.watched);
            self.machine.look_by(now);
            self.machine.must_arm = true;
        }
        if changed || self.machine.is_idle() {
            self.subject.clear();
        }
    }

    /// Does all that is due, and returns the time until which to sleep; absent once the watcher ends.
    fn step(&mut self, notice: &Notice, bell: &E::Bell) -> Option<Instant> {
        self.drain(Instant::now());
        while !self.stopped {
            let now = Instant::now();
            match self.machine.decide(now) {
                Decision::Arm => self.arm(bell),
                Decision::Look => {
                    self.subject.look();
                    notice.changed(Trigger::new(TriggerKind::File));
                }
                Decision::Poll => self.poll(),
                Decision::Wait(until) => return Some(until),
            }
        }
        None
    }

    /// Hands every event that concerns a name on the way to a file to the machine; returns true if
    /// there was one.
    fn drain(&mut self, now: Instant) -> bool {
        let Self { backend: Some(backend), machine, interests, watched, subject, .. } = self else {
            return false;
        };
        let mut any = false;
        backend.drain(interests, &mut |event| {
            any = true;
            match event {
                Event::Name(path, sign) => {
                    let source = source(interests, path);
                    if source.as_deref().is_some_and(|source| is_listed(source, watched)) {
                        machine.event_in_directory(path, sign, now);
                    } else {
                        machine.event(path, sign, now);
                    }
                    subject.record(source);
                }
                Event::Lost => machine.lost(now),
            }
        });
        // The events may be about the content that differs.
        self.comparison.caused_look &= !any;
        any
    }

    /// Waits until every change that the files show is an event.
    fn settle(&self) {
        for watched in &self.watched {
            if let Watched::File(path) = watched
                && let Ok(file) = open(path)
            {
                E::settle(&file);
            }
        }
    }

    /// Compares the content with what it was, and tries to get events where there are none.
    fn poll(&mut self) {
        if matches!(self.status.get(), WatchingState::Degraded(_)) {
            self.machine.must_arm = true;
        }
        let stamp = Stamp::of(&self.watched);
        if self.machine.compared(stamp.digest(), Instant::now()) {
            self.comparison.caused_look = true;
            self.subject.record(stamp.changed_source(&self.comparison.last));
            self.comparison.last = stamp;
        }
    }

    /// Finds out which directories to watch, and watches them.
    fn arm(&mut self, bell: &E::Bell) {
        // A directory that is made meanwhile is perhaps not found, and is for the next time.
        let new = self.machine.files.take_new_directories();
        let armed = self.try_arm(bell);
        let Self { machine, interests, .. } = self;
        machine.files.unfinished.retain(|path, _| leads(interests, path));
        // A file that is back is waited for no longer: its event or a new watch asks for a look.
        machine.files.missing.retain(|path, _| is_missing(interests, path));
        for path in recently_written(interests, &new, machine.pace.pause) {
            machine.event(&path, Sign::Appeared, Instant::now());
        }
        let reason = match armed {
            Ok(()) => self.blind_spot(),
            Err(error) => {
                self.backend = None;
                Some(remedy(&error))
            }
        };
        let state = reason.map_or(WatchingState::Active, WatchingState::Degraded);
        let pace =
            if state == WatchingState::Active { self.paces.events } else { self.paces.polling };
        if self.status.set(state.clone()) {
            self.machine.set_pace(pace, Instant::now());
            // It may have been blind for a while, and what reports the state does so after a look.
            self.machine.look_soon(Instant::now());
            self.unlogged.push(move || match state {
                WatchingState::Degraded(reason) => tracing::warn!(target: LOG,
                    "files are watched by comparing their content every {:?}: {reason}",
                    pace.poll
                ),
                _ => {
                    tracing::info!(target: LOG, "files are watched: a change reloads by itself")
                }
            });
        }
    }

    fn try_arm(&mut self, bell: &E::Bell) -> io::Result<()> {
        // A directory may change between the trace and the watch, and what happened to a name before
        // it was known to lead to a file was ignored. So a new one is checked by another trace, a few
        // times at most, and by another look.
        for _ in 0..8 {
            let found = trace(&self.watched);
            // A directory that was not found any more has told of that, by a watch that ends with it.
            self.drain(Instant::now());
            let before = std::mem::replace(&mut self.interests, found);
            let backend = match &mut self.backend {
                Some(backend) => backend,
                none => none.insert(E::new(bell)?),
            };
            if !backend.arm(&self.interests)? && before == self.interests {
                break;
            }
            self.machine.look_soon(Instant::now());
        }
        Ok(())
    }

    /// Returns the reason why changes may cause no events although they are watched for.
    fn blind_spot(&self) -> Option<String> {
        let mounts = Mounts::read();
        let denied = |(directory, interest): &(&PathBuf, &Interest)| {
            let backend = self.backend.as_ref();
            // Of the others only the permissions matter, and they can be entered now.
            (interest.content || interest.names_change)
                && backend.is_some_and(|backend| backend.is_denied(directory))
        };
        if let Some((directory, _)) = self.interests.iter().find(denied) {
            return Some(format!(
                "{} cannot be watched: permission denied, let the user of this process read the directory",
                directory.display()
            ));
        }
        let files = self.interests.iter().filter(|(_, interest)| interest.content);
        let mut places = files.flat_map(|(directory, interest)| {
            let files = interest.names().map(|name| directory.join(name));
            std::iter::once(directory.clone()).chain(files)
        });
        places.find_map(|place| mounts.blind_spot(&place))
    }
}
