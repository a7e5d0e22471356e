//! The start of a node: which version it begins with, from the store or from the disk.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    agent::{Mark, Note, Start},
    choice::choose,
    disk::Memory,
    settings::Settings,
    source::Documents,
    state::{Because, NodeProblem, Refused, Stale},
    store::{Revision, Store},
    target::{TARGET, Target},
    version::{self, VERSIONS, Version},
};
use crate::error::{LOG, Problem};

/// The time for which a start waits for the store.
const PATIENCE: Duration = Duration::from_secs(2);

/// The number of starts that find the mark of a version until it counts as one that kills the process.
const MOST_STARTS: u32 = 2;

/// The problems of a version that are kept at most.
const MOST_PROBLEMS: usize = super::state::MOST_PROBLEMS;

/// A version, as it was in the store and as it is handed over.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) bytes: Arc<[u8]>,
    pub(super) version: Arc<Version>,
}

/// The beginning of a node.
pub(super) struct Beginning {
    pub(super) start: Start,
    pub(super) versions: BTreeMap<u64, Opened>,
    pub(super) memory: Memory,
    /// The versions to try where the one that is handed over is refused.
    rest: VecDeque<u64>,
    /// True if a service starts, and not only looks.
    is_start: bool,
    retries: u64,
    deadline: Instant,
    /// The reason why a file could not be written.
    pub(super) trouble: Option<String>,
}

impl Beginning {
    /// Reads the pointer and chooses a version. It waits for the store no longer than [`PATIENCE`].
    pub(super) fn new(settings: &Settings, documents: &Documents, is_start: bool) -> Self {
        let disk = settings.disk();
        let memory = disk.memory();
        let deadline = Instant::now() + PATIENCE;
        let (target, stale) = match within(deadline, &settings.store, pointer) {
            Ok(target) => (target, None),
            Err(reason) => {
                let since = SystemTime::now();
                (disk.pointer(), Some(Stale { since, reason }))
            }
        };
        if let (Some((target, revision)), None) = (&target, &stale)
            && is_start
        {
            // What cannot be kept is told of by the thread of the node, which keeps it as well.
            let _ = disk.keep_pointer(target, *revision);
        }
        let retries = target.as_ref().map_or(0, |(target, _)| target.retries);
        let mut beginning = Self {
            start: Start { target, stale, ..Start::default() },
            versions: BTreeMap::new(),
            memory,
            rest: VecDeque::new(),
            is_start,
            retries,
            deadline,
            trouble: None,
        };
        beginning.count(settings);
        beginning.rest = beginning.options(settings);
        beginning.next(settings, documents);
        beginning.say_missing(settings, documents);
        beginning
    }

    /// Counts this start against the version whose mark is on the disk, and forgets what is about another program.
    fn count(&mut self, settings: &Settings) {
        let Memory { mark, note, .. } = &mut self.memory;
        mark.take_if(|mark| mark.build != settings.build);
        note.take_if(|note| note.build != settings.build || note.refused.retries < self.retries);
        if let Some(mark) = mark {
            mark.starts += 1;
        }
        if let Some(mark) = mark.take_if(|mark| mark.starts >= MOST_STARTS) {
            let message = "the process ended twice while it was tried, and not in an orderly way: see its error output and that of the system";
            let problem = NodeProblem { key: None, place: None, message: message.to_owned() };
            let (version, retries) = (mark.version, self.retries);
            let (because, problems) = (Because::Killed, vec![problem]);
            let refused = Refused { version, because, retries, problems };
            *note = Some(Note { refused, build: mark.build });
        }
        self.start.noted = note.is_some();
        self.start.refused.extend(note.iter().map(|note| note.refused.clone()));
    }

