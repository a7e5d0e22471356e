//! Looks that take long, beside a writer that never stops.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use super::*;
use crate::{
    reloader::{Watcher, read_whole},
    source::Watched,
};

/// The reload thread at work while a file is written and closed every so many milliseconds.
struct Work {
    machine: Machine,
    now: Instant,
    next: Instant,
    every: Duration,
}

impl Work {
    fn goes_on(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        while self.next <= self.now {
            for sign in [Sign::Written, Sign::Closed] {
                self.machine.event(Path::new("other"), sign, self.next);
            }
            self.next += self.every;
        }
    }
}

struct AtWork(Mutex<Work>);

impl AtWork {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap()
    }
}

impl Watcher for AtWork {
    fn reading(&self) {
        let work = &mut *self.work();
        work.machine.reading(work.now);
    }
    fn wholeness(&self) -> Wholeness {
        let work = &mut *self.work();
        work.machine.wholeness(true, work.now)
    }
    fn subject(&self) -> Option<PathBuf> {
        unreachable!()
    }
    fn look_again(&self) -> bool {
        unreachable!()
    }
    fn looked(&self, _: &[Watched], _: bool) {
        let work = &mut *self.work();
        work.machine.looked(work.now);
    }
}

#[test]
fn slow_looks_wait_no_longer_for_a_writer_that_never_stops() {
    // The milliseconds to read and to examine, those between two writes, and the seconds until a look
    // counts.
    let cases = [
        ("readings that take a while", 20, 1, 5, 10..11),
        ("readings that take longer than a pause", 1_200, 1, 500, 10..25),
        ("readings that are whole, and examined slowly", 1, 2_000, 500, 10..25),
    ];
    for (name, read, examine, every, expected) in cases {
        let start = Instant::now();
        let every = Duration::from_millis(every);
        let machine = Machine::new(Pace::CLOSES, 0, start);
        let work = AtWork(Mutex::new(Work { machine, now: start, next: start, every }));
        let counts = || {
            let (_, read) = read_whole(&work, || work.work().goes_on(read));
            work.work().goes_on(examine);
            let counts = read != Wholeness::Torn && work.wholeness() != Wholeness::Torn;
            work.looked(&[], counts);
            work.work().goes_on(1);
            counts
        };
        let looks = (0..10_000).take_while(|_| !counts()).count();
        let taken = (work.work().now - start).as_secs();
        assert!(expected.contains(&taken), "{name}: {taken} s, {looks} looks");
    }
}
