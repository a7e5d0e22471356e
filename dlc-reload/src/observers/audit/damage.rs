//! The kinds of damage to a log.

use std::fmt;

/// The kinds of damage to a line of an audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// Its text does not match its hash.
    Edited,
    /// It is no JSON.
    NotJson,
    /// Lines before it are gone.
    Removed {
        /// The number of the first one.
        first: u64,
        /// The number of the last one.
        last: u64,
    },
    /// It was added, repeated or moved.
    Misplaced {
        /// The number that it says it has.
        seq: u64,
    },
    /// It was not written after the line that is before it now: one of them was written anew.
    Replaced,
    /// A line that had been the last one is gone from the end before this place: the log was deleted, cut off or
    /// replaced by an older copy there.
    Gone {
        /// The number of the line that is gone.
        seq: u64,
        /// The hash of the line that is gone.
        hash: String,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited => f.write_str("the line was edited, its text does not match its hash"),
            Self::NotJson => f.write_str("not JSON, the line was edited or inserted"),
            Self::Removed { first, last } if first == last => {
                write!(f, "line {first} of the chain was removed before this one")
            }
            Self::Removed { first, last } => {
                write!(f, "lines {first} to {last} of the chain were removed before this one")
            }
            Self::Misplaced { seq } => {
                write!(f, "line {seq} of the chain was inserted, repeated or moved here")
            }
            Self::Replaced => f.write_str(
                "`previous` is not the hash of the line before, one of the two was replaced",
            ),
            Self::Gone { seq, hash } => write!(
                f,
                "line {seq} of the chain, with the hash {hash}, had been the last one and is gone: the log was deleted, cut off or replaced before this place"
            ),
        }
    }
}
