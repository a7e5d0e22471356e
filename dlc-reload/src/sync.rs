//! The types by which threads share a snapshot: the real ones, or their doubles for `loom`, which
//! runs a model in every order that the memory model allows. The event is the real one in both.

#[cfg(not(all(test, loom)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64},
};

#[cfg(not(all(test, loom)))]
pub(crate) use arc_swap::{ArcSwap, Guard};
pub(crate) use event_listener::{Event, Listener};
#[cfg(all(test, loom))]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64},
};

#[cfg(all(test, loom))]
pub(crate) use self::double::{ArcSwap, Guard};

/// A double of `arc_swap`, into which `loom` cannot look. It keeps no more order than a pointer
/// that is stored with `Release` and loaded with `Acquire`, which is less than the real one does.
#[cfg(all(test, loom))]
mod double {
    use std::{
        ops::Deref,
        sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    };

    use loom::sync::atomic::AtomicUsize;

    pub(crate) struct ArcSwap<T> {
        newest: AtomicUsize,
        /// All values that were ever stored. `loom` does not see this lock, so it orders nothing.
        stored: Mutex<Vec<Arc<T>>>,
    }

    pub(crate) struct Guard<T>(T);

    impl<T> ArcSwap<T> {
        pub(crate) fn from_pointee(first: T) -> Self {
            Self { newest: AtomicUsize::new(0), stored: Mutex::new(vec![Arc::new(first)]) }
        }

        pub(crate) fn load(&self) -> Guard<Arc<T>> {
            Guard(self.load_full())
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            let newest = self.newest.load(Ordering::Acquire);
            Arc::clone(&self.stored.lock().unwrap_or_else(PoisonError::into_inner)[newest])
        }

        pub(crate) fn store(&self, next: Arc<T>) {
            let newest = {
                let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
                stored.push(next);
                stored.len() - 1
            };
            self.newest.store(newest, Ordering::Release);
        }
    }

    impl<T> Deref for Guard<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}
