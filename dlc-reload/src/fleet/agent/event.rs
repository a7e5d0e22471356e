//! The things that an agent is told, and those that it asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::fleet::{
    state::{NodeProblem, NodeState, Refused, Stale},
    store::{Hint, Revision},
    target::Target,
};

/// The things about a node that do not change while it runs.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// The name of the process.
    pub(crate) process: String,
    /// The version of the program.
    pub(crate) build: String,
    /// The SHA-256 of the program's schema.
    pub(crate) schema: String,
    /// The time over which the reads of all nodes are spread after a hint.
    pub(crate) splay: Duration,
}

/// The things that a node starts with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    /// The pointer, from the store or the disk.
    pub(crate) target: Option<(Target, Revision)>,
    /// The version in force.
    pub(crate) running: Option<u64>,
    /// Another version whose documents are at hand, which was proven before.
    pub(crate) before: Option<u64>,
    pub(crate) generation: u64,
    pub(crate) pending: Vec<String>,
    /// True if what is in force is on probation.
    pub(crate) on_trial: bool,
    /// The versions that were refused, at this start or before it.
    pub(crate) refused: Vec<Refused>,
    /// True if the mark of the running version is on the disk.
    pub(crate) marked: bool,
    /// True if the note of a refusal is on the disk.
    pub(crate) noted: bool,
    /// The reason why all this is not from the store.
    pub(crate) stale: Option<Stale>,
}

/// The mark on the disk that a version is being tried, so that the end of the process counts against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) version: u64,
    /// The number of starts that have found the mark: before each, the process ended in no orderly way.
    pub(crate) starts: u32,
    /// The version of the program; another one may do better.
    pub(crate) build: String,
}

/// The note on the disk that a version was refused, where that came out only after it was in force: it is not tried
/// again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) refused: Refused,
    /// The version of the program; another one may do better.
    pub(crate) build: String,
}

/// Something that happened.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Event {
    /// The pointer was read; there may be none.
    Pointer(Option<(Target, Revision)>),
    /// The pointer could not be read, with the reason.
    PointerFailed(String),
    /// A version was read.
    Version(u64, Fetched),
    /// The store has something to say.
    Hint(Hint),
    /// A reload has ended: that of the version that was offered, or another one of the same documents.
    Outcome(Outcome),
    /// The configuration of this generation has proven itself.
    Proved(u64),
    /// The keys that differ from the fleet's documents.
    Drift(Vec<String>),
    /// Something else goes wrong on this machine, or no longer does.
    Trouble(Option<String>),
    /// The process ends in an orderly way.
    Leave,
    /// Time has passed.
    Time,
}

/// The outcome of reading a version.
#[derive(Clone, Debug)]
pub(crate) enum Fetched {
    /// Its documents are at hand.
    There,
    /// There is no such version.
    Missing,
    /// The store could not be reached.
    Unreachable(String),
    /// Its digest or signature is wrong, or it is not taken.
    Untrusted(String),
}

/// The outcome of a reload.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The documents are in force, but for the values that wait.
    Accepted { generation: u64, pending: Vec<String>, on_trial: bool },
    /// They were refused, and all is as it was.
    Refused { problems: Vec<NodeProblem> },
    /// The trial has failed, and the values of before are in force: those of this version, or of none.
    Ill { generation: u64, problems: Vec<NodeProblem>, in_force: Option<u64> },
    /// A change failed and could not be undone.
    Inconsistent { generation: u64, problems: Vec<NodeProblem> },
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Read the pointer.
    ReadPointer,
    /// Read a version.
    ReadVersion(u64),
    /// Write the mark to the disk, before anything that follows.
    Mark(Mark),
    /// Remove the mark.
    Unmark,
    /// Write the note of a refusal to the disk.
    Note(Note),
    /// Remove the note.
    Forget,
    /// Reload with the documents of this version, or without any; an [`Outcome`] is wanted. The rest names the cause.
    Offer { version: Option<u64>, detail: String, actor: Option<String> },
    /// Hand over the documents of this version again, or none, as if no other one had been offered; no outcome is
    /// wanted.
    Withdraw(Option<u64>),
    /// Keep these versions on the disk, and no others.
    Keep(BTreeSet<u64>),
    /// Tell the store this state instead of any one that it has not yet got.
    Tell(Box<NodeState>),
}
