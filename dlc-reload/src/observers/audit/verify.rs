//! The check of the chain of a whole log.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{
    chain::{Entry, Link, NOTHING},
    damage::Damage,
};
use crate::durable::{Failure, Lines, Place};

/// The number of findings that are listed; the rest is counted.
const LISTED: usize = 100;

/// Walks through an audit log, rotated files first, and checks that its lines are as they were written.
///
/// Every line is checked against its own hash, and its number and `previous` against the line
/// before. Where rotation has deleted the oldest files, the chain begins with the first line that is
/// there: see [`Verified::first_seq`]. A log that is written meanwhile is checked up to the line
/// that was the last one when the check began.
///
/// That the end was cut off, or all of it, shows by the lock file beside it, which knows the last line.
/// Neither shows that a user who can compute hashes wrote both files anew, and a copy has no such
/// file. Against that, note [`Verified::last_hash`] in another place from time to time, and check
/// that the log still has a line with it.
///
/// # Errors
///
/// Every damaged line, with its file and number; or a file that is absent or cannot be read.
pub fn verify(path: impl AsRef<Path>) -> Result<Verified, Broken> {
    let path = path.as_ref();
    let mut lines = Lines::of(path)?;
    let known = Link::noted(lines.note());
    if lines.is_absent() && known.is_none() {
        return Err(Failure::absent(path).into());
    }
    let mut walk = Walk { known, ..Walk::default() };
    let mut end = Place { path: path.into(), line: 0 };
    for line in &mut lines {
        let (place, text) = line?;
        walk.step(&place, &text);
        if place.path == end.path {
            end = place;
        }
    }
    end.line += 1;
    walk.end(&end, lines.torn())
}

/// An audit log in which every line is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The number of lines in all files.
    pub lines: u64,
    /// The number of the first line that is there: 1, unless older files were deleted, by rotation
    /// or otherwise; 0 for a log without lines.
    pub first_seq: u64,
    /// The number of the last line; 0 for a log without lines.
    pub last_seq: u64,
    /// The hash of the last line, to be noted in another place; 64 zeros for a log without lines.
    pub last_hash: String,
    /// The file and line that was being written when a process or the machine stopped, if the next
    /// append has not cut it off yet. That is no damage: the line never was in the log.
    pub torn: Option<(PathBuf, u64)>,
    /// The number of lines without the report that they stand for, which was too large: they have its digest
    /// (`left_out`).
    pub left_out: u64,
    /// The file and line of the first hundred of these.
    pub left_out_at: Vec<(PathBuf, u64)>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, first_seq, last_seq, last_hash, torn, left_out, left_out_at } = self;
        write!(f, "{lines} lines, {first_seq} to {last_seq}, last hash {last_hash}")?;
        if let Some((path, line)) = torn {
            write!(f, ", and {}:{line} was never finished", path.display())?;
        }
        if *left_out > 0 {
            let places =
                left_out_at.iter().map(|(path, line)| format!("{}:{line}", path.display()));
            let places = places.collect::<Vec<_>>().join(", ");
            write!(f, ", the report is left out at {places}")?;
        }
        let listed = u64::try_from(left_out_at.len()).unwrap_or_default();
        match left_out.saturating_sub(listed) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The error of an audit log that cannot be relied on: it was changed, or it cannot be read.
///
/// `Display` and `Debug` list every finding, one a line: `audit.jsonl:3: …`.
pub struct Broken(Box<Kind>);

enum Kind {
    Changed { findings: Vec<Finding>, more: u64 },
    Unreadable(Failure),
}

impl Broken {
    /// Returns what is wrong, in the order of the lines, and no more than the first hundred; empty
    /// where the log cannot be read.
    pub fn findings(&self) -> &[Finding] {
        match &*self.0 {
            Kind::Changed { findings, .. } => findings,
            Kind::Unreadable(_) => &[],
        }
    }

