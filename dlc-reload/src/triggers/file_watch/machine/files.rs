//! The files whose writers are not done with them, as far as the events tell.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    time::Instant,
};

use super::Pace;

/// The files and directories that are waited for.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The files that were written and not closed.
    pub(crate) unfinished: HashMap<PathBuf, Unfinished>,
    /// The files that were removed, and the time of it.
    pub(crate) missing: HashMap<PathBuf, Instant>,
    /// The directories that were made, and are perhaps not watched yet.
    pub(super) new_directories: HashSet<PathBuf>,
}

/// A file that was written and not closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unfinished {
    /// The first write, or the last look at the file.
    first_write: Instant,
    /// The same, or the first write after the last pause.
    burst_start: Instant,
    last_write: Instant,
    /// True if its close may have come before its first event, or among events that were lost.
    maybe_closed: bool,
}

impl Unfinished {
    /// Returns the time at which the file is looked at although its writer has not closed it.
    fn due(self, pace: &Pace) -> Instant {
        let silence = if self.maybe_closed { pace.silence.min(pace.pause) } else { pace.silence };
        let silent = self.last_write + silence;
        let endless = self.burst_start + pace.longest_burst;
        // A writer that pauses is waited for; one that did not for so long never will.
        let due =
            if endless <= self.last_write + pace.pause { endless.min(silent) } else { silent };
        due.min(self.first_write + pace.longest_wait)
    }
}

impl Files {
    /// Records a write, or the sight of a file with content; returns true if the writer's close is
    /// waited for.
    pub(super) fn written(&mut self, path: &Path, seen: bool, pace: &Pace, now: Instant) -> bool {
        let new =
            Unfinished { first_write: now, burst_start: now, last_write: now, maybe_closed: seen };
        let file = self.unfinished.entry(path.to_path_buf()).or_insert(new);
        // After a pause a new burst begins, but the longest wait does not begin again.
        if now.duration_since(file.last_write) > pace.pause {
            file.burst_start = now;
        }
        file.last_write = now;
        file.maybe_closed &= seen;
        file.due(pace) > now
    }

    /// Records that something whole took a name.
    pub(super) fn replaced(&mut self, path: &Path) {
        self.unfinished.remove(path);
        // A directory that was made beside it before was made for it, as the next version of a
        // ConfigMap is for the link to it, and is whole.
        self.new_directories.retain(|made| made.parent() != path.parent());
    }

    /// Records that events were lost.
    pub(super) fn lost(&mut self, now: Instant) {
        // A file stays unfinished, for all that is known, and its burst goes on: otherwise a writer
        // that loses events all the time would never be an endless one.
        for file in self.unfinished.values_mut() {
            (file.last_write, file.maybe_closed) = (now, true);
        }
    }

    /// Records a look that was asked for at a time: every file that was due by then is waited for no
    /// longer, or anew if its writer goes on.
    pub(super) fn looked(&mut self, asked_at: Instant, pace: &Pace, now: Instant) {
        self.unfinished.retain(|_, file| {
            if file.due(pace) > asked_at {
                return true;
            }
            (file.first_write, file.burst_start) = (now, now);
            file.last_write + pace.pause > now
        });
        self.missing.retain(|_, since| *since + pace.absence > asked_at);
    }

    /// Takes the directories that were made, for the caller to watch them. No reading counts as whole
    /// before.
    pub(crate) fn take_new_directories(&mut self) -> HashSet<PathBuf> {
        std::mem::take(&mut self.new_directories)
    }

    /// Returns the time at which each unfinished or missing file is looked at all the same.
    pub(super) fn due(&self, pace: &Pace) -> impl Iterator<Item = Instant> {
        let unfinished = self.unfinished.values().map(|file| file.due(pace));
        unfinished.chain(self.missing.values().map(|since| *since + pace.absence))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A name, the milliseconds at which a file is written (`true`) or seen, and those at which it is
    /// due.
    type Case<'a> = (&'a str, &'a [(u64, bool)], u64);

    #[test]
    fn an_unfinished_file_is_due_once_its_writer_was_waited_for() {
        let often: Vec<_> = (0..=20).map(|turn| (turn * 500, true)).collect();
        let seldom: Vec<_> = (0..=30).map(|turn| (turn * 2_000, true)).collect();
        let cases: &[Case<'_>] = &[
            ("a write", &[(0, true)], 10_000),
            ("two writes", &[(0, true), (3_000, true)], 13_000),
            ("a file that is seen", &[(0, false)], 1_000),
            ("a file that is seen and written", &[(0, false), (500, true)], 10_500),
            ("a file that is written and seen", &[(0, true), (500, false)], 10_500),
            ("a writer that never pauses", &often, 10_000),
            ("a writer that pauses and never stops", &seldom, 60_000),
        ];
        for (name, writes, expected) in cases {
            let start = Instant::now();
            let mut files = Files::default();
            for (ms, written) in *writes {
                let now = start + Duration::from_millis(*ms);
                files.written(Path::new("a"), !written, &Pace::CLOSES, now);
            }
            let due: Vec<_> = files.due(&Pace::CLOSES).map(|due| due - start).collect();
            assert_eq!(due, [Duration::from_millis(*expected)], "{name}");
        }
    }
}
