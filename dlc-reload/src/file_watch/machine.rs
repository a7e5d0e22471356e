//! When to look at the files again. Pure: events and the time come in, decisions go out.
//!
//! The rules, in the order in which they are tried:
//!
//! - A *complete* change (a close after writing, a rename into place, a link that points elsewhere) is
//!   looked at immediately.
//! - A *write* without a close makes a file unfinished. Its close is waited for, however long the
//!   writer pauses; only a writer that never stops, has been silent for so long that it must have
//!   forgotten the file, or keeps it open for a minute, is not. Where the platform tells nothing of
//!   closes, quiet alone decides.
//! - A directory that is *made* is for others to fill. What they began before it was watched is a
//!   write of which only the file tells, for a moment.
//! - A file that is *gone* may be on its way back, so it is looked at a little later.
//! - A writer that is faster than the looks gets fewer and fewer of them.
//!
//! A look is only a question: the content decides whether anything changed.

mod pace;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub(crate) use self::pace::Pace;
use crate::reloader::watcher::Wholeness;

/// What happened to a name in a watched directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A regular file was created or written, and more may follow.
    Written,
    /// A regular file is there that holds something. Nobody knows whether it has a writer.
    Appeared,
    /// Whoever wrote the file has closed it.
    Closed,
    /// Something whole took the name: a rename or a link.
    Arrived,
    /// A directory was made, for others to fill.
    Made,
    /// Who may read the file changed.
    Touched,
    /// The name was removed or renamed away.
    Gone,
}

/// What to do next.
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

/// An unfinished file.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    /// When its writer began.
    first: Instant,
    /// When its writer began, or went on after a pause.
    since: Instant,
    /// When its writer was last heard of.
    last: Instant,
    /// Whether its close may have been before anybody heard of it, or among events that were lost.
    doubtful: bool,
}

impl Unfinished {
    /// When the file is looked at although its writer has not closed it.
    fn due(self, pace: &Pace) -> Instant {
        let silence = if self.doubtful { pace.silence.min(pace.pause) } else { pace.silence };
        let silent = self.last + silence;
        let endless = self.since + pace.endless;
        // A writer that pauses is waited for; one that did not for so long never will.
        let due = if endless <= self.last + pace.pause { endless.min(silent) } else { silent };
        due.min(self.first + pace.most)
    }
}

/// Readings in a row that were torn.
#[derive(Clone, Copy, Debug)]
struct Streak {
    since: Instant,
    last: Instant,
}

/// The state between events and looks.
#[derive(Debug)]
pub(crate) struct Machine {
    pace: Pace,
    unfinished: HashMap<PathBuf, Unfinished>,
    /// Files that are gone, and since when.
    gone: HashMap<PathBuf, Instant>,
    /// Directories that were made, and are perhaps not watched yet.
    made: HashSet<PathBuf>,
    /// When to look, if nothing else happens before.
    look_at: Option<Instant>,
    arm: bool,
    /// When the reload thread was asked, if it has not answered yet.
    looking: Option<Instant>,
    /// Whether something happened since it was asked.
    disturbed: bool,
    /// How long to leave the reload thread alone after a look.
    gap: Duration,
    /// No look before this.
    not_before: Option<Instant>,
    /// When the reload thread began to read.
    began: Instant,
    /// Whether a look was due by then, which this reading does as well as another one.
    covered: bool,
    /// What happened since then.
    meanwhile: Wholeness,
    torn: Option<Streak>,
    /// Whether the last answer was that what was read counts.
    counts: bool,
    poll_at: Instant,
    /// The content that was looked at last, if it was compared then.
    stamp: Option<u64>,
    /// Whether the content went on changing when it was compared then.
    restless: bool,
    /// Content that differs from it, and since when there was such.
    doubt: Option<(u64, Instant)>,
}

impl Machine {
    pub(crate) fn new(pace: Pace, stamp: u64, now: Instant) -> Self {
        Self {
            pace,
            unfinished: HashMap::new(),
            gone: HashMap::new(),
            made: HashSet::new(),
            look_at: None,
            arm: false,
            looking: None,
            disturbed: false,
            gap: Duration::ZERO,
            not_before: None,
            began: now,
            covered: false,
            meanwhile: Wholeness::Whole,
            torn: None,
            counts: true,
            poll_at: now + pace.poll,
            stamp: Some(stamp),
            restless: false,
            doubt: None,
        }
    }

