//! The one queue between triggers and the reload thread.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    log,
    overrides::Proposal,
    pace::Pace,
    plan::Plan,
    request::{Promise, Request, request},
};
use crate::{
    error::Error,
    place::Key,
    report::Report,
    snapshot::{Generation, Writer},
    source::Notice,
    sync::lock,
    time::Clock,
    trigger::Trigger,
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
    /// End the override of the field with this key.
    EndOverride(Key),
}

impl Task {
    /// Returns true if doing this makes doing the other, earlier one superfluous.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Reload, Self::Reload) | (Self::RollBack(_), Self::RollBack(_)) => true,
            (Self::Override(later), Self::Override(earlier)) => later.replaces(earlier),
            (Self::EndOverride(later), Self::EndOverride(earlier)) => later == earlier,
            _ => false,
        }
    }
}

/// A task, and what the caller knew when he asked for it.
pub(crate) struct Asked {
    pub(crate) task: Task,
    pub(crate) trigger: Trigger,
    /// The generation that has to be in force when the task is begun, if that matters to the caller.
    pub(crate) expected: Option<Generation>,
}

impl Asked {
    /// Returns true if this is a reload that does for an earlier one: it runs for certain, and accepts no less.
    fn does_for(&self, earlier: &Self) -> bool {
        matches!((&self.task, &earlier.task), (Task::Reload, Task::Reload))
            && self.expected.is_none()
            && self.trigger.does_for(&earlier.trigger)
    }
}

/// Something that was asked for, with the duty to answer.
pub(crate) enum Wish {
    /// A task.
    Task(Box<Asked>, Promise<Report>),
    /// A plan, which changes nothing.
    Plan(Promise<Plan>),
}

impl Wish {
    /// Returns true if granting this does for an earlier one, for whose answer no caller waits any more.
    fn does_for(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            // Of the other tasks, a later one may be refused, which the earlier one would not have been.
            (Self::Task(asked, _), Self::Task(earlier, answer)) => {
                asked.does_for(earlier) && answer.is_unwanted()
            }
            (Self::Plan(_), Self::Plan(answer)) => answer.is_unwanted(),
            _ => false,
        }
    }

    fn refuse(self, because: Error) {
        match self {
            Self::Task(_, answer) => answer.send(Err(because)),
            Self::Plan(answer) => answer.send(Err(because)),
        }
    }
}

/// The next thing that the reload thread does.
pub(crate) enum Next {
    /// A wish of a caller, who may wait for the answer.
    Requested(Wish),
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
/// a later one that makes it superfluous. A reload or plan whose request was dropped is as well; a rollback or
/// an override is done all the same.
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    clock: Arc<dyn Clock>,
    /// The thread that takes; a request from it could never be answered.
    writer: Arc<Writer>,
}

#[derive(Default)]
struct State {
    requested: VecDeque<Wish>,
    automatic: Option<Trigger>,
    detached: VecDeque<Detached>,
    pace: Pace,
    stopped: bool,
}

/// A request that no caller waits for.
struct Detached {
    task: Task,
    trigger: Trigger,
    /// True if the reload thread asked for it itself, which it may do at a certain pace.
    is_own: bool,
}

