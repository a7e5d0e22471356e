//! The one queue between triggers and the reload thread.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::ThreadId,
    time::Instant,
};

use event_listener::{Event, Listener};

use super::overrides::Proposal;
use crate::{
    error::Error,
    report::{Report, Trigger},
    snapshot::Generation,
    sync::lock,
    time::Clock,
};

/// The wish of a caller.
#[derive(Debug)]
pub(crate) enum Task {
    /// Look at the sources and reload.
    Reload,
    /// Put the configuration of this generation in force again.
    RollBack(Generation),
    /// Let a hot field have another value for a while.
    Override(Proposal),
    /// End the override of the field at these indices.
    EndOverride(Vec<u16>),
}

impl Task {
    /// Returns true if doing this makes doing the other, earlier one superfluous.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Reload, Self::Reload) | (Self::RollBack(_), Self::RollBack(_)) => true,
            (Self::Override(later), Self::Override(earlier)) => later.at == earlier.at,
            (Self::EndOverride(later), Self::EndOverride(earlier)) => later == earlier,
            _ => false,
        }
    }
}

/// The next thing that the reload thread does.
pub(crate) enum Next {
    /// A task, for a caller who waits for the report.
    Requested(Task, Trigger, Promise),
    /// A reload if the content changed; no caller waits.
    Automatic(Trigger),
    /// The moment that was waited for.
    Due,
    /// A task that no caller waits for.
    Detached(Task, Trigger),
    /// The end.
    Stop,
}

/// The queue: triggers go in, the reload thread takes them out.
///
/// It is bounded: each caller waits for its own request, and one without a waiting caller is replaced by
/// a later one that makes it superfluous. A reload whose future was dropped is as well; a rollback or
/// an override is done all the same.
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    requested: VecDeque<(Task, Trigger, Promise)>,
    automatic: Option<Trigger>,
    detached: VecDeque<(Task, Trigger)>,
    stopped: bool,
    /// The thread that takes; a request from it could never be answered.
    taker: Option<ThreadId>,
}

