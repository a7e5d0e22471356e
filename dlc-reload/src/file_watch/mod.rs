//! Noticing that a file changed: a trigger that says "look again" and carries no data.
//!
//! Directories are watched, never files: a watch on a file goes blind when an editor or a deploy
//! tool renames a new one over it. [`machine`] decides when to look, from events and the time;
//! [`trace`] finds the directories; this module is the thread between them and the world.

mod about;
mod events;
mod fresh;
#[cfg(target_os = "linux")]
mod inotify;
mod machine;
mod mounts;
// On Linux only its tests use it.
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
mod stamp;
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
    about::About,
    events::{Events, Ring, Seen, Sleep, remedy},
    fresh::fresh,
    machine::{Decision, Machine, Pace, Sign},
    mounts::Mounts,
    stamp::Stamp,
    trace::{Interest, Interests, leads, source, trace},
};
use crate::{
    error::Error,
    reloader::queue::Queue,
    reloader::status::{WatchState, WatchStatus},
    reloader::watcher::{Watcher, Wholeness},
    report::{Trigger, TriggerKind},
    source::{Watched, open},
    sync::lock,
};

/// Starts to watch with what the platform offers; compares the content as often as asked for.
pub(crate) fn start(
    queue: Arc<Queue>,
    status: Arc<WatchStatus>,
    watched: &[Watched],
    poll: Option<Duration>,
) -> Result<FileWatcher<Native>, Error> {
    let asked = |pace: Pace| poll.map_or(pace, |poll| pace.with_poll(poll));
    let paces = Paces { events: asked(Native::PACE), polling: asked(Pace::POLLING) };
    FileWatcher::start(queue, status, watched, paces)
}

/// The paces with events and without.
#[derive(Clone, Copy, Debug)]
struct Paces {
    events: Pace,
    polling: Pace,
}

/// Watches the files of the last read until it is dropped.
pub(crate) struct FileWatcher<E: Events> {
    shared: Arc<Shared<E>>,
    thread: Option<JoinHandle<()>>,
}

/// What the watch thread and the reload thread both touch.
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
    /// What took part in the last read.
    watched: Vec<Watched>,
    interests: Interests,
    /// Whether the look that is under way was asked for because the content differed.
    by_content: bool,
    /// Whether that look is to be repeated before it decides.
    again: bool,
    /// The content when the files began to be read, where no events tell of changes since.
    before: Option<Stamp>,
    /// The content when it was compared last.
    compared: Stamp,
    about: About,
    status: Arc<WatchStatus>,
    stopped: bool,
}

impl<E: Events> FileWatcher<E> {
    /// Starts to watch. It never fails for want of events: without them the content is compared
    /// every now and then, and the status says why.
    fn start(
        queue: Arc<Queue>,
        status: Arc<WatchStatus>,
        watched: &[Watched],
        paces: Paces,
    ) -> Result<Self, Error> {
        let cannot = |error: io::Error| {
            Error::runtime(format!("cannot start the watch thread: {error}"), error)
        };
        let (mut sleeper, bell) = E::sleeper().map_err(cannot)?;
        let compared = Stamp::of(watched);
        let shell = Shell {
            machine: Machine::new(paces.events, compared.whole(), Instant::now()),
            paces,
            backend: None,
            watched: watched.to_vec(),
            interests: Interests::new(),
            by_content: false,
            again: false,
            before: None,
            compared,
            about: About::default(),
            status,
            stopped: false,
        };
        let shared = Arc::new(Shared { shell: Mutex::new(shell), bell });
        // Armed before this returns, so that whatever is changed from now on is an event. What
        // changed since the files were read is found by looking once more.
        let mut shell = lock(&shared.shell);
        shell.arm(&shared.bell);
        shell.machine.differs(Instant::now());
        drop(shell);

        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("dlc-reload-watch".to_owned())
            .spawn(move || {
                // The lock is not held while it sleeps.
                let step = || lock(&of_thread.shell).step(&queue, &of_thread.bell);
                while let Some(until) = step() {
                    sleeper.sleep(until);
                }
            })
            .map_err(cannot)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// What the reload thread asks and tells.
    pub(crate) fn link(&self) -> Arc<dyn Watcher> {
        Arc::clone(&self.shared) as Arc<dyn Watcher>
    }
}

impl<E: Events> Drop for FileWatcher<E> {
    fn drop(&mut self) {
        lock(&self.shared.shell).stopped = true;
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            // It runs no code of the author, so there is no panic to hand on.
            let _ = thread.join();
        }
    }
}

