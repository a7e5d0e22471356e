//! The thread of one receiver: message by message, each until it is taken or given up.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant, SystemTime},
};

use tracing::{info, warn};

use super::{
    delivery::{Outcome, Target},
    queue::{End, Message, Queue},
};
use crate::{error::LOG, place::on_one_line};

/// The pause before the second attempt, which doubles with each, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The longest pause that a receiver can ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(10 * 60);

/// Sends what comes into the queue until that is closed. A panic, perhaps of a log layer, ends one message and not the
/// thread.
pub(super) fn run(queue: &Queue, target: &Target, retry_for: Duration) {
    let send = || catch_unwind(AssertUnwindSafe(|| send(queue, target, retry_for)));
    while send().is_err() {
        queue.give_up();
    }
}

fn send(queue: &Queue, target: &Target, retry_for: Duration) {
    let mut log = Log { target, trouble: None };
    while let Some(message) = queue.next() {
        let end = deliver(queue, target, &message, retry_for, &mut log);
        let dropped = queue.end(&end);
        log.ended(&message, &end, dropped);
    }
}

fn deliver(
    queue: &Queue,
    target: &Target,
    message: &Message,
    retry_for: Duration,
    log: &mut Log<'_>,
) -> End {
    let begun = Instant::now();
    for attempt in 0.. {
        let (reason, asked) = match target.attempt(message, SystemTime::now()) {
            Outcome::Delivered => return End::Delivered,
            Outcome::Gone => return End::Gone,
            Outcome::Refused(reason) => {
                log.failing(&reason);
                return End::Failed;
            }
            Outcome::Later(reason, asked) => (reason, asked),
        };
        log.failing(&reason);
        let pause = pause(attempt, asked, random());
        if begun.elapsed() + pause > retry_for {
            return End::Failed;
        }
        if !queue.pause(pause) {
            return End::Closed;
        }
    }
    End::Failed
}

/// Returns the pause after an attempt, counted from 0. The half of it is left to chance, so that receivers which come
/// back are not asked by all at once.
fn pause(attempt: u32, asked: Option<Duration>, random: u64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempt.min(16)).min(LONGEST_PAUSE);
    #[expect(clippy::cast_precision_loss, reason = "a share of a pause")]
    let share = random as f64 / u64::MAX as f64;
    let own = doubled / 2 + (doubled / 2).mul_f64(share);
    asked.map_or(own, |asked| own.max(asked.min(LONGEST_ASKED)))
}

/// Returns a number that is another one each time and in each process.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The log of a receiver, which says each trouble once while it lasts.
struct Log<'t> {
    target: &'t Target,
    trouble: Option<String>,
}

impl Log<'_> {
    fn failing(&mut self, reason: &str) {
        if self.trouble.as_deref() != Some(reason) {
            let (to, said) = (self.target, on_one_line(reason));
            warn!(target: LOG, "webhook to {to} is not delivered: {said}");
            self.trouble = Some(reason.to_owned());
        }
    }

    fn ended(&mut self, message: &Message, end: &End, dropped: usize) {
        let (to, id) = (self.target, &message.id);
        match end {
            End::Delivered if self.trouble.take().is_some() => {
                info!(target: LOG, "webhook to {to} is delivered again");
            }
            End::Delivered => {}
            End::Failed => warn!(target: LOG, "webhook {id} to {to} is given up"),
            End::Gone => warn!(
                target: LOG,
                "webhook to {to}: it answers 410 Gone, so that it gets nothing until the next start; {dropped} more are dropped"
            ),
            End::Closed => {
                warn!(target: LOG, "webhook {id} to {to} is dropped, because the reloader ends");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_have_bounds() {
        let seconds = |attempt, asked: Option<u64>, random| {
            pause(attempt, asked.map(Duration::from_secs), random).as_secs_f64()
        };
        assert_eq!([seconds(0, None, 0), seconds(0, None, u64::MAX)], [0.25, 0.5]);
        assert_eq!([seconds(3, None, 0), seconds(3, None, u64::MAX)], [2.0, 4.0]);
        assert_eq!(seconds(u32::MAX, None, u64::MAX), 300.0);
        assert_eq!(seconds(0, Some(7), 0), 7.0, "as the receiver asks");
        assert_eq!(seconds(3, Some(0), 0), 2.0, "but no sooner than by itself");
        assert_eq!(seconds(0, Some(u64::MAX), 0), 600.0, "and not after an age");
    }
}
