//! The desk: what people do with a fleet.

mod builds;
mod changes;
mod wait;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::SystemTime,
};

pub use self::builds::Build;
pub use self::wait::{Complaint, Ending, Goal, Outcome};
use super::{
    overview::Overview,
    record::{ROLLOUTS, Record},
    state::{NAMESAKES, NODES, NodeState},
    store::{Revision, Store, StoreError},
    target::{TARGET, Target, TargetChange},
    version::{self, Document, Sign, Trust, VERSIONS, Version},
};

/// The numbers that a publication tries, while others publish at the same time.
const MOST_PUBLISHED_MEANWHILE: u64 = 1000;

/// The greatest number of versions that were published since a backup was made to which a store went back. A node that
/// says a greater number than that is wrong or lies, and must not use the numbers up.
const MOST_LOST: u64 = 1_000_000;

/// The desk from which people publish versions, start and stop rollouts, and look at a fleet. It blocks as its store
/// does.
///
/// ```
/// use std::sync::Arc;
/// use dlc_reload::fleet::{Desk, Document, MemoryStore, Phase, Plan};
///
/// let engine = MemoryStore::new("coach/test");
/// let desk = Desk::new(Arc::new(engine.client()), "alice@laptop");
/// let base = Document { name: "base.yaml".into(), text: "rate: 7\n".into() };
/// let version = desk.publish(vec![base], "a rate for the evening")?;
/// // There are no nodes that could refuse it.
/// let target = desk.start(version, Plan::careful(), "as agreed")?;
/// assert_eq!((target.stable, target.rollout.unwrap().phase), (Some(1), Phase::Promoted));
/// # Ok::<(), dlc_reload::fleet::DeskError>(())
/// ```
#[derive(Clone)]
pub struct Desk {
    store: Arc<dyn Store>,
    by: String,
    sign: Option<Arc<Sign>>,
    trust: Trust,
}

/// The reason why a [`Desk`] has not done what it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The store could not be reached, or refuses. A change may have been made all the same: look before trying again.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A request that does not fit, with what to do. Nothing was changed.
    #[error("{0}")]
    Refused(String),
}

/// A version in a list, without its texts.
#[derive(
    Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[non_exhaustive]
pub struct Published {
    /// The number.
    pub number: u64,
    /// The version, with empty texts; `None` where it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The reason why it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A document that is not the same in two versions.
#[derive(
    Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[non_exhaustive]
pub struct DocumentDiff {
    /// The name.
    pub name: String,
    /// The text in the first version, if it is there.
    pub before: Option<String>,
    /// The text in the second version, if it is there.
    pub after: Option<String>,
}

/// The past of a fleet, the newest first.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct Log {
    /// The last changes of the pointer: those of people and those of the controller.
    pub changes: Vec<TargetChange>,
    /// The rollouts that are over.
    pub rollouts: Vec<Record>,
    /// The rollouts whose records cannot be read, with the reasons.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreadable: BTreeMap<String, String>,
}

/// The states of the nodes by name.
type States = BTreeMap<String, NodeState>;

/// The names of the nodes whose states cannot be read, and why.
type Unreadable = BTreeMap<String, String>;

fn refused<T>(reason: impl Into<String>) -> Result<T, DeskError> {
    Err(DeskError::Refused(reason.into()))
}

/// Returns the reason for a change, without which none is made.
fn reason(why: &str) -> Result<&str, DeskError> {
    match why.trim() {
        "" => refused("say why the change is made (`--why`)"),
        why => Ok(why),
    }
}

impl Desk {
    /// Makes a desk over the store of a fleet. `by` is who sits at it, such as `alice@laptop`: each change says so.
    pub fn new(store: Arc<dyn Store>, by: impl Into<String>) -> Self {
        Self { store, by: by.into(), sign: None, trust: Trust::default() }
    }

    /// Signs what is published with this key.
    #[cfg(feature = "fleet-signed")]
    #[must_use]
    pub fn sign_with(mut self, key: super::signed::SigningKey) -> Self {
        self.sign = Some(Arc::new(move |bytes| (key.id(), key.sign(bytes))));
        self
    }

    /// Reads no version that is not signed by one of these keys, as nodes with these keys do.
    #[cfg(feature = "fleet-signed")]
    #[must_use]
    pub fn trust(mut self, keys: impl IntoIterator<Item = super::signed::TrustedKey>) -> Self {
        self.trust.keys.extend(keys);
        self
    }

