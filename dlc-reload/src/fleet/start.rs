//! The start of a node: which version it begins with, from the store or from the disk.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    agent::Start,
    first::Memory,
    settings::Settings,
    source::Documents,
    state::{Because, NodeProblem, Refused, Stale},
    store::{Revision, Store},
    target::{Rollout, TARGET, Target},
    version::{self, VERSIONS, Version},
};
use crate::error::{LOG, Problem, ProblemKind};

/// The time for which a start waits for the store.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// The versions to try where the one that is handed over is refused; `None` is to begin without one.
    rest: VecDeque<Option<u64>>,
    /// True if a version to begin with could not be had because the store was not reached: then it is not begun without
    /// one.
    is_short: bool,
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
            is_short: false,
            is_start,
            retries,
            deadline,
            trouble: None,
        };
        beginning.memory.count(&settings.build, retries);
        let note = &beginning.memory.note;
        beginning.start.noted = note.is_some();
        beginning.start.refused.extend(note.iter().map(|note| note.refused.clone()));
        let Start { target, stale, refused, .. } = &beginning.start;
        let (target, is_fresh) = (target.as_ref().map(|(target, _)| target), stale.is_none());
        let Settings { name, labels, .. } = settings;
        beginning.rest = beginning.memory.options(name, labels, target, is_fresh, refused);
        if !beginning.next(settings, documents) {
            beginning.say_missing(settings, documents);
        }
        let Start { refused, running, .. } = &beginning.start;
        for Refused { version, because, .. } in refused.iter().filter(|_| is_start) {
            if *running != Some(*version) {
                let because = because.as_str();
                tracing::error!(target: LOG, "not beginning with version {version} of the fleet: {because}");
            }
        }
        beginning
    }

    /// Hands over what is next and can be had: a version, or none; returns false where there is nothing left.
    fn next(&mut self, settings: &Settings, documents: &Documents) -> bool {
        while let Some(option) = self.rest.pop_front() {
            let Some(number) = option else {
                if self.is_short {
                    continue;
                }
                self.hand_over(None, settings, documents);
                return true;
            };
            match self.read(number, settings) {
                Ok(opened) => {
                    self.hand_over(Some((number, opened)), settings, documents);
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
                    self.is_short = true;
                }
                Err(Unreadable::Missing) => {
                    tracing::error!(target: LOG, "version {number} of the fleet is not in the store");
                }
            }
        }
        false
    }

    /// Reads a version from the store, and where it cannot be had there, from the disk: a store that was made anew has
    /// other versions of the same numbers.
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

    /// Hands over a version, or none, and takes note of it.
    fn hand_over(
        &mut self,
        taken: Option<(u64, Opened)>,
        settings: &Settings,
        documents: &Documents,
    ) {
        let number = taken.as_ref().map(|(number, _)| *number);
        documents.set(taken.as_ref().map(|(_, opened)| Arc::clone(&opened.version)));
        documents.stale(self.start.stale.as_ref());
        self.versions.extend(taken);
        let Self { start, versions, memory, .. } = self;
        memory.begin(number, &settings.build, &start.refused, |proven| {
            let bytes = settings.disk().version(*proven);
            let kept = bytes.and_then(|bytes| opened(bytes, *proven, settings).ok());
            let is_there = kept.is_some();
            versions.extend(kept.map(|opened| (*proven, opened)));
            is_there
        });
        (start.running, start.before, start.marked) =
            (memory.running, memory.before, memory.mark.is_some());
        if self.is_start {
            self.trouble = settings.disk().remember(&self.memory).err();
        }
    }

    fn refuse(&mut self, version: u64, because: Because, problems: Vec<NodeProblem>) {
        let retries = self.retries;
        self.start.refused.push(Refused { version, because, retries, problems });
    }

    /// Refuses the version that is handed over, and hands over what is next; returns false where there is nothing, and
    /// where nothing starts: a look is to see the problems. Where the service does not start without a version either,
    /// it says which lack.
    pub(super) fn gives_way(
        &mut self,
        problems: &[Problem],
        settings: &Settings,
        documents: &Documents,
    ) -> bool {
        if !self.is_start || documents.is_missing() {
            return false;
        }
        let Some(number) = documents.number() else { return self.say_lacking(problems, documents) };
        if self.rest.is_empty() {
            return false;
        }
        self.refuse(number, Because::Rejected, node_problems(problems, &documents.names()));
        // The one that is refused did not end the process.
        self.memory.mark = None;
        let before = (self.memory.running, self.start.running.take());
        if self.next(settings, documents) {
            let other = documents.number();
            let other = other.map_or("no version".to_owned(), |other| format!("version {other}"));
            tracing::error!(target: LOG, "version {number} of the fleet is refused, beginning with {other}");
            return true;
        }
        (self.memory.running, self.start.running) = before;
        false
    }

    /// Has the source say why the fleet has no version for this node, if that is a fault; returns true if so.
    fn say_lacking(&self, problems: &[Problem], documents: &Documents) -> bool {
        let target = self.start.target.as_ref().map(|(target, _)| target);
        let why = match (self.start.refused.first(), target.and_then(|it| it.rollout.as_ref())) {
            (Some(Refused { version, because, problems, .. }), _) => {
                let kind = || because.as_str().to_owned();
                let problem = problems.first().map_or_else(kind, ToString::to_string);
                format!("version {version} is refused here ({problem})")
            }
            (None, Some(Rollout { candidate, phase, .. })) => {
                format!("the rollout of version {candidate} is {}", phase.as_str())
            }
            (None, None) => return false,
        };
        let lacks = problems.iter().find(|problem| problem.is_error());
        let lacks = lacks.map(|problem| format!(" ({problem})")).unwrap_or_default();
        documents.miss(format!(
            "the fleet has no version for this service, which does not start without one{lacks}: {why}, and none was promoted; roll out a better one, or let it be tried again by `dlc-reload fleet retry`"
        ));
        true
    }

    /// Has the source say why it hands nothing over although there should be something.
    fn say_missing(&self, settings: &Settings, documents: &Documents) {
        let cache = match &settings.cache {
            Some(cache) => format!("{} has no version of it either", cache.display()),
            None => "no directory keeps what it had, set one with `cache`".to_owned(),
        };
        let wanted = self.start.target.as_ref().and_then(|(target, _)| target.stable);
        documents.miss(match (&self.start.stale, wanted) {
            (Some(Stale { reason, .. }), _) => {
                format!("the store of the fleet cannot be reached: {reason}; {cache}")
            }
            (None, Some(version)) => {
                format!("version {version} of the fleet cannot be had; {cache}")
            }
            (None, None) => format!("no version of the fleet can be had; {cache}"),
        });
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

/// Returns the first errors, as they are told to the fleet. Of a value that is not from one of the fleet's documents,
/// which have these names, the key, the place and the kind of the error are told: what a machine says of its own is not
/// for the store.
pub(super) fn node_problems(
    problems: &[Problem],
    documents: &BTreeSet<String>,
) -> Vec<NodeProblem> {
    let errors = problems.iter().filter(|problem| problem.is_error()).take(MOST_PROBLEMS);
    let told = errors.map(|problem| {
        let mut names = problem.origin.iter().map(|origin| &*origin.source);
        NodeProblem {
            key: problem.key.as_ref().map(ToString::to_string),
            place: problem.origin.as_ref().map(ToString::to_string),
            message: match names.all(|name| documents.contains(name)) {
                true => problem.message.clone(),
                false => format!("{}; the log of the node says more", kind(problem.kind)),
            },
        }
    });
    told.collect()
}

/// Says what is wrong without a value.
const fn kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unreadable => "it cannot be read",
        ProblemKind::Permission => "it must not be read, or others can change it",
        ProblemKind::Syntax => "it is not of its format",
        ProblemKind::UnknownKey => "no field has this key",
        ProblemKind::Missing => "it is not set",
        ProblemKind::Type => "the value does not fit the field",
        ProblemKind::Invalid => "the validation of the service refuses it",
        ProblemKind::Hook => "a hook of the service refuses it",
        ProblemKind::Other => "it is refused",
    }
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