impl<E: Events> Watcher for Shared<E> {
    /// Every event until now is in the queue. Draining it before and after the files are read tells
    /// whether somebody was writing meanwhile.
    fn reading(&self) {
        let mut shell = lock(&self.shell);
        // The watch thread is woken by what it drains afterwards.
        let now = Instant::now();
        shell.drain(now);
        shell.machine.reading(now);
        shell.before = shell.backend.is_none().then(|| Stamp::of(&shell.watched));
    }

    fn wholeness(&self) -> Wholeness {
        let mut shell = lock(&self.shell);
        shell.settle();
        let now = Instant::now();
        let any = shell.drain(now);
        if shell.machine.misses_any() {
            // Perhaps the links lead elsewhere by now, as when a ConfigMap is updated and its old
            // directory removed.
            let interests = trace(&shell.watched);
            shell
                .machine
                .forget_gone(|path| !leading(&interests, path) && !missing(&interests, path));
        }
        // Where events do not tell, the content does.
        let content = || Stamp::of(&shell.watched).whole();
        let rests = match &shell.before {
            _ if shell.by_content => shell.machine.is_as_compared(content()),
            Some(before) => before.whole() == content(),
            None => true,
        };
        let wholeness = shell.machine.wholeness(rests, now);
        drop(shell);
        if any {
            // What was taken here may move the next deadline of the watch thread.
            self.bell.ring();
        }
        wholeness
    }

    fn look_again(&self) -> bool {
        // The watch thread is woken when this look ends.
        let mut shell = lock(&self.shell);
        shell.again = true;
        shell.machine.differs_soon(Instant::now());
        true
    }

    fn looked(&self, watched: &[Watched], changed: bool) {
        let mut shell = lock(&self.shell);
        let now = Instant::now();
        shell.drain(now);
        let answered = shell.machine.looked(now);
        let by_content = shell.by_content;
        if answered || changed {
            shell.by_content &= std::mem::take(&mut shell.again);
        }
        if !by_content {
            shell.machine.not_compared();
        }
        // Where no events are sent, none was missed.
        if by_content && changed && shell.status.get() == WatchState::Active {
            shell.status.count_missed();
            tracing::warn!(target: "dlc_reload",
                "a change of a file caused no event and was found by comparing the content"
            );
        }
        if changed {
            // What is watched is perhaps not what is there: something may be mounted over it. And what
            // has come is waited for no longer.
            shell.machine.rearm();
        }
        if shell.watched != watched {
            watched.clone_into(&mut shell.watched);
            shell.machine.differs(now);
            shell.machine.rearm();
        }
        if changed || shell.machine.is_at_rest() {
            shell.about.found();
        }
        drop(shell);
        self.bell.ring();
    }
}

impl<E: Events> Shell<E> {
    /// Does what there is to do, and answers until when to sleep; nothing once the watcher ends.
    fn step(&mut self, queue: &Queue, bell: &E::Bell) -> Option<Instant> {
        self.drain(Instant::now());
        while !self.stopped {
            let now = Instant::now();
            match self.machine.decide(now) {
                Decision::Arm => self.arm(bell),
                Decision::Look => {
                    let trigger = Trigger::new(TriggerKind::File);
                    queue.notice(match self.about.asked(&self.watched) {
                        Some(path) => trigger.detail(path.display().to_string()),
                        None => trigger,
                    });
                }
                Decision::Poll => self.poll(),
                Decision::Wait(until) => return Some(until),
            }
        }
        None
    }