impl Queue {
    /// Makes a queue whose thread goes by a clock.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::of(clock, Writer::new())
    }

    fn of(clock: Arc<dyn Clock>, writer: Writer) -> Arc<Self> {
        let (state, wake) = (Mutex::default(), Condvar::new());
        let queue = Arc::new(Self { state, wake, clock, writer: Arc::new(writer) });
        let weak = Arc::downgrade(&queue);
        let wake = move || weak.upgrade().is_some_and(|queue| queue.interrupt());
        queue.clock.wakes(Box::new(wake));
        queue
    }

    /// Asks for something, and returns the request for the report.
    pub(crate) fn request(&self, asked: Asked) -> Request<Report> {
        let (request, answer) = request(&self.writer);
        self.ask(Wish::Task(Box::new(asked), answer));
        request
    }

    /// Returns the number of wishes that are not begun.
    #[cfg(feature = "admin")]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.state).requested.len()
    }

    /// Returns true if nothing is taken out any more.
    #[cfg(any(feature = "admin", feature = "systemd"))]
    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// Asks for a plan.
    pub(crate) fn request_plan(&self) -> Request<Plan> {
        let (request, answer) = request(&self.writer);
        self.ask(Wish::Plan(answer));
        request
    }

    fn ask(&self, wish: Wish) {
        if let Err(forked) = self.writer.is_here() {
            return wish.refuse(forked);
        }
        let mut state = lock(&self.state);
        if state.stopped {
            drop(state);
            return wish.refuse(Error::stopped());
        }
        if self.writer.is_current() {
            return self.hold(state, wish);
        }
        state.requested.retain(|earlier| !wish.does_for(earlier));
        state.requested.push_back(wish);
        self.wake.notify_one();
    }

    /// Takes what the reload thread asks of itself, which it could never wait for.
    fn hold(&self, mut state: MutexGuard<'_, State>, wish: Wish) {
        let Wish::Task(asked, answer) = wish else {
            drop(state);
            return wish.refuse(Error::plans_for_itself());
        };
        let Asked { task, trigger, .. } = *asked;
        let by = state.pace.is_to_be_named(self.clock.instant()).then(|| trigger.clone());
        let replaced = state.detach(Detached { task, trigger, is_own: true });
        // The log, and the values of overrides, are the author's code.
        drop(state);
        drop(replaced);
        by.as_ref().map(log::held);
        answer.send(Err(Error::reentrant()));
    }

    /// Returns the way in for all that notices changes: the watcher of files, and sources.
    pub(crate) fn notices(self: &Arc<Self>) -> Notice {
        let queue = Arc::clone(self);
        Notice::new(move |trigger| queue.notice(trigger))
    }

    /// Asks for a reload without waiting: the sources may have changed.
    fn notice(&self, trigger: Trigger) {
        lock(&self.state).automatic = Some(trigger);
        self.wake.notify_one();
    }

    /// Asks for a reload without waiting, whether the sources changed or not.
    #[cfg_attr(
        not(any(all(feature = "signal", unix), feature = "fleet")),
        expect(dead_code, reason = "the signal handler and a fleet ask")
    )]
    pub(crate) fn detach(&self, trigger: Trigger) {
        let replaced =
            lock(&self.state).detach(Detached { task: Task::Reload, trigger, is_own: false });
        self.wake.notify_one();
        drop(replaced);
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

    /// Returns the thread that takes.
    pub(crate) const fn writer(&self) -> &Arc<Writer> {
        &self.writer
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
            if let Some(wish) = state.requested.pop_front() {
                return Next::Requested(wish);
            }
            if let Some(Detached { task, trigger, .. }) = state.take_detached(now) {
                return Next::Detached(task, trigger);
            }
            if let Some(trigger) = state.automatic.take() {
                return Next::Automatic(trigger);
            }
            self.clock.settled(Some(now));
            let until = due.into_iter().chain(state.held_until(now)).min();
            state = match until.and_then(|until| self.clock.until(until)) {
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
        !state.stopped && !self.writer.is_current()
    }
}

impl State {
    /// Takes a request, and returns those that it makes superfluous, to be dropped once the lock is released.
    #[must_use = "the value of an override is the author's"]
    fn detach(&mut self, mut request: Detached) -> VecDeque<Detached> {
        let earlier = std::mem::take(&mut self.detached);
        let replaced: VecDeque<_>;
        (replaced, self.detached) = earlier.into_iter().partition(|earlier| {
            request.task.replaces(&earlier.task) && request.trigger.does_for(&earlier.trigger)
        });
        request.is_own &= replaced.iter().all(|replaced| replaced.is_own);
        self.detached.push_back(request);
        replaced
    }

    /// Takes out the first request that is not held up.
    fn take_detached(&mut self, now: Instant) -> Option<Detached> {
        let is_held = self.pace.held_until(now).is_some();
        let at = self.detached.iter().position(|request| !(is_held && request.is_own))?;
        let request = self.detached.remove(at)?;
        if request.is_own {
            self.pace.note(now);
        }
        Some(request)
    }

    /// Returns the moment at which the first request that is held up is done.
    fn held_until(&self, now: Instant) -> Option<Instant> {
        self.detached.front().and_then(|_| self.pace.held_until(now))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Asked, Next, Queue, Task, Wish};
    use crate::{
        snapshot::{Generation, Writer},
        sync::lock,
        time::SystemClock,
        trigger::Trigger,
    };

    fn asked(task: Task) -> Asked {
        Asked { task, trigger: Trigger::api("a test"), expected: None }
    }

    #[test]
    fn d3_a_request_after_a_fork_is_refused() {
        let queue = Queue::of(Arc::new(SystemClock), Writer::elsewhere());
        let _by_a_thread_that_is_gone = lock(&queue.state);
        let asked = asked(Task::Reload);
        let error = queue.request(asked).wait().unwrap_err();
        assert!(error.is_forked(), "{error}");
        assert!(queue.request_plan().wait().unwrap_err().is_forked());
    }

    #[test]
    fn a_reload_that_nobody_waits_for_any_more_is_replaced_by_a_later_one() {
        let queue = Queue::new(Arc::new(SystemClock));
        let request = |task| queue.request(asked(task));
        let _waits = request(Task::Reload);
        for generation in [7, 8].map(Generation) {
            drop(request(Task::RollBack(generation)));
            (0..1000).for_each(|_| drop(request(Task::Reload)));
            (0..1000).for_each(|_| drop(queue.request_plan()));
        }
        let _waits_too = request(Task::Reload);
        let mut taken = Vec::new();
        while !lock(&queue.state).requested.is_empty() {
            match queue.next(None) {
                Next::Requested(Wish::Task(asked, _)) => taken.push(format!("{:?}", asked.task)),
                Next::Requested(Wish::Plan(_)) => taken.push("Plan".to_owned()),
                _ => {}
            }
        }
        assert_eq!(
            taken,
            ["Reload", "RollBack(Generation(7))", "RollBack(Generation(8))", "Plan", "Reload"]
        );
    }
}
