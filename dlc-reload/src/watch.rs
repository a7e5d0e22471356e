//! Noticing that a file changed: a trigger that says "look again" and carries no data.
//!
//! Directories are watched, never files: a watch on a file goes blind when an editor or a deploy
//! tool renames a new one over it.

mod settle;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::Instant,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use self::settle::{Settle, Sign};
use crate::{
    error::Error,
    reloader::queue::Queue,
    report::{Trigger, TriggerKind},
    source::Watched,
};

/// Watches the directories of the files that took part in the last read.
#[derive(Debug)]
pub(crate) struct FileWatcher {
    sender: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Event(notify::Result<notify::Event>),
    Files(Vec<Watched>),
    Stop,
}

impl FileWatcher {
    pub(crate) fn start(queue: Arc<Queue>) -> Result<Self, Error> {
        let (sender, messages) = channel();
        let events = sender.clone();
        let watcher = notify::recommended_watcher(move |event| {
            // The receiver is gone only while the watcher itself is going.
            let _ = events.send(Message::Event(event));
        })
        .map_err(|error| Error::runtime(format!("no watcher for files: {error}"), error))?;
        let mut shell = Shell { watcher, watched: BTreeSet::new(), names: Vec::new(), queue };
        let thread = std::thread::Builder::new()
            .name("dlc-reload-watch".to_owned())
            .spawn(move || shell.run(&messages))
            .map_err(|error| {
                Error::runtime(format!("cannot start the watch thread: {error}"), error)
            })?;
        Ok(Self { sender, thread: Some(thread) })
    }

    /// A function that tells the watcher which files took part in a read.
    pub(crate) fn teller(&self) -> impl Fn(&[Watched]) + Send + 'static {
        let sender = self.sender.clone();
        move |files| {
            // A watcher that ended needs to know nothing.
            let _ = sender.send(Message::Files(files.to_vec()));
        }
    }
}

impl Drop for FileWatcher {
    fn drop(&mut self) {
        let _ = self.sender.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            // It runs no code that could panic.
            let _ = thread.join();
        }
    }
}

/// The world around [`Settle`]: a thread, a clock and the operating system's events.
struct Shell {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    names: Vec<Named>,
    queue: Arc<Queue>,
}

impl Shell {
    fn run(&mut self, messages: &Receiver<Message>) {
        let mut settle = Settle::default();
        let mut last = None;
        loop {
            let message = match settle.due() {
                Some(due) => messages.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Event(Ok(event))) => {
                    settle.note(sign(&event.kind), Instant::now());
                    last = event.paths.iter().find_map(|path| about(&self.names, path)).or(last);
                }
                // The queue of the operating system ran over, or a directory is gone: look.
                Ok(Message::Event(Err(_))) => settle.note(Sign::Complete, Instant::now()),
                Ok(Message::Files(files)) => {
                    if self.arm(&files) {
                        // What happened between the read and the watch has no event.
                        settle.note(Sign::Complete, Instant::now());
                    }
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if settle.take(Instant::now()) {
                let trigger = Trigger::new(TriggerKind::File);
                self.queue.notice(match last.take().or_else(|| only(&self.names)) {
                    Some(path) => trigger.detail(path.display().to_string()),
                    None => trigger,
                });
            }
        }
    }

    /// Watches the directories of these files and no others; answers whether one is new.
    fn arm(&mut self, files: &[Watched]) -> bool {
        self.names = files.iter().map(Named::new).collect();
        let wanted: BTreeSet<PathBuf> = files.iter().flat_map(directories).collect();
        for gone in self.watched.difference(&wanted) {
            // A directory that was removed takes its watch with it.
            let _ = self.watcher.unwatch(gone);
        }
        self.watched.retain(|directory| wanted.contains(directory));
        let mut armed = false;
        for directory in wanted {
            if self.watched.contains(&directory) {
                continue;
            }
            match self.watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    armed = true;
                    self.watched.insert(directory);
                }
                Err(error) => tracing::warn!("cannot watch {}: {error}", directory.display()),
            }
        }
        armed
    }
}

/// A source under the path by which the author named it, which is how reports call it, and under
/// the one by which the operating system does.
struct Named {
    source: Watched,
    seen: PathBuf,
}

impl Named {
    fn new(source: &Watched) -> Self {
        let seen = match source {
            Watched::File(path) => path.parent().and_then(|parent| {
                Some(non_empty(parent).canonicalize().ok()?.join(path.file_name()?))
            }),
            Watched::Directory(path) => path.canonicalize().ok(),
        };
        let (Watched::File(path) | Watched::Directory(path)) = source;
        Self { source: source.clone(), seen: seen.unwrap_or_else(|| path.clone()) }
    }
}

/// The file that an event is about, as reports call it. An editor's own files are nobody's source.
fn about(names: &[Named], event: &Path) -> Option<PathBuf> {
    names.iter().find_map(|Named { source, seen }| match source {
        Watched::File(path) => (seen == event).then(|| path.clone()),
        Watched::Directory(path) => Some(path.join(event.strip_prefix(seen).ok()?)),
    })
}

/// The one file there is, if there is only one: what changed can be nothing else.
fn only(names: &[Named]) -> Option<PathBuf> {
    match names {
        [Named { source: Watched::File(path), .. }] => Some(path.clone()),
        _ => None,
    }
}

/// The directories in which a change shows: the nearest one that exists on the path, and the one
/// that its links lead to.
fn directories(watched: &Watched) -> impl Iterator<Item = PathBuf> {
    // A directory is watched itself, and a file by the directory it is in.
    let (file, above) = match watched {
        Watched::File(path) => (path, 1),
        Watched::Directory(path) => (path, 0),
    };
    let nearest = file.ancestors().skip(above).map(non_empty).find(|directory| directory.is_dir());
    let target = file.canonicalize().ok().and_then(|target| target.parent().map(Path::to_path_buf));
    nearest.and_then(|directory| directory.canonicalize().ok()).into_iter().chain(target)
}

/// The parent of `config.yaml` is the current directory.
fn non_empty(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

/// What an event says about the file behind it.
fn sign(kind: &notify::EventKind) -> Sign {
    use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind};

    match kind {
        // Reading the files is an event too; heeding it would wake us by our own doing.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Sign::Complete,
        EventKind::Access(_) => Sign::Nothing,
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Create(CreateKind::Folder) => {
            Sign::Complete
        }
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => Sign::Underway,
        EventKind::Any | EventKind::Other => Sign::Underway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_about_the_source_it_touches_and_no_editor_file_is_one() {
        let names = [
            Named {
                source: Watched::File("config.yaml".into()),
                seen: "/etc/coach/config.yaml".into(),
            },
            Named { source: Watched::Directory("conf.d".into()), seen: "/etc/coach/conf.d".into() },
        ];
        for (event, source) in [
            ("/etc/coach/config.yaml", Some("config.yaml")),
            ("/etc/coach/conf.d/10-local.yaml", Some("conf.d/10-local.yaml")),
            ("/etc/coach/.config.yaml.swp", None),
            ("/etc/coach/sedkstT5G", None),
        ] {
            assert_eq!(about(&names, Path::new(event)), source.map(PathBuf::from), "{event}");
        }
        assert_eq!(only(&names), None);
        assert_eq!(only(&names[..1]), Some("config.yaml".into()));
        assert_eq!(only(&names[1..]), None, "it may have been any file in it");
    }
}
