//! When to look at the files again. Pure: events and the time come in, decisions go out.
//!
//! The rules, in the order in which they are tried:
//!
//! - A *complete* change (a close after writing, a rename into place, a link that points elsewhere) is
//!   looked at immediately.
//! - A *write* without a close makes a file unfinished. Its close is waited for, however long the
//!   writer pauses; only a writer that never stops, or has been silent for so long that it must have
//!   forgotten the file, is not. Where the platform tells nothing of closes, quiet alone decides.
//! - A file that is *gone* may be on its way back, so it is looked at a little later.
//! - A writer that is faster than the looks gets fewer and fewer of them.
//!
//! A look is only a question: the content decides whether anything changed.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What happened to a name in a watched directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A regular file was created or written, and more may follow.
    Written,
    /// Whoever wrote the file has closed it.
    Closed,
    /// Something whole took the name: a rename, a link, a directory.
    Arrived,
    /// Who may read the file changed.
    Touched,
    /// The name was removed or renamed away.
    Gone,
}

/// How long to wait for what. Times that hold for one platform and load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long an unfinished file must be silent before it counts as forgotten by its writer.
    pub(crate) silence: Duration,
    /// A writer that pauses no longer than this never stops.
    pub(crate) pause: Duration,
    /// How long a writer that never stops can put off a look.
    pub(crate) endless: Duration,
    /// How long a file that is gone may take to come back.
    pub(crate) absence: Duration,
    /// The longest gap between looks when a writer is faster than they are.
    pub(crate) gap: Duration,
    /// How often the content is compared although nothing happened.
    pub(crate) poll: Duration,
}

impl Pace {
    /// For platforms that tell when a writer closes a file.
    pub(crate) const CLOSES: Self = Self {
        silence: Duration::from_secs(10),
        pause: Duration::from_secs(1),
        endless: Duration::from_secs(10),
        absence: Duration::from_secs(1),
        gap: Duration::from_millis(100),
        poll: Duration::from_secs(30),
    };

    /// For platforms that do not.
    #[cfg_attr(
        all(target_os = "linux", not(test)),
        expect(dead_code, reason = "Linux tells of closes")
    )]
    pub(crate) const QUIET: Self = Self {
        silence: Duration::from_millis(100),
        pause: Duration::from_millis(100),
        endless: Duration::from_secs(2),
        ..Self::CLOSES
    };

    /// For files whose changes cause no events.
    pub(crate) const POLLING: Self = Self { poll: Duration::from_secs(2), ..Self::CLOSES };
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

/// An unfinished file: when its writer began, and when it was last heard of.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    since: Instant,
    last: Instant,
}

impl Unfinished {
    /// When the file is looked at although its writer has not closed it.
    fn due(self, pace: &Pace) -> Instant {
        let silent = self.last + pace.silence;
        let endless = self.since + pace.endless;
        // A writer that pauses is waited for; one that did not for so long never will.
        if endless <= self.last + pace.pause { endless.min(silent) } else { silent }
    }
}

/// The state between events and looks.
#[derive(Debug)]
pub(crate) struct Machine {
    pace: Pace,
    unfinished: HashMap<PathBuf, Unfinished>,
    /// Files that are gone, and since when.
    gone: HashMap<PathBuf, Instant>,
    /// When to look, if nothing else happens before.
    look_at: Option<Instant>,
    arm: bool,
    /// Whether the reload thread was asked and has not answered yet.
    looking: bool,
    /// Whether something happened since it was asked.
    disturbed: bool,
    /// How long to leave the reload thread alone after a look.
    gap: Duration,
    /// No look before this.
    not_before: Option<Instant>,
    poll_at: Instant,
}

