//! The things that threads share, how they are locked, and how a thread ends.
//!
//! What readers share with the reload thread has doubles for `loom`, which runs a model in every order that the
//! memory model allows. The event is the real one in both.

#[cfg(not(all(test, loom)))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::JoinHandle;

#[cfg(not(all(test, loom)))]
pub(crate) use arc_swap::{ArcSwap, Guard};
#[cfg(not(all(test, loom)))]
pub(crate) use crossbeam_utils::atomic::AtomicCell;
pub(crate) use event_listener::{Event, EventListener, Listener};
#[cfg(all(test, loom))]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64};

#[cfg(all(test, loom))]
pub(crate) use self::double::{ArcSwap, AtomicCell, Guard};
pub(crate) use self::unpoisoned::lock;

/// The log lines that are written once a lock is released: a log layer is the author's code, and may call whatever
/// takes that lock.
#[derive(Default)]
#[must_use = "the lines are logged by `log`"]
pub(crate) struct Unlogged(Vec<Box<dyn FnOnce() + Send>>);

impl Unlogged {
    /// Adds the call that logs a line.
    pub(crate) fn push(&mut self, line: impl FnOnce() + Send + 'static) {
        self.0.push(Box::new(line));
    }

    /// Logs the lines. No lock may be held here.
    pub(crate) fn log(self) {
        self.0.into_iter().for_each(|line| line());
    }
}

/// Waits for the end of a thread of the library, which has been told to end. It may be the current one, where a log
/// layer drops the reloader; that ends afterwards.
pub(crate) fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != std::thread::current().id() {
        // A panic of a log layer is printed by the thread itself, and there is nothing to hand on.
        let _ = thread.join();
    }
}

/// Panics on a thread that runs the tasks of a tokio runtime: what the caller would wait for may need that very thread.
#[track_caller]
pub(crate) fn assert_may_block() {
    #[cfg(feature = "tokio")]
    assert!(
        !tasks::run_here(),
        "this would block a thread that runs the tasks of a tokio runtime, perhaps for ever: `.await` it, or call it in `tokio::task::spawn_blocking`"
    );
}

/// The runtime on which hooks await, if the program has named one.
#[derive(Default)]
pub(crate) struct Runtime {
    #[cfg(feature = "tokio")]
    pub(crate) handle: Option<tokio::runtime::Handle>,
}

impl Runtime {
    /// Waits on this thread for hooks, which may await on the runtime. It lends what it occupies of a runtime with
    /// several threads.
    ///
    /// # Panics
    ///
    /// On the only thread of a runtime, if there is one on which hooks await: they would wait for this thread.
    pub(crate) fn wait_for_hooks<T>(&self, wait: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tokio")]
        if self.handle.is_some() {
            return tasks::lent(wait);
        }
        wait()
    }

    /// Runs code from which the runtime is within reach.
    pub(crate) fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tokio")]
        let _entered = self.handle.as_ref().map(tokio::runtime::Handle::enter);
        run()
    }
}

#[cfg(feature = "tokio")]
pub use self::tasks::block_on;

#[cfg(feature = "tokio")]
mod tasks {
    use std::{
        future::Future,
        panic::{AssertUnwindSafe, catch_unwind},
    };

    use tokio::{
        runtime::{Handle, RuntimeFlavor::MultiThread},
        task::block_in_place,
    };

    /// Returns true on a thread that runs the tasks of a runtime.
    ///
    /// A runtime tells of it by a panic alone, which is printed before the caller's own.
    pub(super) fn run_here() -> bool {
        let probe = |handle: Handle| catch_unwind(AssertUnwindSafe(|| handle.block_on(async {})));
        Handle::try_current().is_ok_and(|handle| probe(handle).is_err())
    }