    /// Returns true if a file is absent or cannot be read, so that nothing is known of its content.
    pub fn is_unreadable(&self) -> bool {
        matches!(*self.0, Kind::Unreadable(_))
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self(Box::new(Kind::Unreadable(failure)))
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Unreadable(failure) => failure.fmt(f),
            Kind::Changed { findings, more } => {
                for (at, finding) in findings.iter().enumerate() {
                    write!(f, "{}{finding}", if at > 0 { "\n" } else { "" })?;
                }
                if *more > 0 {
                    write!(f, "\nand {more} more")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Broken {}

/// A damaged line of an audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// The line of the file, from one.
    pub line: u64,
    /// The kind of the damage.
    pub damage: Damage,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.damage)
    }
}

/// The state of a check that goes from line to line, without files.
#[derive(Default)]
struct Walk {
    lines: u64,
    first: Option<u64>,
    last: Option<Link>,
    /// The last line by the lock file, unless a line in its place was found.
    known: Option<Link>,
    /// The number of lines after `last` that could not be read.
    unread: u64,
    left_out: u64,
    left_out_at: Vec<(PathBuf, u64)>,
    findings: Vec<Finding>,
    more: u64,
}

impl Walk {
    fn step(&mut self, place: &Place, text: &[u8]) {
        self.lines += 1;
        let damage = match Entry::read(text) {
            Ok(entry) => {
                if entry.left_out {
                    self.left_out += 1;
                    if self.left_out_at.len() < LISTED {
                        self.left_out_at.push((place.path.to_path_buf(), place.line));
                    }
                }
                self.follow(entry)
            }
            Err(damage) => {
                self.unread += 1;
                Some(damage)
            }
        };
        if let Some(damage) = damage {
            self.find(place, damage);
        }
    }

    fn find(&mut self, place: &Place, damage: Damage) {
        if self.findings.len() == LISTED {
            self.more += 1;
            return;
        }
        let (path, line) = (place.path.to_path_buf(), place.line);
        self.findings.push(Finding { path, line, damage });
    }

    /// Checks the place in the chain of a line that is itself as it was written.
    fn follow(&mut self, entry: Entry) -> Option<Damage> {
        let Entry { seq, previous, gone, hash, .. } = entry;
        // The place of the known line may hold another one, which is as well made.
        let replaced =
            self.known.take_if(|known| known.seq == seq).filter(|known| known.hash != hash);
        let damage = match &self.last {
            // Here the chain begins, or rotation has deleted what was before.
            None => (seq == 1 && previous != NOTHING).then_some(Damage::Replaced),
            Some(last) => {
                let next = last.seq.saturating_add(1);
                // Each line that could not be read was part of the chain, or was inserted.
                let latest = next.saturating_add(self.unread);
                if seq < next {
                    // What follows belongs to the line before this one.
                    return Some(Damage::Misplaced { seq });
                }
                if seq > latest {
                    Some(Damage::Removed { first: latest, last: seq - 1 })
                } else {
                    (seq == next && previous != last.hash).then_some(Damage::Replaced)
                }
            }
        };
        self.first.get_or_insert(seq);
        self.last = Some(Link { seq, hash });
        self.unread = 0;
        damage.or_else(|| gone.or(replaced).map(Link::gone))
    }

    fn end(mut self, end: &Place, torn: Option<&Place>) -> Result<Verified, Broken> {
        // A line that cannot be read may be the known one, and one before the first was deleted by rotation.
        let latest = self.last.as_ref().map_or(0, |last| last.seq).saturating_add(self.unread);
        if let Some(known) = self.known.take_if(|known| known.seq > latest) {
            self.find(end, known.gone());
        }
        let Self { lines, first, last, left_out, left_out_at, findings, more, .. } = self;
        if !findings.is_empty() {
            return Err(Broken(Box::new(Kind::Changed { findings, more })));
        }
        let last = last.unwrap_or_else(Link::start);
        Ok(Verified {
            lines,
            first_seq: first.unwrap_or_default(),
            last_seq: last.seq,
            last_hash: last.hash,
            torn: torn.map(|place| (place.path.to_path_buf(), place.line)),
            left_out,
            left_out_at,
        })
    }
}

impl Link {
    fn gone(self) -> Damage {
        let Self { seq, hash } = self;
        Damage::Gone { seq, hash }
    }
}

#[cfg(test)]
mod tests;
