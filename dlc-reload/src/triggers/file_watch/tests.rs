//! The watch thread with real files: on every source of events that can run here, and at a pace that
//! a test can wait for.

use std::{
    cell::Cell,
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{FileWatcher, Native, Paces, events::Events, machine::Pace, portable::Portable};
use crate::{
    reloader::{Next, Queue, WatchStatus, WatchingState, Wholeness, read_whole},
    source::Watched,
    sync::lock,
    time::SystemClock,
};

/// A time longer than anything here takes, on a machine that does something else as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A file that is watched, and a thread that reads it as the reload thread does.
struct Rig {
    folder: PathBuf,
    seen: Receiver<String>,
    queue: Arc<Queue>,
    status: Arc<WatchStatus>,
    /// True if every change has to be found by events, as on Linux.
    only_events: bool,
    /// The end of the last expectation, after which the next change is made.
    since: Cell<Instant>,
    thread: Option<JoinHandle<()>>,
}

/// Makes a folder with `etc/app/config` in it, which holds `0`.
fn folder<E: Events>(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!(
        "dlc-reload-watch-{name}-{}-{}",
        std::any::type_name::<E>().rsplit(':').next().unwrap_or_default(),
        std::process::id()
    ));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("etc/app")).unwrap();
    fs::write(folder.join("etc/app/config"), "0").unwrap();
    folder.canonicalize().unwrap()
}

impl Rig {
    /// Watches the file in such a folder.
    fn start<E: Events>(name: &str, pace: Pace) -> Self {
        let folder = folder::<E>(name);
        let path = folder.join("etc/app/config");

        let queue = Queue::new(Arc::new(SystemClock));
        let status = Arc::<WatchStatus>::default();
        let watched = [Watched::File(path.clone())];
        // Where events have to suffice, no comparison of the content may find a change first.
        let only_events = pace.poll > Pace::QUIET.poll;
        let events = if only_events { pace.with_poll(PATIENCE * 2) } else { pace };
        let paces = Paces { events, polling: Pace::POLLING };
        let watcher =
            FileWatcher::<E>::start(queue.notices(), Arc::clone(&status), &watched, paces).unwrap();

        let (found, seen) = channel();
        let tasks = Arc::clone(&queue);
        let thread = std::thread::spawn(move || {
            let link = watcher.link();
            let mut last = "0".to_owned();
            while let Next::Automatic(_) = tasks.next(None) {
                let read = || fs::read_to_string(&path).unwrap_or_else(|_| "absent".to_owned());
                let (content, wholeness) = read_whole(&*link, read);
                let changed = content != last && wholeness != Wholeness::Torn;
                if changed {
                    last.clone_from(&content);
                    let _ = found.send(content);
                }
                link.looked(&watched, changed);
            }
        });
        let (since, thread) = (Cell::new(Instant::now()), Some(thread));
        Self { folder, seen, queue, status, only_events, since, thread }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("etc/app/config")
    }