    /// Runs code that waits for what may need a thread of a runtime, and lends this one where another can take its
    /// tasks over.
    pub(super) fn lent<T>(wait: impl FnOnce() -> T) -> T {
        let here = Handle::try_current();
        if here.is_ok_and(|handle| handle.runtime_flavor() == MultiThread) {
            return block_in_place(wait);
        }
        crate::sync::assert_may_block();
        wait()
    }

    /// Blocks a hook until a future is done, on the runtime of [`Builder::runtime`](crate::Builder::runtime). The
    /// future may borrow what the hook has.
    ///
    /// # Panics
    ///
    /// Without a runtime, and on the thread of one that has no other. In a hook, that refuses the change.
    pub fn block_on<F: Future>(future: F) -> F::Output {
        match Handle::try_current() {
            // Hooks are also asked by a `start` that a task calls.
            Ok(handle) if handle.runtime_flavor() == MultiThread => {
                block_in_place(|| handle.block_on(future))
            }
            Ok(handle) => handle.block_on(future),
            #[expect(clippy::panic, reason = "a mistake in the program, which refuses a change")]
            Err(_) => panic!("no runtime to await on, name one with `Builder::runtime`"),
        }
    }
}

mod unpoisoned {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// Locks a mutex whose data is whole at every moment, so that a panic while it was locked, perhaps in the author's
    /// `Clone` or `PartialEq`, leaves the value of before or the one of after.
    pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The doubles: `loom` cannot look into `arc_swap`. They keep no more order than a pointer that is stored
/// with `Release` and loaded with `Acquire`, which is less than the real one does.
#[cfg(all(test, loom))]
mod double {
    use std::{
        ops::Deref,
        sync::{Arc, PoisonError, atomic::Ordering},
    };

    use loom::sync::{Mutex, atomic::AtomicUsize};

    /// Reads and writes a value as a whole.
    pub(crate) struct AtomicCell<T>(Mutex<T>);

    impl<T: Copy> AtomicCell<T> {
        pub(crate) fn load(&self) -> T {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl<T> AtomicCell<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn store(&self, value: T) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }
    }

    pub(crate) struct ArcSwap<T> {
        newest: AtomicUsize,
        /// Everything that was ever stored. `loom` does not see this lock, so it orders nothing.
        stored: std::sync::Mutex<Vec<Arc<T>>>,
    }

    pub(crate) struct Guard<T>(T);

    impl<T> ArcSwap<T> {
        pub(crate) fn new(first: Arc<T>) -> Self {
            Self { newest: AtomicUsize::new(0), stored: std::sync::Mutex::new(vec![first]) }
        }

        pub(crate) fn load(&self) -> Guard<Arc<T>> {
            Guard(self.load_full())
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            let newest = self.newest.load(Ordering::Acquire);
            Arc::clone(&crate::sync::lock(&self.stored)[newest])
        }

        pub(crate) fn store(&self, next: Arc<T>) {
            let newest = self.push(next);
            self.newest.store(newest, Ordering::Release);
        }

        pub(crate) fn compare_and_swap(&self, current: &Arc<T>, next: Arc<T>) -> Guard<Arc<T>> {
            let is_current = |one: &Arc<T>| Arc::ptr_eq(one, current);
            let from = crate::sync::lock(&self.stored).iter().rposition(is_current);
            let (from, to) = (from.unwrap_or(usize::MAX), self.push(next));
            let (done, found) = (Ordering::AcqRel, Ordering::Acquire);
            let found = self.newest.compare_exchange(from, to, done, found);
            let found = found.unwrap_or_else(|other| other);
            Guard(Arc::clone(&crate::sync::lock(&self.stored)[found]))
        }

        fn push(&self, next: Arc<T>) -> usize {
            let mut stored = crate::sync::lock(&self.stored);
            stored.push(next);
            stored.len() - 1
        }
    }

    impl<T> Guard<T> {
        pub(crate) fn from_inner(inner: T) -> Self {
            Self(inner)
        }
    }

    impl<T> Deref for Guard<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}
