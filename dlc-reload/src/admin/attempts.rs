//! Failed attempts to get in, counted and slowed by the address that they come from.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::sync::lock;

/// The number of failures from one address whose answers come at once.
const AT_ONCE: u32 = 5;

/// The time that the first answer after those is held back; each one after it is held back twice as long.
const FIRST: Duration = Duration::from_millis(100);

/// The longest time that an answer is held back.
const LONGEST: Duration = Duration::from_secs(3);

/// The number of answers to one address that are held back at once.
const MOST_HELD: u32 = 16;

/// The time after which the failures of an address are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10 * 60);

/// The number of addresses that are remembered.
const MOST_ADDRESSES: usize = 1024;

/// The address of the sender, as far as it is known. All whose address is not known are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source(Option<IpAddr>);

impl Source {
    /// Makes the source of an address. A network of IPv6 is one source, since a host may have all of its addresses.
    pub(super) fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            four => four,
        }))
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("an unknown address"),
        }
    }
}

/// The failed attempts.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    by_source: Mutex<HashMap<Source, Failures>>,
    failed: AtomicU64,
    turned_away: AtomicU64,
}

/// The failures of one source.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
    /// The answers that are held back at the moment.
    held: u32,
}

/// The answer to a failed attempt.
#[derive(Debug)]
pub(super) enum Answer {
    /// It comes at once. True if it is the first one from its source, or the first one since the source is slowed.
    AtOnce,
    /// It is held back for this time, while the guard counts it.
    After(Duration, HeldBack),
    /// It comes at once, because too many are held back.
    TooMany,
}

/// An answer that is held back.
#[derive(Debug)]
pub(super) struct HeldBack {
    attempts: Arc<Attempts>,
    source: Source,
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        if let Some(failures) = lock(&self.attempts.by_source).get_mut(&self.source) {
            failures.held = failures.held.saturating_sub(1);
        }
    }
}

impl Attempts {
    /// Returns the number of attempts that failed.
    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Returns the number of those whose answer was not held back, because too many were.
    pub(super) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Takes note of a failure, and returns how it is answered.
    pub(super) fn fail(self: &Arc<Self>, source: Source, now: Instant) -> Answer {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let mut by_source = lock(&self.by_source);
        if !by_source.contains_key(&source) {
            make_room(&mut by_source, now);
        }
        let new = Failures { count: 0, last: now, held: 0 };
        let failures = by_source.entry(source).or_insert(new);
        if now.saturating_duration_since(failures.last) > FORGOTTEN {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        let Some(beyond) = failures.count.checked_sub(AT_ONCE + 1) else { return Answer::AtOnce };
        if failures.held >= MOST_HELD {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            return Answer::TooMany;
        }
        failures.held += 1;
        drop(by_source);
        let pause = FIRST.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST);
        Answer::After(pause, HeldBack { attempts: Arc::clone(self), source })
    }
}

/// Forgets what is old; and where that is not enough, the source that has been quiet for the longest time.
fn make_room(by_source: &mut HashMap<Source, Failures>, now: Instant) {
    if by_source.len() < MOST_ADDRESSES {
        return;
    }
    by_source.retain(|_, failures| {
        failures.held > 0 || now.saturating_duration_since(failures.last) <= FORGOTTEN
    });
    if by_source.len() >= MOST_ADDRESSES {
        let quiet = by_source.iter().min_by_key(|(_, failures)| (failures.held > 0, failures.last));
        if let Some(source) = quiet.map(|(source, _)| *source) {
            by_source.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::of(Some(text.parse().unwrap()))
    }

    fn pause(answer: &Answer) -> Option<Duration> {
        match answer {
            Answer::AtOnce => Some(Duration::ZERO),
            Answer::After(pause, _) => Some(*pause),
            Answer::TooMany => None,
        }
    }

    #[test]
    fn answers_come_later_and_later_until_there_is_quiet() {
        let (attempts, now) = (Arc::<Attempts>::default(), Instant::now());
        let (one, other) = (source("192.0.2.1"), source("192.0.2.2"));
        let pauses: Vec<_> =
            (0..13).map(|_| pause(&attempts.fail(one, now)).unwrap().as_millis()).collect();
        assert_eq!(pauses, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3000, 3000, 3000]);
        assert_eq!(pause(&attempts.fail(other, now)), Some(Duration::ZERO));
        let later = now + FORGOTTEN + Duration::from_secs(1);
        assert_eq!(pause(&attempts.fail(one, later)), Some(Duration::ZERO));
        assert_eq!(attempts.failed(), 15);
    }

    #[test]
    fn only_so_many_answers_to_one_address_are_held_back() {
        let (attempts, now) = (Arc::<Attempts>::default(), Instant::now());
        for source in [source("192.0.2.1"), Source::of(None)] {
            let held: Vec<_> =
                (0..AT_ONCE + MOST_HELD).map(|_| attempts.fail(source, now)).collect();
            assert!(held.iter().all(|answer| pause(answer).is_some()));
            assert_eq!(pause(&attempts.fail(source, now)), None);
            drop(held);
            assert_eq!(pause(&attempts.fail(source, now)), Some(LONGEST));
        }
        assert_eq!(attempts.turned_away(), 2);
    }

    #[test]
    fn the_table_is_bounded_and_a_network_is_one_source() {
        let (attempts, now) = (Arc::<Attempts>::default(), Instant::now());
        let held = (0..=AT_ONCE).map(|_| attempts.fail(source("2001:db8::1"), now));
        let held: Vec<_> = held.collect();
        for address in 0..3 * u32::try_from(MOST_ADDRESSES).unwrap() {
            let address = IpAddr::V4((0x0a00_0000 + address).into());
            drop(attempts.fail(Source::of(Some(address)), now + Duration::from_secs(1)));
        }
        assert_eq!(lock(&attempts.by_source).len(), MOST_ADDRESSES);
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        let answer = attempts.fail(source("2001:db8::2"), now);
        assert_eq!(pause(&answer), Some(FIRST * 2), "what is held back is remembered");
        drop(held);
    }
}