impl Queue {
    /// Makes a queue whose thread goes by a clock.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let queue = Arc::new(Self { state: Mutex::default(), wake: Condvar::new(), clock });
        let weak = Arc::downgrade(&queue);
        let wake = move || weak.upgrade().is_some_and(|queue| queue.interrupt());
        queue.clock.wakes(Box::new(wake));
        queue
    }

    /// Asks for something, and returns the place of the report.
    pub(crate) fn request(&self, task: Task, trigger: Trigger) -> Result<Arc<Slot>, Error> {
        let mut state = lock(&self.state);
        if state.stopped {
            return Err(Error::stopped());
        }
        if state.is_taker() {
            state.detach(task, trigger);
            return Err(Error::reentrant());
        }
        // Of the rest, a later one may be refused, which the earlier one would not have been.
        if matches!(task, Task::Reload) {
            state
                .requested
                .retain(|(earlier, _, answer)| !(task.replaces(earlier) && answer.is_unwanted()));
        }
        let slot = Arc::new(Slot::default());
        state.requested.push_back((task, trigger, Promise(Arc::clone(&slot))));
        self.wake.notify_one();
        Ok(slot)
    }

    /// Asks for a reload without waiting: the sources may have changed.
    #[cfg_attr(not(feature = "watch"), expect(dead_code, reason = "the watcher asks"))]
    pub(crate) fn notice(&self, trigger: Trigger) {
        lock(&self.state).automatic = Some(trigger);
        self.wake.notify_one();
    }

    /// Asks for a reload without waiting, whether the sources changed or not.
    #[cfg_attr(
        not(all(feature = "signal", unix)),
        expect(dead_code, reason = "the signal handler asks")
    )]
    pub(crate) fn detach(&self, trigger: Trigger) {
        lock(&self.state).detach(Task::Reload, trigger);
        self.wake.notify_one();
    }

    /// Ends the reload thread; those who wait get an error.
    pub(crate) fn stop(&self) {
        let abandoned = {
            let mut state = lock(&self.state);
            state.stopped = true;
            std::mem::take(&mut state.requested)
        };
        self.wake.notify_one();
        self.clock.settled(None);
        // Dropping an answer says that there will be none.
        drop(abandoned);
    }

    /// Makes the current thread the one that takes.
    pub(crate) fn claim(&self) {
        lock(&self.state).taker = Some(std::thread::current().id());
    }

    /// Returns true if the current thread is the one that takes.
    pub(crate) fn is_taker(&self) -> bool {
        lock(&self.state).is_taker()
    }

    /// Waits for something to do, at most until something is due.
    pub(crate) fn next(&self, due: Option<Instant>) -> Next {
        let mut state = lock(&self.state);
        loop {
            if state.stopped {
                return Next::Stop;
            }
            let now = self.clock.instant();
            // First, since a thread that is asked again and again would never get to it.
            if due.is_some_and(|due| now >= due) {
                return Next::Due;
            }
            if let Some((task, trigger, answer)) = state.requested.pop_front() {
                return Next::Requested(task, trigger, answer);
            }
            if let Some((task, trigger)) = state.detached.pop_front() {
                return Next::Detached(task, trigger);
            }
            if let Some(trigger) = state.automatic.take() {
                return Next::Automatic(trigger);
            }
            self.clock.settled(Some(now));
            state = match due.and_then(|due| self.clock.until(due)) {
                Some(time) => {
                    let woken = self.wake.wait_timeout(state, time);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Wakes the thread that takes, because the clock was moved. Returns false where it is not to be waited for.
    fn interrupt(&self) -> bool {
        let state = lock(&self.state);
        self.wake.notify_one();
        !state.stopped && !state.is_taker()
    }
}

impl State {
    fn is_taker(&self) -> bool {
        self.taker == Some(std::thread::current().id())
    }

    fn detach(&mut self, task: Task, trigger: Trigger) {
        self.detached.retain(|(earlier, _)| !task.replaces(earlier));
        self.detached.push_back((task, trigger));
    }
}

/// The place of the report for one caller.
#[derive(Default)]
pub(crate) struct Slot {
    answer: Mutex<Option<Result<Report, Error>>>,
    sent: Event,
}

/// The duty to answer one caller. Dropped without an answer, it says that the reloader has stopped.
pub(crate) struct Promise(Arc<Slot>);

impl Promise {
    pub(crate) fn send(self, report: Report) {
        self.0.put(Ok(report));
    }

    /// Returns true if the caller has given up.
    fn is_unwanted(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.put(Err(Error::stopped()));
    }
}

impl Slot {
    /// Puts the answer there, unless there is one already.
    fn put(&self, answer: Result<Report, Error>) {
        lock(&self.answer).get_or_insert(answer);
        self.sent.notify(usize::MAX);
    }

    /// Blocks until the answer is there.
    pub(crate) fn wait(&self) -> Result<Report, Error> {
        loop {
            let listener = self.sent.listen();
            if let Some(answer) = lock(&self.answer).take() {
                return answer;
            }
            listener.wait();
        }
    }

    /// Awaits the answer.
    pub(crate) async fn wait_async(&self) -> Result<Report, Error> {
        loop {
            let listener = self.sent.listen();
            if let Some(answer) = lock(&self.answer).take() {
                return answer;
            }
            listener.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Next, Queue, Task};
    use crate::{report::Trigger, snapshot::Generation, sync::lock, time::SystemClock};

    #[test]
    fn a_reload_that_nobody_waits_for_any_more_is_replaced_by_a_later_one() {
        let queue = Queue::new(Arc::new(SystemClock));
        let request = |task| queue.request(task, Trigger::api("a test")).unwrap();
        let _waits = request(Task::Reload);
        for generation in [7, 8].map(Generation) {
            drop(request(Task::RollBack(generation)));
            (0..1000).for_each(|_| drop(request(Task::Reload)));
        }
        let _waits_too = request(Task::Reload);
        let mut taken = Vec::new();
        while !lock(&queue.state).requested.is_empty() {
            if let Next::Requested(task, ..) = queue.next(None) {
                taken.push(format!("{task:?}"));
            }
        }
        assert_eq!(
            taken,
            ["Reload", "RollBack(Generation(7))", "RollBack(Generation(8))", "Reload"]
        );
    }
}
