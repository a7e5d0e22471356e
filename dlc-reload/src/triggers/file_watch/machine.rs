//! The decision when to look at the files again. Pure: events and the time come in, decisions go out.
//!
//! The rules, in the order in which they are tried:
//!
//! - A *complete* change (a close after writing, a rename into place, a link that points elsewhere) is
//!   looked at immediately.
//! - A *write* without a close makes a file unfinished. Its close is waited for, however long the
//!   writer pauses; only a writer that never stops, has been silent for so long that it must have
//!   forgotten the file, or keeps it open for a minute, is not. Where the platform tells nothing of
//!   closes, quiet alone decides.
//! - A directory that is *made* is for others to fill. A write in it that began before it was watched
//!   shows only in the file itself, for a moment.
//! - A file that is *gone* may be on its way back, so it is looked at a little later.
//! - A writer that is faster than the looks gets fewer and fewer of them.
//! - Files of one *directory* that is a source belong together, and are written one after the other. So a
//!   look waits until that burst is over.
//!
//! A look is only a question: the content decides whether anything changed.

mod content;
mod files;
mod pace;
mod reading;
mod settling;
mod throttle;

use std::{path::Path, time::Instant};

pub(crate) use self::pace::Pace;
use self::{
    content::Content,
    files::Files,
    reading::{Awaited, Reading},
    settling::Settling,
    throttle::Throttle,
};
use crate::reloader::Wholeness;

/// The kind of change of a name in a watched directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A regular file was created or written, and more may follow.
    Written,
    /// A regular file with content is there, and may have a writer or none.
    Appeared,
    /// The writer of the file has closed it.
    Closed,
    /// Something whole took the name: a rename or a link.
    Arrived,
    /// A directory was made, for others to fill.
    Made,
    /// The permissions of the file changed.
    Touched,
    /// The name was removed or renamed away.
    Gone,
}

/// The next thing for the watch thread to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Find out anew which directories to watch.
    Arm,
    /// Ask the reload thread to look.
    Look,
    /// Compare the content with what was looked at last.
    Poll,
    /// Nothing until then, or until something happens.
    Wait(Instant),
}

/// The state between events and looks.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) pace: Pace,
    pub(crate) files: Files,
    throttle: Throttle,
    settling: Settling,
    reading: Reading,
    pub(crate) content: Content,
    /// The time of the next look, if nothing happens before.
    look_at: Option<Instant>,
    /// True if the directories are to be found anew, because other files may take part now.
    pub(crate) must_arm: bool,
}

impl Machine {
    pub(crate) fn new(pace: Pace, digest: u64, now: Instant) -> Self {
        Self {
            pace,
            files: Files::default(),
            throttle: Throttle::new(now),
            settling: Settling::default(),
            reading: Reading::new(now),
            content: Content::new(digest, now + pace.poll),
            look_at: None,
            must_arm: false,
        }
    }

    /// Records a change of a name that leads to a file of a directory whose files belong together.
    pub(crate) fn event_in_directory(&mut self, path: &Path, sign: Sign, now: Instant) {
        self.settling.event(now);
        self.event(path, sign, now);
    }

    /// Records a change of a name that leads to a file.
    pub(crate) fn event(&mut self, path: &Path, sign: Sign, now: Instant) {
        // What is gone may be what was replaced, and is no sign of a writer that goes on.
        if sign != Sign::Gone {
            self.throttle.event();
        }
        self.files.missing.remove(path);
        match sign {
            Sign::Written | Sign::Appeared => {
                // A writer that never stops is waited for no longer.
                if self.files.written(path, sign == Sign::Appeared, &self.pace, now) {
                    self.reading.written();
                }
            }
            Sign::Closed => {
                self.reading.written();
                self.files.unfinished.remove(path);
                self.look_by(now);
            }
            // Its writer has still to close it.
            Sign::Touched if self.files.unfinished.contains_key(path) => {}
            Sign::Touched => self.look_by(now),
            Sign::Arrived => {
                self.reading.replaced();
                self.files.replaced(path);
                self.must_arm = true;
                self.look_by(now);
            }
            Sign::Made => {
                self.files.new_directories.insert(path.to_path_buf());
                self.look_soon(now);
            }
            // It is waited for until `absence` is over, unless no link leads there any more.
            Sign::Gone => {
                self.files.unfinished.remove(path);
                self.files.missing.insert(path.to_path_buf(), now);
                self.must_arm = true;
            }
        }
    }

