//! The memory of a node over a restart, and the version that it begins with: without files, clocks and stores, so that
//! the simulation starts its nodes by the same rules.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    agent::{Mark, Note},
    choice::choose,
    state::{Because, NodeProblem, Refused},
    target::Target,
};

/// The number of starts that find the mark of a version until it counts as one that kills the process.
const MOST_STARTS: u32 = 2;

/// The things that a node remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// The version that was in force last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) running: Option<u64>,
    /// The version that was proven before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<u64>,
    /// The mark of the version that is being tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<Mark>,
    /// The note of the version that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Note>,
}

impl Memory {
    /// Counts a start of this build against the version whose mark is found, and forgets what is about another program
    /// or is to be tried again.
    pub(super) fn count(&mut self, build: &str, retries: u64) {
        let Self { mark, note, .. } = self;
        mark.take_if(|mark| mark.build != build);
        note.take_if(|note| note.build != build || note.refused.retries < retries);
        if let Some(mark) = mark {
            mark.starts += 1;
        }
        if let Some(mark) = mark.take_if(|mark| mark.starts >= MOST_STARTS) {
            let message = "the process ended twice while it was tried, and not in an orderly way: see its error output and that of the system";
            let problem = NodeProblem { key: None, place: None, message: message.to_owned() };
            let (because, problems) = (Because::Killed, vec![problem]);
            let refused = Refused { version: mark.version, because, retries, problems };
            *note = Some(Note { refused, build: mark.build });
        }
    }

    /// Returns what to begin with, the best first: a version, or `None` for no version at all. `is_fresh` says that the
    /// pointer is the one that the store has now.
    ///
    /// A version that was refused here is left out. What the pointer names as proven comes last all the same: a version
    /// that the rest of the fleet runs well, or none where none was promoted yet. Where nobody knows the pointer, there
    /// is to be a version. Nor is there to be none after a version that the store did not hand over because it was
    /// away.
    pub(super) fn options(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        target: Option<&Target>,
        is_fresh: bool,
        refused: &[Refused],
    ) -> VecDeque<Option<u64>> {
        let asked = target.and_then(|target| choose(target, name, labels, self.running));
        let is_pinned = target.is_some_and(|target| target.pins.contains_key(name));
        let stable = target.and_then(|target| target.stable).filter(|_| !is_pinned);
        let ran = [self.running, self.before].into_iter().flatten();
        let aborted = target.and_then(Target::aborted);
        let ran = ran.filter(|it| Some(*it) != aborted);
        let good = asked.into_iter().chain(stable).chain(ran);
        let good = good.filter(|it| refused.iter().all(|refused| refused.version != *it));
        let last = match target {
            Some(target) => Some(target.stable),
            None => is_fresh.then_some(None),
        };
        let mut options = VecDeque::new();
        for option in good.map(Some).chain(last) {
            if !options.contains(&option) {
                options.push_back(option);
            }
        }
        options
    }

    /// Takes note of what a start begins with, and marks the version if it is not proven here. The one that was proven
    /// before is to go back to if its documents are at hand.
    pub(super) fn begin(
        &mut self,
        version: Option<u64>,
        build: &str,
        refused: &[Refused],
        is_at_hand: impl FnMut(&u64) -> bool,
    ) {
        let Self { running, before, mark, .. } = self;
        // What is tried, or was refused, is not proven, though it was in force.
        let tried = mark.as_ref().map(|mark| mark.version);
        let doubtful: Vec<_> = refused.iter().map(|it| it.version).chain(tried).collect();
        let ran = [*running, *before].into_iter().flatten();
        let proven: Vec<_> = ran.filter(|it| !doubtful.contains(it)).collect();
        let marked = mark.take_if(|mark| Some(mark.version) == version);
        let fresh = |version| Mark { version, starts: 0, build: build.to_owned() };
        *mark = marked.or_else(|| version.filter(|it| !proven.contains(it)).map(fresh));
        *running = version;
        let other = proven.into_iter().filter(|it| version.is_some_and(|version| version != *it));
        *before = other.take(1).find(is_at_hand);
    }
}
