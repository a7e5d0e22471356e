//! The messages that wait for one receiver.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::sync::lock;

/// The number of messages that wait. Beyond it the oldest is dropped: the newest says what is in force now.
pub(super) const LONGEST: usize = 100;

/// A message: one report, as it is sent to all receivers.
#[derive(Debug)]
pub(super) struct Message {
    /// The same with each attempt, by which a receiver knows one that it has.
    pub(super) id: String,
    pub(super) body: Vec<u8>,
}

/// The numbers of the messages of one receiver, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The number that the receiver took.
    pub delivered: u64,
    /// The number that it refused, or did not take in the time for retries.
    pub failed: u64,
    /// The number that were never sent to the end: more waited than can, the receiver was gone, or the reloader ended.
    pub dropped: u64,
    /// The number that wait now, the one that is being sent included.
    pub waiting: usize,
    /// True if the receiver has answered `410 Gone`, and gets nothing until the next start.
    pub is_gone: bool,
}

/// The end of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Delivered,
    Failed,
    /// The receiver wants no messages any more.
    Gone,
    /// The queue was closed while the message was tried again.
    Closed,
}

/// The effect of a message on the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    Waits,
    /// It waits, and an older one does not any more. True if that is the first since nothing waited.
    InPlaceOfTheOldest(bool),
    Dropped,
}

/// The queue of one receiver, between the reload thread and the thread that sends.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Message>>,
    is_sending: bool,
    is_closed: bool,
    is_overfull: bool,
    counts: Counts,
}

impl State {
    fn counts(&self) -> Counts {
        Counts { waiting: self.waiting.len() + usize::from(self.is_sending), ..self.counts }
    }

    /// Drops all that wait, and returns their number.
    fn clear(&mut self) -> usize {
        let number = self.waiting.len();
        self.waiting.clear();
        self.counts.dropped += number as u64;
        number
    }
}

impl Queue {
    pub(super) fn push(&self, message: Arc<Message>) -> Pushed {
        let mut state = lock(&self.state);
        if state.is_closed || state.counts.is_gone {
            state.counts.dropped += 1;
            return Pushed::Dropped;
        }
        let is_full = state.waiting.len() >= LONGEST;
        if is_full {
            state.waiting.pop_front();
            state.counts.dropped += 1;
        }
        state.waiting.push_back(message);
        let is_first = is_full && !std::mem::replace(&mut state.is_overfull, is_full);
        self.changed.notify_all();
        match is_full {
            true => Pushed::InPlaceOfTheOldest(is_first),
            false => Pushed::Waits,
        }
    }

    /// Waits for the next message; returns `None` once the queue is closed.
    pub(super) fn next(&self) -> Option<Arc<Message>> {
        let state = lock(&self.state);
        let mut state =
            self.wait(state, None, |state| state.waiting.is_empty() && !state.is_closed);
        let message = state.waiting.pop_front().filter(|_| !state.is_closed)?;
        state.is_overfull &= !state.waiting.is_empty();
        state.is_sending = true;
        Some(message)
    }

    /// Notes the end of the message that was taken last; returns the number of those that are dropped with it.
    pub(super) fn end(&self, end: &End) -> usize {
        let mut state = lock(&self.state);
        state.is_sending = false;
        let dropped = match end {
            End::Delivered => {
                state.counts.delivered += 1;
                0
            }
            End::Failed => {
                state.counts.failed += 1;
                0
            }
            End::Gone => {
                state.counts.failed += 1;
                state.counts.is_gone = true;
                state.clear()
            }
            End::Closed => {
                state.counts.dropped += 1;
                1
            }
        };
        self.changed.notify_all();
        dropped
    }

    /// Counts the message that was taken last as failed, where the thread that sends has panicked over it.
    pub(super) fn give_up(&self) {
        let mut state = lock(&self.state);
        state.counts.failed += u64::from(std::mem::take(&mut state.is_sending));
        self.changed.notify_all();
    }

    /// Waits for a time; returns false as soon as the queue is closed.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let state = lock(&self.state);
        !self.wait(state, Instant::now().checked_add(time), |state| !state.is_closed).is_closed
    }

    /// Waits until no message waits, until a moment at the latest; returns true if none does.
    pub(super) fn is_done_by(&self, moment: Option<Instant>) -> bool {
        let state = lock(&self.state);
        let is_busy = |state: &State| state.counts().waiting > 0 && !state.is_closed;
        self.wait(state, moment, is_busy).counts().waiting == 0
    }

    /// Ends the thread that sends, after the attempt that it is at; returns the number of messages that are dropped.
    pub(super) fn close(&self) -> usize {
        let mut state = lock(&self.state);
        state.is_closed = true;
        self.changed.notify_all();
        state.clear()
    }

    pub(super) fn counts(&self) -> Counts {
        lock(&self.state).counts()
    }

    /// Waits while something holds, until a moment at the latest.
    fn wait<'q>(
        &self,
        mut state: MutexGuard<'q, State>,
        until: Option<Instant>,
        holds: impl Fn(&State) -> bool,
    ) -> MutexGuard<'q, State> {
        while holds(&state) {
            state = match until {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        state
    }
}
