//! The status: the values in force, the values that the sources ask for, and the state of reloading.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    next_boot::NextBoot,
    overrides::Overridden,
    probation::{OnProbation, Trial},
    retry::{NextRetry, Retries},
    sources::SourceStatus,
    state::State,
    steps::Running,
    values::{EVERY_NAME, Values, is_hidden},
};
use crate::{
    document::Document,
    error::Problem,
    place::{Key, Origin},
    report::{Pending, Report},
    schema::Shape,
    section::{Class, Leaf, Part, Reloadable},
    snapshot::Snapshot,
    store::LastKnownGood,
    sync::lock,
};

/// The state of the configuration at one moment, for operators and as JSON. Secrets never appear in it.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
/// # let reloader = Loader::<Config>::new().text("yaml", "motd: hello").load()?.reloader().start()?;
/// let status = reloader.status();
/// assert_eq!(status.generation, 1);
/// assert_eq!(status.fields[0].key.to_string(), "motd");
/// assert_eq!(status.fields[0].effective, Some("hello".into()));
/// assert_eq!(status.fields[0].origin.to_string(), "text:1:7");
///
/// let json = serde_json::to_value(&status).unwrap();
/// assert_eq!(json["watching"]["state"], "off");
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Status {
    // What is in force.
    /// The generation in force.
    pub generation: u64,
    /// False once a failed undo has left the service in a state that no configuration describes, and
    /// then for as long as the process runs.
    pub consistent: bool,
    // The watcher.
    /// The state of watching: active, degraded or off.
    pub watching: WatchingState,
    /// The number of changes of files that caused no event although watching is active, and were found
    /// by comparing the content.
    pub missed_events: u64,
    // The sources.
    /// Every source, in order, as it was when it was read last: fresh, stale or missing.
    pub sources: Vec<SourceStatus>,
    // The values.
    /// Every field: the value in force, the value that is asked for, and the place of that one.
    pub fields: Vec<FieldStatus>,
    /// The values that wait for the next start.
    pub pending: Vec<Pending>,
    /// The hot fields that have another value for a while than the sources ask for.
    pub overrides: Vec<Overridden>,
    /// The generation that is on probation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation: Option<OnProbation>,
    /// The configuration of an earlier time that the service started with because the sources were
    /// refused, until a reload accepts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_known_good: Option<LastKnownGood>,
    // The work.
    /// The next retry of content that was refused and is [tried again](crate::Builder::watch) by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_retry: Option<NextRetry>,
    /// The outcome of a start with what the sources held at the last look, and the reasons.
    pub next_boot: NextBoot,
    /// The files that could not be written when it was tried last, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwritten: Vec<Problem>,
    /// The step that the reload thread takes right now: reading a source, asking a hook, telling an observer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// The report of the last reload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_report: Option<Report>,
    /// The last report that told of an error: a reload that was refused or failed, a failed probation, or a
    /// start from the last known good. It says nothing of what the sources hold since;
    /// [`next_boot`](Self::next_boot) does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Report>,
}

/// One field of a [`Status`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FieldStatus {
    /// The key; for a flattened field that is no section, that of the section around it and `*`.
    pub key: Key,
    /// The class: a new value takes effect at once, or at the next start.
    pub class: Class,
    /// The value in force; absent where there is none, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Value>,
    /// The value the sources ask for, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
    /// The place of the value that the sources asked for when they were last accepted;
    /// [of a generation](Origin::as_of) where they say something else since.
    pub origin: Origin,
    /// True if the values are hidden because they are secret.
    pub secret: bool,
}

/// The state of watching for changes of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", content = "reason", rename_all = "lowercase")]
#[non_exhaustive]
pub enum WatchingState {
    /// Changes are not noticed, for this reason.
    Off(String),
    /// Changes are noticed as they happen.
    Active,
    /// Changes are noticed late, for this reason.
    Degraded(String),
}