    /// Returns the versions to begin with, the best one first. One that was refused is better than none.
    fn options(&self, settings: &Settings) -> VecDeque<u64> {
        let Memory { running, before, .. } = self.memory;
        let target = self.start.target.as_ref().map(|(target, _)| target);
        let asked =
            target.and_then(|target| choose(target, &settings.name, &settings.labels, running));
        let is_pinned = target.is_some_and(|target| target.pins.contains_key(&settings.name));
        let stable = target.and_then(|target| target.stable).filter(|_| !is_pinned);
        let mut options = VecDeque::new();
        for option in [asked, stable, running, before].into_iter().flatten() {
            if !options.contains(&option) {
                options.push_back(option);
            }
        }
        let is_refused = |version: &u64| self.start.refused.iter().any(|it| it.version == *version);
        let (refused, good): (Vec<_>, Vec<_>) = options.into_iter().partition(is_refused);
        good.into_iter().chain(refused).collect()
    }

    /// Hands over the next version that can be had; returns false where there is none.
    fn next(&mut self, settings: &Settings, documents: &Documents) -> bool {
        while let Some(number) = self.rest.pop_front() {
            match self.read(number, settings) {
                Ok(opened) => {
                    documents.set(Arc::clone(&opened.version));
                    documents.stale(self.start.stale.as_ref());
                    self.versions.insert(number, opened);
                    self.began_with(number, settings);
                    return true;
                }
                Err(Unreadable::Untrusted(message)) => {
                    tracing::error!(target: LOG, "version {number} of the fleet is not taken: {message}");
                    let problems = vec![NodeProblem { key: None, place: None, message }];
                    self.refuse(number, Because::Untrusted, problems);
                }
                Err(Unreadable::Unreachable(reason)) => {
                    let since = SystemTime::now();
                    self.start.stale.get_or_insert(Stale { since, reason });
                }
                Err(Unreadable::Missing) => {
                    tracing::error!(target: LOG, "version {number} of the fleet is not in the store");
                }
            }
        }
        false
    }

    /// Reads a version from the store, and where it cannot be had there, from the disk: a store that was made anew has other versions of
    /// the same numbers.
    fn read(&self, number: u64, settings: &Settings) -> Result<Opened, Unreadable> {
        let kept = || {
            let bytes = settings.disk().version(number)?;
            opened(bytes, number, settings).ok()
        };
        if let (Some(_), Some(opened)) = (&self.start.stale, kept()) {
            return Ok(opened);
        }
        let read = within(self.deadline, &settings.store, move |store| stored(store, number));
        let found = match read {
            Ok(Some(bytes)) => opened(bytes, number, settings).map_err(Unreadable::Untrusted),
            Ok(None) => Err(Unreadable::Missing),
            Err(reason) => Err(Unreadable::Unreachable(reason)),
        };
        found.or_else(|why| kept().ok_or(why))
    }

    /// Takes note of the version that is handed over, and writes the mark if it is not proven here.
    fn began_with(&mut self, number: u64, settings: &Settings) {
        let Memory { running, before, mark, .. } = &mut self.memory;
        // What is tried, or was refused, is not proven, though it was in force.
        let tried = mark.as_ref().map(|mark| mark.version);
        let refused = self.start.refused.iter().map(|refused| refused.version);
        let doubtful: Vec<_> = refused.chain(tried).collect();
        let proven = [*running, *before].into_iter().flatten();
        let proven: Vec<_> = proven.filter(|version| !doubtful.contains(version)).collect();
        let marked = mark.take_if(|mark| mark.version == number);
        let fresh = || Mark { version: number, starts: 0, build: settings.build.clone() };
        *mark = marked.or_else(|| (!proven.contains(&number)).then(fresh));
        self.start.marked = mark.is_some();
        self.start.running = Some(number);
        self.start.before = None;
        if let Some(proven) = proven.into_iter().find(|proven| *proven != number)
            && let Some(bytes) = settings.disk().version(proven)
            && let Ok(opened) = opened(bytes, proven, settings)
        {
            self.versions.insert(proven, opened);
            self.start.before = Some(proven);
        }
        (*running, *before) = (Some(number), self.start.before);
        if self.is_start {
            self.trouble = settings.disk().remember(&self.memory).err();
        }
    }

    fn refuse(&mut self, version: u64, because: Because, problems: Vec<NodeProblem>) {
        let retries = self.retries;
        self.start.refused.push(Refused { version, because, retries, problems });
    }