    /// Records that events may have been lost, or that the watched directories are others now.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.throttle.event();
        self.reading.written();
        self.files.lost(now);
        // What is gone may be back, which shows when the directories are found anew.
        self.must_arm = true;
        self.look_by(now);
    }

    /// Asks for a look at a time, or earlier.
    pub(crate) fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Asks for a look after a moment, because the content may differ by a change from before it was
    /// watched, and its writer may be about to go on.
    pub(crate) fn look_soon(&mut self, now: Instant) {
        self.look_by(now + self.pace.rest);
    }

    /// Records a comparison of the content; returns true if it differs and a look follows.
    pub(crate) fn compared(&mut self, digest: u64, now: Instant) -> bool {
        let differs = self.content.compare(digest, &self.pace, now);
        if differs {
            self.look_by(now);
        }
        differs
    }

    /// Records that the reload thread begins to read, for whatever reason. Every event until now must
    /// be known.
    pub(crate) fn reading(&mut self, now: Instant) {
        let look_is_due = self.look_at.take_if(|at| *at <= now).is_some();
        self.reading.begin(look_is_due, now);
    }

    /// Returns the wholeness of what the reload thread has read, which `rests` if the content did not
    /// change meanwhile as far as it was compared.
    pub(crate) fn wholeness(&mut self, rests: bool, now: Instant) -> Wholeness {
        let is_due_later = self.files.due(&self.pace).any(|due| due > now);
        let awaited = if is_due_later || !self.files.new_directories.is_empty() {
            Some(Awaited::File)
        } else {
            self.settling.is_awaited(&self.pace, now).then_some(Awaited::Burst)
        };
        let wholeness = self.reading.wholeness(awaited, rests, &self.pace, now);
        if self.reading.needs_look() {
            self.look_by(now);
        }
        wholeness
    }

    /// Records that the reload thread has looked, for whatever reason; returns true if no look that
    /// it was asked for is left.
    pub(crate) fn looked(&mut self, now: Instant) -> bool {
        self.reading.end();
        // A reading that began before a look was asked for does not end that look.
        if let Some(asked_at) = self.throttle.end(self.reading.start, &self.pace, now) {
            self.files.looked(asked_at, &self.pace, now);
            self.settling.end();
        }
        !self.throttle.is_looking()
    }

    /// Returns true if nothing is left to look for.
    pub(crate) fn is_idle(&self) -> bool {
        let Files { unfinished, missing, .. } = &self.files;
        self.look_at.is_none() && unfinished.is_empty() && missing.is_empty()
    }

    /// Sets another pace, because watching works by events again, or no longer does.
    pub(crate) fn set_pace(&mut self, pace: Pace, now: Instant) {
        self.pace = pace;
        self.content.compare_at = now + pace.poll;
    }

    /// Returns the next thing to do now. To be called until that is to wait.
    pub(crate) fn decide(&mut self, now: Instant) -> Decision {
        // All else would delay the look that is under way. Its end wakes the watch thread.
        if self.throttle.is_looking() {
            return self.wait(None, now);
        }
        if self.files.due(&self.pace).any(|due| due <= now) {
            self.look_by(now);
        }
        if !self.files.new_directories.is_empty() {
            self.must_arm = false;
            return Decision::Arm;
        }
        if let Some(wanted_at) = self.look_at
            && self.allowed_at(wanted_at) <= now
        {
            self.look_at = None;
            self.throttle.begin(wanted_at, now);
            self.settling.begin(&self.pace, now);
            return Decision::Look;
        }
        // After the look, which it would delay. New watches ask for another one, so nothing is missed.
        if std::mem::take(&mut self.must_arm) {
            return Decision::Arm;
        }
        // A look that is due, and only has to wait, will find what differs by itself.
        let look_is_due = self.look_at.is_some_and(|at| at <= now);
        if self.content.compare_at <= now && !look_is_due {
            self.content.compare_at = now + self.pace.poll;
            return Decision::Poll;
        }
        self.wait(self.look_at.map(|at| self.allowed_at(at)), now)
    }

    /// Returns the time at which a look that is wanted at a time is allowed.
    fn allowed_at(&self, wanted_at: Instant) -> Instant {
        let settled_at = self.settling.settled_at(wanted_at, &self.pace);
        self.throttle.allowed_at(wanted_at).max(settled_at)
    }

    fn wait(&self, look_at: Option<Instant>, now: Instant) -> Decision {
        let due = self.files.due(&self.pace).chain([self.content.compare_at]);
        let until = due.filter(|due| *due > now).chain(look_at).min();
        Decision::Wait(until.unwrap_or_else(|| now + self.pace.poll))
    }
}

#[cfg(test)]
mod tests;
