//! Noticing that a file changed: a trigger that says "look again" and carries no data.
//!
//! Directories are watched, never files: a watch on a file goes blind when an editor or a deploy
//! tool renames a new one over it. [`machine`] decides when to look, from events and the time;
//! [`trace`] finds the directories; this module is the thread between them and the world.

#[cfg(target_os = "linux")]
#[path = "watch/inotify.rs"]
mod events;
#[cfg(not(target_os = "linux"))]
#[path = "watch/portable.rs"]
mod events;
mod machine;
mod mounts;
mod stamp;
mod trace;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Instant,
};

use self::{
    events::{Backend, Bell, PACE, Seen, Sleeper},
    machine::{Decision, Machine, Pace},
    mounts::Mounts,
    stamp::stamp,
    trace::{Interests, leads, source, trace},
};
use crate::{
    error::Error,
    reloader::{
        engine::{Watcher, lock},
        queue::Queue,
        status::{WatchState, WatchStatus},
    },
    report::{Trigger, TriggerKind},
    source::Watched,
};

/// Watches the files of the last read until it is dropped.
pub(crate) struct FileWatcher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the watch thread and the reload thread both touch.
struct Shared {
    shell: Mutex<Shell>,
    bell: Bell,
}

/// The world around the [`Machine`].
struct Shell {
    machine: Machine,
    /// Absent while the system refuses one; then the content is compared instead.
    backend: Option<Backend>,
    /// What took part in the last read.
    watched: Vec<Watched>,
    interests: Interests,
    /// The content when it was compared last.
    stamp: u64,
    /// Whether the look that is under way was asked for because the content differed.
    by_content: bool,
    /// The source of the last event, for the report.
    last: Option<PathBuf>,
    status: Arc<WatchStatus>,
    stopped: bool,
}

impl FileWatcher {
    /// Starts to watch. It never fails for want of events: without them the content is compared
    /// every two seconds, and the status says why.
    pub(crate) fn start(
        queue: Arc<Queue>,
        status: Arc<WatchStatus>,
        watched: &[Watched],
    ) -> Result<Self, Error> {
        let cannot = |error: io::Error| {
            Error::runtime(format!("cannot start the watch thread: {error}"), error)
        };
        let (mut sleeper, bell) = Sleeper::new().map_err(cannot)?;
        let shell = Shell {
            machine: Machine::new(PACE, Instant::now()),
            backend: None,
            watched: watched.to_vec(),
            interests: Interests::new(),
            stamp: stamp(watched),
            by_content: false,
            last: None,
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

impl Drop for FileWatcher {
    fn drop(&mut self) {
        lock(&self.shared.shell).stopped = true;
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            // It runs no code of the author, so there is no panic to hand on.
            let _ = thread.join();
        }
    }
}

impl Watcher for Shared {
    /// Asked after the files were read: every event until then is in the queue, so draining it here
    /// tells whether somebody was writing meanwhile.
    fn is_settled(&self) -> bool {
        let mut shell = lock(&self.shell);
        let now = Instant::now();
        let any = shell.drain(now);
        let settled = shell.machine.is_settled(now);
        drop(shell);
        if any {
            // What was taken here may move the next deadline of the watch thread.
            self.bell.ring();
        }
        settled
    }

    fn looked(&self, watched: &[Watched], changed: bool) {
        let mut shell = lock(&self.shell);
        let now = Instant::now();
        shell.drain(now);
        shell.machine.looked(now);
        if std::mem::take(&mut shell.by_content) && changed {
            shell.status.count_missed();
            tracing::warn!(target: "dlc_reload",
                "a change of a file caused no event and was found by comparing the content"
            );
        }
        if shell.watched != watched {
            watched.clone_into(&mut shell.watched);
            shell.machine.differs(now);
            shell.machine.rearm();
        }
        drop(shell);
        self.bell.ring();
    }
}

impl Shell {
    /// Does what there is to do, and answers until when to sleep; nothing once the watcher ends.
    fn step(&mut self, queue: &Queue, bell: &Bell) -> Option<Instant> {
        self.drain(Instant::now());
        while !self.stopped {
            let now = Instant::now();
            match self.machine.decide(now) {
                Decision::Arm => self.arm(bell),
                Decision::Look => {
                    let trigger = Trigger::new(TriggerKind::File);
                    queue.notice(match self.last.take().or_else(|| only_file(&self.watched)) {
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
        let Self { backend: Some(backend), machine, interests, last, .. } = self else {
            return false;
        };
        let mut any = false;
        backend.drain(interests, |seen| {
            any = true;
            match seen {
                Seen::Name(directory, name, sign) => {
                    machine.event(&directory.join(name), sign, now);
                    *last = source(interests, directory, name);
                }
                Seen::Lost => machine.lost(now),
            }
        });
        any
    }

    /// Compares the content with what it was, and tries to get events where there are none.
    fn poll(&mut self) {
        if matches!(self.status.get(), WatchState::Degraded(_)) {
            self.machine.rearm();
        }
        let stamp = stamp(&self.watched);
        if stamp != std::mem::replace(&mut self.stamp, stamp) {
            self.by_content = true;
            self.machine.differs(Instant::now());
        }
    }

    /// Finds out which directories to watch, and watches them.
    fn arm(&mut self, bell: &Bell) {
        let armed = self.try_arm(bell);
        let interests = &self.interests;
        let leading = |path: &Path| match (path.parent(), path.file_name()) {
            (Some(directory), Some(name)) => leads(interests, directory, name),
            _ => false,
        };
        self.machine.armed(leading);
        let reason = match armed {
            Ok(()) => self.blind(),
            Err(error) => {
                self.backend = None;
                Some(remedy(&error))
            }
        };
        let state = reason.map_or(WatchState::Active, WatchState::Degraded);
        let pace = if state == WatchState::Active { PACE } else { Pace::POLLING };
        if self.status.set(state.clone()) {
            self.machine.set_pace(pace, Instant::now());
            match state {
                WatchState::Degraded(reason) => tracing::warn!(target: "dlc_reload",
                    "files are watched by comparing their content every {} s: {reason}",
                    pace.poll.as_secs()
                ),
                _ => {
                    tracing::info!(target: "dlc_reload", "files are watched: a change reloads by itself")
                }
            }
        }
    }

    fn try_arm(&mut self, bell: &Bell) -> io::Result<()> {
        let backend = match &mut self.backend {
            Some(backend) => backend,
            none => none.insert(Backend::new(bell)?),
        };
        // A directory may change between the trace and the watch; a new watch is checked by
        // another trace, a few times at most.
        for _ in 0..8 {
            self.interests = trace(&self.watched);
            if !backend.arm(&self.interests)? {
                break;
            }
            self.machine.differs(Instant::now());
        }
        Ok(())
    }

    /// Why changes may cause no events although they are watched for.
    fn blind(&self) -> Option<String> {
        let mounts = Mounts::read();
        let files = self.interests.iter().filter(|(_, interest)| interest.content);
        let mut places = files.flat_map(|(directory, interest)| {
            let files = interest.names().map(|name| directory.join(name));
            std::iter::once(directory.clone()).chain(files)
        });
        places.find_map(|place| mounts.blind(&place))
    }
}

/// The one file there is, if there is only one: what changed can be nothing else.
fn only_file(watched: &[Watched]) -> Option<PathBuf> {
    match watched {
        [Watched::File(path)] => Some(path.clone()),
        _ => None,
    }
}

/// What to do about a system that refuses to send events.
fn remedy(error: &io::Error) -> String {
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