    /// Hands every event to the machine that concerns a name on the way to a file; answers whether
    /// there was one.
    fn drain(&mut self, now: Instant) -> bool {
        let Self { backend: Some(backend), machine, interests, about, .. } = self else {
            return false;
        };
        let mut any = false;
        backend.drain(interests, &mut |seen| {
            any = true;
            match seen {
                Seen::Name(directory, name, sign) => {
                    machine.event(&directory.join(name), sign, now);
                    about.happened(source(interests, directory, name));
                }
                Seen::Lost => machine.lost(now),
            }
        });
        // Whatever differs now may be what the events are about.
        self.by_content &= !any;
        any
    }

    /// Waits until what the files show has become events.
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
        if matches!(self.status.get(), WatchState::Degraded(_)) {
            self.machine.rearm();
        }
        let stamp = Stamp::of(&self.watched);
        if self.machine.compared(stamp.whole(), Instant::now()) {
            self.by_content = true;
            self.about.happened(stamp.differs_in(&self.compared));
            self.compared = stamp;
        }
    }

    /// Finds out which directories to watch, and watches them.
    fn arm(&mut self, bell: &E::Bell) {
        // What is made meanwhile is perhaps not found, and is for the next time.
        let made = self.machine.take_made();
        let armed = self.try_arm(bell);
        heed(&mut self.machine, &self.interests);
        for path in fresh(&self.interests, &made, self.machine.recent()) {
            self.machine.event(&path, Sign::Appeared, Instant::now());
        }
        let reason = match armed {
            Ok(()) => self.blind(),
            Err(error) => {
                self.backend = None;
                Some(remedy(&error))
            }
        };
        let state = reason.map_or(WatchState::Active, WatchState::Degraded);
        let pace = if state == WatchState::Active { self.paces.events } else { self.paces.polling };
        if self.status.set(state.clone()) {
            self.machine.set_pace(pace, Instant::now());
            match state {
                WatchState::Degraded(reason) => tracing::warn!(target: "dlc_reload",
                    "files are watched by comparing their content every {:?}: {reason}",
                    pace.poll
                ),
                _ => {
                    tracing::info!(target: "dlc_reload", "files are watched: a change reloads by itself")
                }
            }
        }
    }

    fn try_arm(&mut self, bell: &E::Bell) -> io::Result<()> {
        // A directory may change between the trace and the watch, and what happened to a name before
        // it was known to lead to a file was not heeded. So whatever is new is checked by another
        // trace, a few times at most, and by another look.
        for _ in 0..8 {
            let found = trace(&self.watched);
            // What was not found any more has told of that, by a watch that ends with it.
            self.drain(Instant::now());
            let before = std::mem::replace(&mut self.interests, found);
            let backend = match &mut self.backend {
                Some(backend) => backend,
                none => none.insert(E::new(bell)?),
            };
            if !backend.arm(&self.interests)? && before == self.interests {
                break;
            }
            self.machine.differs_soon(Instant::now());
        }
        Ok(())
    }

    /// Why changes may cause no events although they are watched for.
    fn blind(&self) -> Option<String> {
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
        places.find_map(|place| mounts.blind(&place))
    }
}

/// Says which names lead to the files now.
fn heed(machine: &mut Machine, interests: &Interests) {
    machine.heed(|path| leading(interests, path), |path| missing(interests, path));
}

fn leading(interests: &Interests, path: &Path) -> bool {
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => leads(interests, directory, name),
        _ => false,
    }
}

/// A file is still missing if a directory on its way is.
fn missing(interests: &Interests, path: &Path) -> bool {
    let mut absent = path.ancestors().take_while(|path| path.symlink_metadata().is_err());
    absent.any(|path| leading(interests, path))
}