    /// Publishes documents as a new version, and returns its number. No node takes it before a rollout.
    ///
    /// # Errors
    ///
    /// The documents are too many or too large, or have names that do not fit, or the message is missing; or the store
    /// fails.
    pub fn publish(&self, documents: Vec<Document>, message: &str) -> Result<u64, DeskError> {
        let documents = version::ordered(documents).map_err(DeskError::Refused)?;
        let (_, target) = self.target()?;
        let first = self.latest(&target)?.checked_add(1);
        let first = first.ok_or_else(|| {
            DeskError::Refused("a version has the last number that there is: remove it".into())
        })?;
        let mut version = Version {
            fleet: self.store.fleet().to_owned(),
            number: first,
            documents,
            author: self.who()?,
            message: reason(message)?.to_owned(),
            created_at: SystemTime::now(),
            parent: target.stable,
        };
        for number in first..first.saturating_add(MOST_PUBLISHED_MEANWHILE) {
            version.number = number;
            let sealed =
                version::seal(&version, self.sign.as_deref()).map_err(DeskError::Refused)?;
            if self.write_new(&format!("{VERSIONS}{number}"), &sealed)? {
                return Ok(number);
            }
        }
        refused("others published a thousand versions meanwhile: try again")
    }

    /// Returns the greatest number that was used for a version. What nodes and the pointer say counts too: after the
    /// store has gone back to a backup, a number must not come again with other documents.
    fn latest(&self, target: &Target) -> Result<u64, DeskError> {
        let published = self.numbers()?.into_iter();
        let named = target.rollout.iter().map(|rollout| rollout.candidate);
        let named = named.chain(target.stable).chain(target.pins.values().copied());
        let states = self.nodes()?.0;
        let running = states.values().flat_map(|state| {
            state.running.into_iter().chain(state.refused.as_ref().map(|refused| refused.version))
        });
        let latest = published.chain(named).max().unwrap_or(0);
        let believed = running.filter(|number| number.saturating_sub(latest) <= MOST_LOST);
        Ok(believed.fold(latest, u64::max))
    }

    /// Writes a key that does not exist, and returns false where it does.
    fn write_new(&self, key: &str, value: &[u8]) -> Result<bool, DeskError> {
        match self.store.swap(key, Revision::ABSENT, value) {
            Ok(written) => Ok(written.is_ok()),
            // The answer may have been lost behind a write that was made.
            Err(error) => match self.store.get(key)? {
                Some(entry) if entry.value == value => Ok(true),
                _ => Err(error.into()),
            },
        }
    }

    /// Returns a version with its documents.
    ///
    /// # Errors
    ///
    /// It does not exist, or was altered; or the store fails.
    pub fn version(&self, number: u64) -> Result<Version, DeskError> {
        let Some(entry) = self.store.get(&format!("{VERSIONS}{number}"))? else {
            let last = self.numbers()?.into_iter().max();
            let last =
                last.map_or("none was published".into(), |last| format!("the last one is {last}"));
            return refused(format!("there is no version {number}, {last}"));
        };
        self.open(number, &entry.value).map_err(DeskError::Refused)
    }

    fn open(&self, number: u64, bytes: &[u8]) -> Result<Version, String> {
        version::open(bytes, self.store.fleet(), number, &self.trust)
    }

    fn numbers(&self) -> Result<Vec<u64>, DeskError> {
        let keys = self.store.keys(VERSIONS)?;
        Ok(keys.iter().filter_map(|key| key.parse().ok()).collect())
    }