/// The state of the watcher, as it changes.
pub(crate) struct WatchStatus {
    state: Mutex<WatchingState>,
    missed: AtomicU64,
}

/// The state before the watcher is started.
impl Default for WatchStatus {
    fn default() -> Self {
        let state = WatchingState::Off("not started yet".to_owned());
        Self { state: Mutex::new(state), missed: AtomicU64::new(0) }
    }
}

impl WatchStatus {
    pub(crate) fn get(&self) -> WatchingState {
        lock(&self.state).clone()
    }

    /// Returns the state that a status shows: nothing acts on a change of a file in a service that is inconsistent.
    fn shown(&self, consistent: bool) -> WatchingState {
        match self.get() {
            state if consistent || matches!(state, WatchingState::Off(_)) => state,
            _ => WatchingState::Off(
                "a change failed and could not be undone, restart the service".to_owned(),
            ),
        }
    }

    /// Notes a state, and returns true if it is another one.
    pub(crate) fn set(&self, state: WatchingState) -> bool {
        let mut current = lock(&self.state);
        let changed = *current != state;
        *current = state;
        changed
    }

    /// Returns the number of changes that caused no event.
    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Counts a change that caused no event.
    #[cfg(feature = "watch")]
    pub(crate) fn count_missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for WatchingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off(reason) => write!(f, "off: {reason}"),
            Self::Active => f.write_str("active"),
            Self::Degraded(reason) => write!(f, "degraded: {reason}"),
        }
    }
}

impl Status {
    pub(super) fn new<C: Reloadable>(
        snapshot: &Snapshot<C>,
        state: &Mutex<State<C>>,
        watching: &WatchStatus,
        running: Option<Running>,
        shape: &Shape,
    ) -> Self {
        let state = lock(state);
        let config = Arc::clone(&state.desired.config);
        let document = state.desired_document();
        let mut status = Self {
            generation: snapshot.generation(),
            consistent: state.consistent,
            watching: watching.shown(state.consistent),
            missed_events: watching.missed(),
            sources: state.sources.list(),
            fields: Vec::new(),
            pending: state.pending(),
            overrides: state.overrides.list(),
            probation: state.trial.as_ref().map(Trial::shown),
            last_known_good: state.last_known_good.clone(),
            next_retry: state.retries.as_ref().map(Retries::shown),
            next_boot: state.next_boot.clone(),
            unwritten: state.unwritten.list().to_vec(),
            running,
            last_report: state.reports.last.clone(),
            last_failure: state.reports.last_failure.clone(),
        };
        drop(state);
        status.fields = FieldStatus::list(snapshot.config(), &*config, &document, shape);
        status
    }
}

impl FieldStatus {
    /// Returns every field of the configuration in force and of the one that is asked for, which was built from the
    /// document.
    pub(crate) fn list<C: Reloadable>(
        effective: &C,
        desired: &C,
        document: &Document,
        shape: &Shape,
    ) -> Vec<Self> {
        let [mut effective, mut wanted] =
            [effective, desired].map(|config| Values::of(config, shape));
        let leaves = C::TABLE.leaves().into_iter();
        let field = |leaf: Leaf| {
            let [effective, desired] =
                [&mut effective, &mut wanted].map(|values| values.take(&leaf));
            let is_secret = leaf.role.is_secret()
                || [&effective, &desired].into_iter().flatten().any(is_hidden);
            let shown = |value: Option<Value>| value.filter(|_| !is_secret);
            let (effective, desired) = (shown(effective), shown(desired));
            Self {
                origin: document.origin(&leaf.key),
                desired: desired.filter(|desired| Some(desired) != effective.as_ref()),
                effective,
                class: leaf.role.class(),
                secret: is_secret,
                key: match leaf.part {
                    Part::Whole | Part::Order(_) => leaf.key,
                    Part::Beside | Part::Fields(_) => leaf.key.child(EVERY_NAME),
                },
            }
        };
        leaves.map(field).collect()
    }
}
