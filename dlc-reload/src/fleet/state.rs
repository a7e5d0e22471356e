//! The state of a node, as it tells the fleet.

use std::{collections::BTreeMap, fmt, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{store::Revision, words::shortened};
use crate::time::{Timestamp, rfc3339};

/// The prefix of the keys of the nodes.
pub(crate) const NODES: &str = "nodes/";

/// The prefix of the keys of processes that have the name of a node which is another process.
pub(crate) const NAMESAKES: &str = "namesakes/";

/// The prefix of the keys of the schemas of builds.
pub(crate) const SCHEMAS: &str = "schema/";

/// The problems that a node tells of a version at most.
pub(crate) const MOST_PROBLEMS: usize = 5;

/// The keys of a kind that a node tells at most: a state that is too large for the store is told to nobody.
const MOST_KEYS: usize = 100;

/// The state of a node: what runs, what it refused, what waits. It vanishes with the node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NodeState {
    /// The version whose values are in force, hot ones at least; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<u64>,
    /// The version that the node refused, if it was asked for no other one since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// The trial of the running version.
    pub trial: Trial,
    /// The keys whose values wait for a restart; of more than 100, the others are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
    /// The keys that differ from the fleet's version on this node: overrides, and what other sources set over it; of
    /// more than 100, the others are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
    /// The generation in force.
    pub generation: u64,
    /// The revision of the pointer that the node has read last.
    #[serde(default)]
    pub seen: u64,
    /// The time at which the running version came into force, by the clock of the node.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The version of the program.
    #[serde(default)]
    pub build: String,
    /// A name that this process has and no other one.
    pub process: String,
    /// The SHA-256 of the schema of the program, in hexadecimal digits.
    #[serde(default)]
    pub schema: String,
    /// The labels of the node, such as its region.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// False after a change that failed and could not be undone.
    #[serde(default = "yes")]
    pub consistent: bool,
    /// Since when the node has not reached the store, if that is so; it says so once it is back, and of what it started
    /// with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<Stale>,
    /// The trouble beside that, in a sentence: a version that is not there, a file that cannot be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// True if the node ends in an orderly way: its end is no loss. The state stays until its life is over or the next
    /// process of the node replaces it, so that the controller sees it.
    #[serde(default)]
    pub leaving: bool,
}

const fn yes() -> bool {
    true
}

/// The trial of a version on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trial {
    /// Its values are in force, and its trial runs.
    Applied,
    /// Its trial is over, or there is none.
    Proved,
}

/// A version that a node refused, with the reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Refused {
    /// The version.
    pub version: u64,
    /// The kind of the refusal.
    pub because: Because,
    /// The `retries` of the pointer by which the node tried it last: once the pointer has more, the refusal no longer
    /// counts.
    #[serde(default)]
    pub retries: u64,
    /// The first problems, without values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<NodeProblem>,
}

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Because {
    /// Its documents cannot be read, or their values do not fit, or a hook refused them.
    Rejected,
    /// It was in force, and made the node ill.
    Ill,
    /// It ended the process twice while it was tried.
    Killed,
    /// Its digest or signature is wrong, or it is older than what the node takes.
    Untrusted,
}

/// A problem of a version on a node, without values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NodeProblem {
    /// The key that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The document and the place in it: `base.yaml@42:7:10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The fault, and what to do.
    pub message: String,
}

/// Since when a node has not reached the store, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Stale {
    /// The time since when, by the clock of the node.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The reason.
    pub reason: String,
}

impl Because {
    /// Returns the words for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Ill => "made the node ill",
            Self::Killed => "ended the process twice",
            Self::Untrusted => "not trusted",
        }
    }
}

/// Shows the place, the key and the message, as far as they are known.
impl fmt::Display for NodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in self.place.iter().chain(&self.key) {
            write!(f, "{word}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl NodeState {
    /// Returns the revision of the pointer that the node has read last.
    pub const fn seen(&self) -> Revision {
        Revision(self.seen)
    }

    /// Returns the state as far as it may go.
    pub(crate) fn bounded(mut self) -> Self {
        for keys in [&mut self.pending, &mut self.drift] {
            let more = keys.len().saturating_sub(MOST_KEYS);
            keys.truncate(MOST_KEYS);
            keys.iter_mut().for_each(|key| *key = shortened(key));
            keys.extend((more > 0).then(|| format!("… and {more} more")));
        }
        let problems = self.refused.iter_mut().flat_map(|refused| &mut refused.problems);
        let texts = problems.flat_map(|NodeProblem { key, place, message }| {
            key.iter_mut().chain(place).chain([message])
        });
        let stale = self.stale.iter_mut().map(|stale| &mut stale.reason);
        texts.chain(stale).chain(&mut self.trouble).for_each(|text| *text = shortened(text));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_as_far_as_it_may_go() {
        let since = "2026-11-27T12:00:00Z";
        let json = format!(
            r#"{{"running":1,"trial":"proved","generation":1,"since":"{since}","process":"p"}}"#
        );
        let small: NodeState = serde_json::from_str(&json).unwrap();
        assert_eq!(small.clone().bounded(), small);
        let long = "é".repeat(10_000);
        let problem = NodeProblem {
            key: Some(long.clone()),
            place: Some(long.clone()),
            message: long.clone(),
        };
        let refused = Refused {
            version: 1,
            because: Because::Rejected,
            retries: 0,
            problems: vec![problem; MOST_PROBLEMS],
        };
        let keys: Vec<_> = (0..10_000).map(|number| format!("key-{number}-{long}")).collect();
        let state = NodeState {
            pending: keys.clone(),
            drift: keys,
            refused: Some(refused),
            trouble: Some(long.clone()),
            stale: Some(Stale { since: SystemTime::UNIX_EPOCH, reason: long }),
            ..small
        };
        let state = state.bounded();
        assert_eq!(state.drift.len(), MOST_KEYS + 1);
        assert_eq!(state.drift.last().unwrap(), "… and 9900 more");
        assert!(state.trouble.as_ref().unwrap().ends_with("é…"));
        assert!(serde_json::to_vec(&state).unwrap().len() < 256 << 10);
    }
}