    fn expect(&self, content: &str) {
        // Where a writer's events arrive late, what it has just cut off or removed may be seen on the
        // way; and everywhere if this thread, the writer, was held up for longer than the rest is waited for.
        let is_slow = self.since.get().elapsed() >= Pace::CLOSES.absence.min(Pace::CLOSES.pause);
        let passes = !self.only_events || is_slow;
        let mut seen = self.seen.recv_timeout(PATIENCE);
        let passing = ["", "absent"].map(str::to_owned).map(Ok);
        while passes && seen.as_deref() != Ok(content) && passing.contains(&seen) {
            seen = self.seen.recv_timeout(PATIENCE);
        }
        assert_eq!(seen.as_deref(), Ok(content));
        self.since.set(Instant::now());
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.queue.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Puts a file through all that can happen to one, one thing after the other.
fn survives<E: Events>() {
    let rig = Rig::start::<E>("survives", E::PACE);
    assert_eq!(rig.status.get(), WatchingState::Active);
    let path = rig.path();

    fs::write(&path, "in place").unwrap();
    rig.expect("in place");

    fs::write(path.with_extension("new"), "renamed over").unwrap();
    fs::rename(path.with_extension("new"), &path).unwrap();
    rig.expect("renamed over");

    fs::remove_file(&path).unwrap();
    fs::write(&path, "recreated").unwrap();
    rig.expect("recreated");

    fs::remove_file(&path).unwrap();
    rig.expect("absent");
    fs::write(&path, "back").unwrap();
    rig.expect("back");

    // The directory above is replaced at once, and the old one is written to afterwards.
    let (etc, next, old) =
        (rig.folder.join("etc"), rig.folder.join("next"), rig.folder.join("old"));
    fs::create_dir_all(next.join("app")).unwrap();
    fs::write(next.join("app/config"), "moved").unwrap();
    fs::rename(&etc, &old).unwrap();
    fs::rename(&next, &etc).unwrap();
    rig.expect("moved");
    fs::write(old.join("app/config"), "nobody's").unwrap();
    fs::write(&path, "after the move").unwrap();
    rig.expect("after the move");

    fs::remove_dir_all(&etc).unwrap();
    rig.expect("absent");
    fs::create_dir_all(etc.join("app")).unwrap();
    fs::write(&path, "from the ground up").unwrap();
    rig.expect("from the ground up");

    fs::remove_file(&path).unwrap();
    fs::create_dir(rig.folder.join("a")).unwrap();
    fs::write(rig.folder.join("a/config"), "linked").unwrap();
    symlink("../../a/config", &path).unwrap();
    rig.expect("linked");
    fs::rename(rig.folder.join("a"), rig.folder.join("b")).unwrap();
    rig.expect("absent");
    fs::rename(rig.folder.join("b"), rig.folder.join("a")).unwrap();
    rig.expect("linked");
    fs::write(rig.folder.join("a/config"), "behind the link").unwrap();
    rig.expect("behind the link");
}

#[test]
fn a_file_survives_what_happens_to_it() {
    survives::<Native>();
}

#[test]
fn a_file_survives_what_happens_to_it_on_other_platforms() {
    survives::<Portable>();
}

/// Between the last event that was taken and the watches that are changed.
#[cfg(target_os = "linux")]
#[test]
fn what_goes_before_the_directories_are_found_anew_is_waited_for() {
    let folder = folder::<Native>("goes");
    let watched = [Watched::File(folder.join("etc/app/config"))];
    let paces = Paces { events: Native::PACE, polling: Pace::POLLING };
    let status = Arc::<WatchStatus>::default();
    let watcher = FileWatcher::<Native>::start(
        Queue::new(Arc::new(SystemClock)).notices(),
        status,
        &watched,
        paces,
    )
    .unwrap();
    let mut shell = lock(&watcher.shared.shell);
    fs::remove_dir_all(&folder).unwrap();
    shell.arm(&watcher.shared.bell);
    assert!(!shell.machine.files.missing.is_empty());
    drop(shell);
}

/// The kernel shows what was cut off a moment before it sends the event.
#[cfg(target_os = "linux")]
#[test]
fn what_a_writer_has_just_cut_off_is_never_seen() {
    let pace = Pace { longest_gap: Duration::from_millis(1), ..Native::PACE };
    let rig = Rig::start::<Native>("cut", pace);
    let mut seen = Vec::new();
    for write in 0..2_000 {
        let content = format!("number {write}");
        fs::write(rig.path(), &content).unwrap();
        while write % 4 == 0 && seen.last() != Some(&content) {
            seen.push(rig.seen.recv_timeout(PATIENCE).unwrap());
        }
    }
    let torn: Vec<_> = seen.iter().filter(|content| !content.starts_with("number ")).collect();
    assert!(torn.is_empty(), "{} of {} readings, like {:?}", torn.len(), seen.len(), torn[0]);
}

/// A file that has been written and closed before it got its name, as `O_TMPFILE` is for.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_linked_into_place_is_not_waited_for_long() {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags};

    let never = PATIENCE * 2;
    let rig = Rig::start::<Native>("linked", Pace { silence: never, ..Native::PACE });
    fs::remove_file(rig.path()).unwrap();
    rig.expect("absent");
    let flags = OFlags::TMPFILE | OFlags::WRONLY;
    let Ok(file) = rustix::fs::open(&rig.folder, flags, Mode::RUSR | Mode::WUSR) else {
        // Not every file system can make a file without a name.
        return;
    };
    let mut file = fs::File::from(file);
    file.write_all(b"linked").unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&file);
    let name = format!("/proc/self/fd/{number}");
    rustix::fs::linkat(CWD, name, CWD, rig.path(), AtFlags::SYMLINK_FOLLOW).unwrap();
    rig.expect("linked");
}

#[test]
fn quiet_is_enough_where_closes_are_not_told_of() {
    let rig = Rig::start::<Portable>("quiet", Pace::QUIET);
    let mut file = fs::File::create(rig.path()).unwrap();
    file.write_all(b"never closed").unwrap();
    rig.expect("never closed");
    drop(file);
}

/// Runs a writer that neither pauses nor closes the file, for longer than it is waited for.
fn endless<E: Events>() {
    let most = Duration::from_millis(400);
    let pace = Pace {
        silence: most * 2,
        pause: Duration::from_millis(200),
        longest_burst: most,
        ..E::PACE
    };
    let rig = Rig::start::<E>("endless", pace);
    let mut file = fs::File::create(rig.path()).unwrap();
    let begun = Instant::now();
    let mut seen = Vec::new();
    // Also this thread may be held up, and then it has to go on until there was a look.
    while begun.elapsed() < most * 5 || (seen.is_empty() && begun.elapsed() < PATIENCE) {
        file.write_all(b"x").unwrap();
        seen.extend(rig.seen.try_iter().map(|content| (begun.elapsed(), content.len())));
    }
    let bursts = begun.elapsed().as_millis() / most.as_millis();
    let now_and_then = 1..=bursts + 1;
    assert!(now_and_then.contains(&(seen.len() as u128)), "looked at now and then: {seen:?}");
    drop(file);
    let last = fs::metadata(rig.path()).unwrap().len();
    let end = Instant::now() + PATIENCE;
    let mut newest = seen.last().map_or(0, |(_, length)| *length as u64);
    while newest != last {
        let left = end.saturating_duration_since(Instant::now());
        newest = rig.seen.recv_timeout(left).expect("the last content wins").len() as u64;
    }
}

#[test]
fn a_writer_that_never_stops_is_not_waited_for() {
    endless::<Native>();
}

#[test]
fn a_writer_that_never_stops_is_not_waited_for_on_other_platforms() {
    endless::<Portable>();
}