impl Machine {
    pub(crate) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            unfinished: HashMap::new(),
            gone: HashMap::new(),
            look_at: None,
            arm: true,
            looking: false,
            disturbed: false,
            gap: Duration::ZERO,
            not_before: None,
            poll_at: now + pace.poll,
        }
    }

    /// Something happened to a name that leads to a file.
    pub(crate) fn event(&mut self, path: &Path, sign: Sign, now: Instant) {
        self.disturbed |= self.looking;
        self.gone.remove(path);
        match sign {
            Sign::Written => {
                let known = self.unfinished.get(path);
                // After a pause, the writer begins anew.
                let since = known
                    .filter(|known| now.duration_since(known.last) <= self.pace.pause)
                    .map_or(now, |known| known.since);
                self.unfinished.insert(path.to_path_buf(), Unfinished { since, last: now });
            }
            Sign::Closed | Sign::Touched => {
                self.unfinished.remove(path);
                self.look_by(now);
            }
            Sign::Arrived => {
                self.unfinished.remove(path);
                self.arm = true;
                self.look_by(now);
            }
            Sign::Gone => {
                self.unfinished.remove(path);
                self.gone.insert(path.to_path_buf(), now);
                self.arm = true;
            }
        }
    }

    /// Events may have been lost, or the watched directories are others now.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.disturbed |= self.looking;
        self.unfinished.clear();
        self.gone.clear();
        self.arm = true;
        self.look_by(now);
    }

    /// Other names lead to the files now; what happens to the rest is nothing to wait for.
    pub(crate) fn armed(&mut self, leads: impl Fn(&Path) -> bool) {
        self.unfinished.retain(|path, _| leads(path));
        self.gone.retain(|path, _| leads(path));
    }

    /// Other files may take part now.
    pub(crate) fn rearm(&mut self) {
        self.arm = true;
    }

    /// The content is known to differ from what was looked at last.
    pub(crate) fn differs(&mut self, now: Instant) {
        self.look_by(now);
    }

    /// The reload thread has looked, for whatever reason.
    pub(crate) fn looked(&mut self, now: Instant) {
        if !std::mem::take(&mut self.looking) {
            return;
        }
        // Twice as long each time the writer was faster, and at once again when it was not.
        self.gap = if std::mem::take(&mut self.disturbed) {
            (self.gap * 2).clamp(Duration::from_millis(1), self.pace.gap)
        } else {
            Duration::ZERO
        };
        self.not_before = Some(now + self.gap);
    }

    /// Whether nobody is in the middle of writing or replacing a file. What was read while somebody
    /// was may be half of something.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        self.awaited().all(|due| due <= now)
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
        if self.awaited().any(|due| due <= now) {
            // Should a writer go on, its file becomes unfinished once more.
            let pace = self.pace;
            self.unfinished.retain(|_, unfinished| unfinished.due(&pace) > now);
            self.gone.retain(|_, since| *since + pace.absence > now);
            self.look_by(now);
        }
        let look_at =
            self.look_at.map(|at| self.not_before.map_or(at, |not_before| at.max(not_before)));
        if let Some(at) = look_at.filter(|_| !self.looking)
            && at <= now
        {
            self.look_at = None;
            self.looking = true;
            self.disturbed = false;
            return Decision::Look;
        }
        // After the look, which it would delay. New watches ask for another one, so nothing is missed.
        if self.arm && !self.looking {
            self.arm = false;
            return Decision::Arm;
        }
        if self.poll_at <= now {
            self.poll_at = now + self.pace.poll;
            return Decision::Poll;
        }
        let look_at = look_at.filter(|_| !self.looking);
        Decision::Wait(self.awaited().chain(look_at).fold(self.poll_at, Instant::min))
    }

    fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Step {
        Event(&'static str, Sign),
        Lost,
        Differs,
    }
    use Step::{Differs, Event, Lost};

    /// A name, what happens when, and when the files are looked at.
    type Case<'a> = (&'a str, &'a [(u64, Step)], &'a [u64]);

    /// Feeds steps at their milliseconds and answers at which ones the files are looked at. A look
    /// takes `look` milliseconds.
    fn looks(pace: Pace, look: u64, end: u64, steps: &[(u64, Step)]) -> Vec<u64> {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut machine = Machine::new(pace, start);
        let (mut looks, mut looking_until) = (Vec::new(), None);
        let mut steps = steps.iter().peekable();
        for ms in 0..end {
            if looking_until.take_if(|until| *until <= ms).is_some() {
                machine.looked(at(ms));
            }
            while let Some((_, step)) = steps.next_if(|(when, _)| *when <= ms) {
                match step {
                    Event(name, sign) => machine.event(Path::new(name), *sign, at(ms)),
                    Lost => machine.lost(at(ms)),
                    Differs => machine.differs(at(ms)),
                }
            }
            while !matches!(machine.decide(at(ms)), Decision::Wait(_)) {
                if machine.looking && looking_until.is_none() {
                    looks.push(ms);
                    looking_until = Some(ms + look);
                }
            }
        }
        looks
    }

    /// The same step every so many milliseconds.
    fn every(ms: u64, until: u64, step: Step) -> Vec<(u64, Step)> {
        (0..until / ms).map(|turn| (turn * ms, step)).collect()
    }

    #[test]
    fn events_lead_to_looks() {
        use Sign::{Arrived, Closed, Gone, Touched, Written};

        let cases: &[Case<'_>] = &[
            ("nothing", &[], &[]),
            ("a close", &[(5, Event("a", Closed))], &[5]),
            ("a rename into place", &[(5, Event("a", Arrived))], &[5]),
            ("a change of permissions", &[(5, Event("a", Touched))], &[5]),
            ("a write and its close", &[(5, Event("a", Written)), (9, Event("a", Closed))], &[9]),
            (
                "chunks with long pauses",
                &[
                    (0, Event("a", Written)),
                    (4_000, Event("a", Written)),
                    (9_000, Event("a", Closed)),
                ],
                &[9_000],
            ),
            ("a writer that forgets the file", &[(5, Event("a", Written))], &[10_005]),
            ("gone for good", &[(5, Event("a", Gone))], &[1_005]),
            (
                "gone and back",
                &[(5, Event("a", Gone)), (300, Event("a", Written)), (310, Event("a", Closed))],
                &[310],
            ),
            ("gone and renamed back", &[(5, Event("a", Gone)), (6, Event("a", Arrived))], &[6]),
            (
                "a written file that is replaced",
                &[(5, Event("a", Written)), (8, Event("a", Arrived))],
                &[8],
            ),
            (
                "one replaced and one gone",
                &[(5, Event("a", Arrived)), (5, Event("b", Gone))],
                &[5, 1_005],
            ),
            ("events that were lost", &[(5, Event("a", Written)), (7, Lost)], &[7]),
            ("content that differs", &[(5, Differs)], &[5]),
        ];
        for (name, steps, expected) in cases {
            assert_eq!(looks(Pace::CLOSES, 1, 15_000, steps), *expected, "{name}");
        }
    }

    #[test]
    fn without_closes_quiet_decides() {
        use Sign::Written;

        let cases: &[Case<'_>] = &[
            ("one write", &[(5, Event("a", Written))], &[105]),
            ("two writes", &[(5, Event("a", Written)), (80, Event("a", Written))], &[180]),
        ];
        for (name, steps, expected) in cases {
            assert_eq!(looks(Pace::QUIET, 1, 3_000, steps), *expected, "{name}");
        }
    }

    #[test]
    fn a_writer_that_never_stops_cannot_put_off_a_look_for_ever() {
        let steps = every(20, 25_000, Event("a", Sign::Written));
        assert_eq!(looks(Pace::CLOSES, 1, 25_000, &steps), [10_000, 20_020]);
        let steps = every(20, 5_000, Event("a", Sign::Written));
        assert_eq!(looks(Pace::QUIET, 1, 5_000, &steps), [2_000, 4_020]);
    }

    #[test]
    fn a_writer_that_is_faster_than_the_looks_gets_fewer_of_them() {
        let steps = every(1, 3_000, Event("a", Sign::Closed));
        let looks = looks(Pace::CLOSES, 5, 3_200, &steps);
        assert!(looks.len() < 45, "{} looks", looks.len());
        assert!(looks.last() > Some(&2_990), "the last content is seen");
    }

    #[test]
    fn a_writer_that_waits_for_the_look_is_never_slowed_down() {
        let steps = every(10, 1_000, Event("a", Sign::Closed));
        let expected: Vec<_> = (0..100).map(|turn| turn * 10).collect();
        assert_eq!(looks(Pace::CLOSES, 5, 1_000, &steps), expected);
    }

    #[test]
    fn what_is_read_in_the_middle_of_writing_is_not_settled() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut machine = Machine::new(Pace::CLOSES, start);
        assert!(machine.is_settled(at(0)));
        machine.event(Path::new("a"), Sign::Written, at(1));
        assert!(!machine.is_settled(at(2)));
        assert!(!machine.is_settled(at(9_000)), "its writer pauses");
        assert!(machine.is_settled(at(10_001)), "its writer forgot it");
        machine.event(Path::new("a"), Sign::Closed, at(10_002));
        assert!(machine.is_settled(at(10_002)));
    }

    #[test]
    fn the_content_is_compared_now_and_then() {
        let start = Instant::now();
        let mut machine = Machine::new(Pace::CLOSES, start);
        assert_eq!(machine.decide(start), Decision::Arm);
        assert_eq!(machine.decide(start), Decision::Wait(start + Pace::CLOSES.poll));
        let later = start + Pace::CLOSES.poll;
        assert_eq!(machine.decide(later), Decision::Poll);
        assert_eq!(machine.decide(later), Decision::Wait(later + Pace::CLOSES.poll));
    }
}