    /// Returns the last versions without their texts, the newest first, `most` at most.
    ///
    /// # Errors
    ///
    /// The store fails. A version that cannot be read is listed with the reason.
    pub fn versions(&self, most: usize) -> Result<Vec<Published>, DeskError> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable_by_key(|number| Reverse(*number));
        let mut listed = Vec::new();
        for number in numbers.into_iter().take(most) {
            let Some(entry) = self.store.get(&format!("{VERSIONS}{number}"))? else { continue };
            let (version, trouble) = match self.open(number, &entry.value) {
                Ok(mut version) => {
                    version.documents.iter_mut().for_each(|document| document.text.clear());
                    (Some(version), None)
                }
                Err(reason) => (None, Some(reason)),
            };
            listed.push(Published { number, version, trouble });
        }
        Ok(listed)
    }

    /// Returns the documents that differ between two versions, in the order of their names.
    ///
    /// # Errors
    ///
    /// One of them does not exist, or was altered; or the store fails.
    pub fn diff(&self, from: u64, to: u64) -> Result<Vec<DocumentDiff>, DeskError> {
        let texts = |version: Version| {
            let documents = version.documents.into_iter();
            documents.map(|document| (document.name, document.text)).collect::<BTreeMap<_, _>>()
        };
        let (mut before, mut after) = (texts(self.version(from)?), texts(self.version(to)?));
        let names: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        let both = names.into_iter().map(|name| {
            let (before, after) = (before.remove(&name), after.remove(&name));
            DocumentDiff { name, before, after }
        });
        Ok(both.filter(|document| document.before != document.after).collect())
    }

    /// Returns the last changes, and the last rollouts that are over, `most` of these at most.
    ///
    /// # Errors
    ///
    /// The store fails, or the pointer cannot be read.
    pub fn log(&self, most: usize) -> Result<Log, DeskError> {
        let (_, target) = self.target()?;
        let last = Record::of(&target);
        let keys = self.store.keys(ROLLOUTS)?;
        let number = |id: &str| id.strip_prefix('r').and_then(|id| id.parse::<u64>().ok());
        let mut numbers: Vec<_> = keys.iter().filter_map(|id| number(id)).collect();
        let last_number = last.as_ref().and_then(|last| number(&last.rollout.id));
        numbers.retain(|number| Some(*number) != last_number);
        numbers.sort_unstable_by_key(|number| Reverse(*number));
        let (mut rollouts, mut unreadable) = (Vec::from_iter(last), BTreeMap::new());
        for number in numbers {
            if rollouts.len() + unreadable.len() >= most {
                break;
            }
            let Some(entry) = self.store.get(&format!("{ROLLOUTS}r{number}"))? else { continue };
            match serde_json::from_slice(&entry.value) {
                Ok(record) => rollouts.push(record),
                Err(error) => drop(unreadable.insert(format!("r{number}"), error.to_string())),
            }
        }
        rollouts.truncate(most);
        let changes = target.changes.into_iter().rev().collect();
        Ok(Log { changes, rollouts, unreadable })
    }

    /// Returns the fleet as it is: the pointer, the rollout stage by stage, and every node in sight.
    ///
    /// # Errors
    ///
    /// The store fails, or the pointer cannot be read.
    pub fn overview(&self) -> Result<Overview, DeskError> {
        let (revision, target) = self.target()?;
        let (nodes, unreadable) = self.nodes()?;
        let (namesakes, _) = self.states(NAMESAKES)?;
        let fleet = self.store.fleet().to_owned();
        Ok(Overview::new(fleet, revision, target, nodes, namesakes, unreadable))
    }

    /// Returns the pointer with its revision; an empty one where there is none yet.
    ///
    /// # Errors
    ///
    /// The store fails, or the pointer cannot be read.
    pub fn target(&self) -> Result<(Revision, Target), DeskError> {
        let Some(entry) = self.store.get(TARGET)? else {
            return Ok((Revision::ABSENT, Target::default()));
        };
        let target = Target::read(&entry.value).map_err(DeskError::Refused)?;
        Ok((entry.revision, target))
    }

    /// Returns the states of the nodes in sight, and why those that cannot be read cannot.
    fn nodes(&self) -> Result<(States, Unreadable), DeskError> {
        self.states(NODES)
    }

    fn states(&self, prefix: &str) -> Result<(States, Unreadable), DeskError> {
        let (mut states, mut unreadable) = (BTreeMap::new(), BTreeMap::new());
        for (name, entry) in self.store.list(prefix)? {
            match serde_json::from_slice(&entry.value) {
                Ok(state) => drop(states.insert(name, state)),
                Err(error) => drop(unreadable.insert(name, error.to_string())),
            }
        }
        Ok((states, unreadable))
    }

    fn who(&self) -> Result<String, DeskError> {
        match self.by.trim() {
            "" => refused("say who makes the change (`--by`)"),
            by => Ok(by.to_owned()),
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fleet = self.store.fleet();
        f.debug_struct("Desk").field("fleet", &fleet).field("by", &self.by).finish_non_exhaustive()
    }
}