    /// Something happened to a name that leads to a file.
    pub(crate) fn event(&mut self, path: &Path, sign: Sign, now: Instant) {
        // What is gone may be what was replaced, and is no sign of a writer that goes on.
        self.disturbed |= self.looking.is_some() && sign != Sign::Gone;
        self.gone.remove(path);
        match sign {
            Sign::Written | Sign::Appeared => {
                let known = self.unfinished.get(path);
                // After a pause, the writer begins anew, but the patience with it does not.
                let since = known
                    .filter(|known| now.duration_since(known.last) <= self.pace.pause)
                    .map_or(now, |known| known.since);
                let first = known.map_or(now, |known| known.first);
                let doubtful = sign == Sign::Appeared && known.is_none_or(|known| known.doubtful);
                let unfinished = Unfinished { first, since, last: now, doubtful };
                // Who never stops is not waited for any longer.
                if unfinished.due(&self.pace) > now {
                    self.meanwhile = Wholeness::Torn;
                }
                self.unfinished.insert(path.to_path_buf(), unfinished);
            }
            Sign::Closed => {
                self.meanwhile = Wholeness::Torn;
                self.unfinished.remove(path);
                self.look_by(now);
            }
            // Whoever writes it has still to close it.
            Sign::Touched if self.unfinished.contains_key(path) => {}
            Sign::Touched => self.look_by(now),
            Sign::Arrived => {
                self.replaced();
                self.unfinished.remove(path);
                // What was made beside it before was made for it, as the next version of a ConfigMap
                // is for the link to it, and is whole.
                self.made.retain(|made| made.parent() != path.parent());
                self.arm = true;
                self.look_by(now);
            }
            Sign::Made => {
                self.made.insert(path.to_path_buf());
                self.differs_soon(now);
            }
            // It is waited for, unless nothing leads there any more, and then it is no matter.
            Sign::Gone => {
                self.unfinished.remove(path);
                self.gone.insert(path.to_path_buf(), now);
                self.arm = true;
            }
        }
    }

    fn replaced(&mut self) {
        if self.meanwhile == Wholeness::Whole {
            self.meanwhile = Wholeness::Mixed;
        }
    }