    /// Refuses the version that is handed over, and hands over the next one; returns false where there is none, and where nothing
    /// starts: a look is to see the problems.
    pub(super) fn gives_way(
        &mut self,
        problems: &[Problem],
        settings: &Settings,
        documents: &Documents,
    ) -> bool {
        let Some(number) = documents.number().filter(|_| self.is_start) else { return false };
        if self.rest.is_empty() {
            return false;
        }
        self.refuse(number, Because::Rejected, node_problems(problems));
        // The one that is refused did not end the process.
        self.memory.mark = None;
        let before = (self.memory.running, self.start.running.take());
        if self.next(settings, documents) {
            tracing::error!(target: LOG, "version {number} of the fleet is refused, beginning with version {}", documents.number().unwrap_or_default());
            return true;
        }
        (self.memory.running, self.start.running) = before;
        false
    }

    /// Has the source say why it hands nothing over, if there should be something.
    fn say_missing(&self, settings: &Settings, documents: &Documents) {
        if self.start.running.is_some() {
            return;
        }
        let cache = match &settings.cache {
            Some(cache) => format!("{} has no version of it either", cache.display()),
            None => "no directory keeps what it had, set one with `cache`".to_owned(),
        };
        let wanted = self.start.target.as_ref().and_then(|(target, _)| target.stable);
        match (&self.start.stale, wanted) {
            (Some(Stale { reason, .. }), _) => {
                documents
                    .miss(format!("the store of the fleet cannot be reached: {reason}; {cache}"));
            }
            (None, Some(version)) => {
                documents.miss(format!("version {version} of the fleet cannot be had; {cache}"))
            }
            // Nothing was published yet.
            (None, None) => {}
        }
    }
}

/// The reason why a version cannot be had.
enum Unreadable {
    Untrusted(String),
    Unreachable(String),
    Missing,
}

/// Reads the pointer.
///
/// # Errors
///
/// The store cannot be reached, or what it has is no pointer.
pub(super) fn pointer(store: &dyn Store) -> Result<Option<(Target, Revision)>, String> {
    let Some(entry) = store.get(TARGET).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    Ok(Some((Target::read(&entry.value)?, entry.revision)))
}

/// Reads a version as it is in the store; `None` where there is none.
///
/// # Errors
///
/// The store cannot be reached.
pub(super) fn stored(store: &dyn Store, number: u64) -> Result<Option<Vec<u8>>, String> {
    let entry = store.get(&format!("{VERSIONS}{number}")).map_err(|error| error.to_string())?;
    Ok(entry.map(|entry| entry.value))
}

/// Opens a version.
///
/// # Errors
///
/// The reason why it is not to be trusted.
pub(super) fn opened(bytes: Vec<u8>, number: u64, settings: &Settings) -> Result<Opened, String> {
    let version = version::open(&bytes, settings.store.fleet(), number, &settings.trust)?;
    Ok(Opened { bytes: bytes.into(), version: Arc::new(version) })
}

/// Returns the first errors, as they are told to the fleet.
pub(super) fn node_problems(problems: &[Problem]) -> Vec<NodeProblem> {
    let errors = problems.iter().filter(|problem| problem.is_error()).take(MOST_PROBLEMS);
    let told = errors.map(|problem| NodeProblem {
        key: problem.key.as_ref().map(ToString::to_string),
        place: problem.origin.as_ref().map(ToString::to_string),
        message: problem.message.clone(),
    });
    told.collect()
}

/// Makes a call of the store on a thread of its own, and waits for it until a moment.
fn within<T: Send + 'static>(
    deadline: Instant,
    store: &Arc<dyn Store>,
    call: impl FnOnce(&dyn Store) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    let store = Arc::clone(store);
    let run = move || {
        // Nobody waits for it any more where it took too long.
        let _ = sender.send(call(&*store));
    };
    let thread = thread::Builder::new().name("dlc-reload-store".to_owned()).spawn(run);
    thread.map_err(|error| format!("cannot start a thread: {error}"))?;
    let rest = deadline.saturating_duration_since(Instant::now());
    let answer = receiver.recv_timeout(rest);
    answer.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")))
}
