//! The telling of a node's state to the store: the newest alone, until the store has it.

use std::time::{Duration, Instant};

use crate::{
    error::LOG,
    fleet::{
        rank::back_off,
        source::Documents,
        state::{NAMESAKES, NODES, NodeState},
        store::{Lost, Revision, Store, StoreError},
    },
};

/// The time after which the state of a node vanishes that nobody has heard of.
const LIFE: Duration = Duration::from_secs(30);

/// The time after which the state of a node vanishes that leaves: enough for the controller to see it, and little for
/// the next process of the node to wait.
const LEAVING: Duration = Duration::from_secs(5);

/// The time between two tries while another process has the name of this node.
const PATIENCE: Duration = Duration::from_secs(1);

/// The telling of a node's state.
pub(super) struct Telling {
    key: String,
    /// The state that the store has not yet.
    state: Option<NodeState>,
    next: Option<Instant>,
    failures: u32,
    other: Option<Other>,
    /// True while the service warns that the fleet does not see it.
    warns: bool,
}

/// Another process of the same name, which may have ended without a word.
struct Other {
    since: Instant,
    /// The revision of its state when it was seen first.
    seen: Option<Revision>,
}

impl Telling {
    pub(super) fn new(name: &str) -> Self {
        let key = format!("{NODES}{name}");
        Self { key, state: None, next: None, failures: 0, other: None, warns: false }
    }

    /// Puts a state in the place of the one that is to be told.
    pub(super) fn put(&mut self, state: NodeState) {
        self.state = Some(state.bounded());
        if self.failures == 0 && self.other.is_none() {
            self.next = None;
        }
    }

    /// Returns the moment of the next try.
    pub(super) fn due(&self) -> Option<Instant> {
        self.state.as_ref().and(self.next)
    }

    /// Returns true if the fleet does not see this node.
    pub(super) const fn is_unseen(&self) -> bool {
        self.warns
    }

    /// Tells the state, unless it is too early to try again.
    pub(super) fn tell(&mut self, store: &dyn Store, documents: &Documents, now: Instant) {
        if self.state.is_none() || self.next.is_some_and(|next| now < next) {
            return;
        }
        match self.keep(store) {
            Ok(Ok(())) => {
                (self.state, self.next, self.failures) = (None, None, 0);
                self.other = None;
                if std::mem::take(&mut self.warns) {
                    // One that is not let go of vanishes with this process.
                    let _ = store.release(&self.namesake());
                    documents.warn(None);
                }
            }
            Ok(Err(Lost)) => self.lost(store, documents, now),
            Err(error) => {
                self.next = Some(now + back_off(&self.key, self.failures));
                self.failures = self.failures.saturating_add(1);
                tracing::debug!(target: LOG, "the state of this node is not told: {error}");
                if error.is_refusal() {
                    let text = format!("the fleet does not see this node: {error}");
                    self.warn(text, documents);
                }
            }
        }
    }

    /// Tells the state once, whatever comes of it.
    pub(super) fn tell_now(&self, store: &dyn Store) {
        if let Err(error) = self.keep(store) {
            tracing::debug!(target: LOG, "the end of this node is not told: {error}");
        }
    }

    fn keep(&self, store: &dyn Store) -> Result<Result<(), Lost>, StoreError> {
        let Some(state) = &self.state else { return Ok(Ok(())) };
        let value =
            serde_json::to_vec(state).map_err(|error| StoreError::refused(error.to_string()))?;
        store.keep(&self.key, &value, if state.leaving { LEAVING } else { LIFE })
    }

    /// Takes note that another process has the name. It may have ended, so that its state is about to vanish; one that
    /// outlives that, or changes, is alive.
    fn lost(&mut self, store: &dyn Store, documents: &Documents, now: Instant) {
        self.next = Some(now + PATIENCE);
        let found = store.get(&self.key).ok().flatten().map(|entry| entry.revision);
        let fresh = Other { since: now, seen: found };
        let other = self.other.get_or_insert(fresh);
        let lives = (found.is_some() && other.seen.is_some() && found != other.seen)
            || now >= other.since + 2 * LIFE;
        if lives {
            if !self.warns {
                self.tell_aside(store);
            }
            let name = self.key.trim_start_matches(NODES);
            let text = format!(
                "another process is node `{name}` of the fleet, so this one is not seen there: give each its own name"
            );
            self.warn(text, documents);
        }
    }

    /// Returns the key of a process that has the name of another one.
    fn namesake(&self) -> String {
        format!("{NAMESAKES}{}", self.key.trim_start_matches(NODES))
    }

    /// Tells the fleet of this process, which has the name of another one.
    fn tell_aside(&self, store: &dyn Store) {
        let value = self.state.as_ref().and_then(|state| serde_json::to_vec(state).ok());
        let told = value.map(|value| store.keep(&self.namesake(), &value, LIFE));
        if let Some(Err(error)) = told {
            tracing::debug!(target: LOG, "the fleet is not told of a second process: {error}");
        }
    }

    /// Warns of why the fleet does not see this node, once while it lasts.
    fn warn(&mut self, text: String, documents: &Documents) {
        if !std::mem::replace(&mut self.warns, true) {
            tracing::error!(target: LOG, "{text}");
            documents.warn(Some(text));
        }
    }
}