    /// Events may have been lost, or the watched directories are others now.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.disturbed |= self.looking.is_some();
        self.meanwhile = Wholeness::Torn;
        // Still unfinished, for all that is known, and the writer has not begun anew: it would never
        // be endless if it loses events all the time.
        for unfinished in self.unfinished.values_mut() {
            (unfinished.last, unfinished.doubtful) = (now, true);
        }
        // What is gone may be back; whoever arms sees that.
        self.arm = true;
        self.look_by(now);
    }

    /// Other names lead to the files now, and other files are missing; what happens to the rest is
    /// nothing to wait for.
    pub(crate) fn heed(
        &mut self,
        leads: impl Fn(&Path) -> bool,
        is_missing: impl Fn(&Path) -> bool,
    ) {
        self.unfinished.retain(|path, _| leads(path));
        self.gone.retain(|path, _| is_missing(path));
    }

    /// The directories that were made, for whoever watches them now. Nothing counts before.
    pub(crate) fn take_made(&mut self) -> HashSet<PathBuf> {
        std::mem::take(&mut self.made)
    }

    /// How recent a write may be whose writer is waited for although nobody heard of it.
    pub(crate) const fn recent(&self) -> Duration {
        self.pace.pause
    }

    /// What is gone there is nothing to wait for. What is back is: it was perhaps read before.
    pub(crate) fn forget_gone(&mut self, is_elsewhere: impl Fn(&Path) -> bool) {
        self.gone.retain(|path, _| !is_elsewhere(path));
    }

    /// Whether a file is gone that may be on its way back.
    pub(crate) fn misses_any(&self) -> bool {
        !self.gone.is_empty()
    }

    /// Other files may take part now.
    pub(crate) fn rearm(&mut self) {
        self.arm = true;
    }

    /// The content is known to differ from what was looked at last.
    pub(crate) fn differs(&mut self, now: Instant) {
        self.look_by(now);
    }

    /// The content was compared. It counts once it has come to rest, or never does; answers whether
    /// it differs then.
    pub(crate) fn compared(&mut self, stamp: u64, now: Instant) -> bool {
        if self.stamp == Some(stamp) {
            self.doubt = None;
            return false;
        }
        let rests = self.doubt.is_some_and(|(last, _)| last == stamp);
        let since = self.doubt.map_or(now, |(_, since)| since);
        if rests || since + self.pace.endless <= now {
            self.restless = !rests;
            self.stamp = Some(stamp);
            self.doubt = None;
            self.look_by(now);
            return true;
        }
        self.doubt = Some((stamp, since));
        self.poll_at = self.poll_at.min(now + self.pace.rest);
        false
    }

    /// Whether the content is what made the look worth while, or never rests anyway.
    pub(crate) fn is_as_compared(&self, stamp: u64) -> bool {
        self.restless || self.stamp == Some(stamp)
    }

    /// The content was looked at without being compared. It may be what it was when that was done
    /// last, and may be so again after a change that nobody saw.
    pub(crate) fn not_compared(&mut self) {
        self.stamp = None;
    }

    /// The content may differ by what happened before it was watched, and whoever did that may be
    /// about to go on.
    pub(crate) fn differs_soon(&mut self, now: Instant) {
        self.look_by(now + self.pace.rest);
    }

    /// The reload thread has looked, for whatever reason; answers whether no look that it was asked
    /// for is left.
    pub(crate) fn looked(&mut self, now: Instant) -> bool {
        // Only now: what counted for a while may have been torn by the time it was examined.
        self.torn.take_if(|_| self.counts);
        self.covered = false;
        // What began to be read before it was asked is no answer.
        let Some(asked) = self.looking.take_if(|asked| *asked <= self.began) else {
            return self.looking.is_none();
        };
        // What was due then has been looked at. Should a writer go on, it has begun anew.
        let pace = self.pace;
        self.unfinished.retain(|_, unfinished| {
            if unfinished.due(&pace) > asked {
                return true;
            }
            (unfinished.first, unfinished.since) = (now, now);
            unfinished.last + pace.pause > now
        });
        self.gone.retain(|_, since| *since + pace.absence > asked);
        // Twice as long each time the writer was faster, and slowly back when it was not: one look in
        // between two writes does not make it a slow one.
        self.gap = if std::mem::take(&mut self.disturbed) {
            (self.gap * 2).clamp(Duration::from_millis(1), self.pace.gap)
        } else {
            self.gap * 3 / 4
        };
        self.not_before = Some(now + self.gap);
        true
    }

    /// Whether nothing is left to look for.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.look_at.is_none() && self.unfinished.is_empty() && self.gone.is_empty()
    }

    /// The reload thread begins to read, for whatever reason. Every event until now is known.
    pub(crate) fn reading(&mut self, now: Instant) {
        self.began = now;
        self.covered |= self.look_at.take_if(|at| *at <= now).is_some();
        self.meanwhile = Wholeness::Whole;
    }

    /// How whole it is what the reload thread has read. Whatever was read while somebody was in the
    /// middle of writing or replacing a file may be half of something, and whatever did not rest.
    pub(crate) fn wholeness(&mut self, rests: bool, now: Instant) -> Wholeness {
        let awaits = !self.made.is_empty() || self.awaited().any(|due| due > now);
        let torn = awaits || self.meanwhile == Wholeness::Torn;
        if torn {
            // They follow each other if the next one began soon, however long it takes.
            let known = self.torn.filter(|torn| self.began <= torn.last + self.pace.pause);
            let since = known.map_or(now, |torn| torn.since);
            self.torn = Some(Streak { since, last: now });
        }
        let lasts = |limit| self.torn.is_some_and(|torn| torn.since + limit <= now);
        // Writers that close their files and never stop are not waited for any longer, and nobody is
        // for ever.
        let waited = !awaits && lasts(self.pace.endless) || lasts(self.pace.most);
        self.counts = rests && (!torn || waited);
        if self.covered && !self.counts {
            self.look_by(now);
        }
        match self.meanwhile {
            _ if !self.counts => Wholeness::Torn,
            Wholeness::Torn => Wholeness::Mixed,
            whole_or_mixed => whole_or_mixed,
        }
    }

    /// When each file that is not as its writer wants it is looked at all the same.
    fn awaited(&self) -> impl Iterator<Item = Instant> {
        let unfinished = self.unfinished.values().map(|unfinished| unfinished.due(&self.pace));
        unfinished.chain(self.gone.values().map(|since| *since + self.pace.absence))
    }

    /// Watching changed its pace: it works by events again, or no longer does.
    pub(crate) fn set_pace(&mut self, pace: Pace, now: Instant) {
        self.pace = pace;
        self.poll_at = now + pace.poll;
    }

    /// What to do now. Ask until the answer is to wait.
    pub(crate) fn decide(&mut self, now: Instant) -> Decision {
        if self.looking.is_none() && self.awaited().any(|due| due <= now) {
            self.look_by(now);
        }
        if !self.made.is_empty() && self.looking.is_none() {
            self.arm = false;
            return Decision::Arm;
        }
        let look_at =
            self.look_at.map(|at| self.not_before.map_or(at, |not_before| at.max(not_before)));
        if let Some(at) = look_at.filter(|_| self.looking.is_none())
            && at <= now
        {
            // Something happened before this look was allowed: its writer is faster.
            self.disturbed = self.look_at.take() < self.not_before;
            self.looking = Some(now);
            return Decision::Look;
        }
        // After the look, which it would delay. New watches ask for another one, so nothing is missed.
        if self.arm && self.looking.is_none() {
            self.arm = false;
            return Decision::Arm;
        }
        // What a look that is under way or due finds, differs from what was known before.
        let finds = self.looking.is_some() || self.look_at.is_some_and(|at| at <= now);
        if self.poll_at <= now && !finds {
            self.poll_at = now + self.pace.poll;
            return Decision::Poll;
        }
        let look_at = look_at.filter(|_| self.looking.is_none());
        // What is due already is done as soon as the reload thread has answered, which wakes who waits.
        let due = self.awaited().chain(Some(self.poll_at)).filter(|due| *due > now);
        let until = due.chain(look_at).min();
        Decision::Wait(until.unwrap_or_else(|| now + self.pace.poll))
    }

    fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }
}

#[cfg(test)]
mod tests;
