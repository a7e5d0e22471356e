//! Following one field.

use std::{
    cell::Cell,
    fmt,
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::{
    error::Error,
    section::{Field, Reloadable},
    snapshot::Published,
    sync::{AtomicU64, Event, Listener, Mutex, lock_shared},
};

/// Follows one hot field: its latest value at the cost of an atomic load, and a wake-up when it
/// changes.
///
/// It keeps no queue: a slow reader sees the latest value and skips those in between. Each task has
/// its own (`Clone` and `Send`, not `Sync`). Two watches may differ by a generation for a moment;
/// take one [`Handle::load`](crate::Handle::load) where values belong together.
///
/// Below a section that is an `Option`, the value is an `Option` too.
pub struct Watch<T> {
    source: Arc<dyn Follow<T>>,
    /// The newest generation, counted before it is published. A relaxed load is enough: the value is
    /// kept with the generation it was really read at, so a watch that reads too early looks again.
    newest: Arc<AtomicU64>,
    /// The value last shown, shared with the futures handed out.
    noticed: Arc<Mutex<T>>,
    /// A copy of what is noticed and the generation it belongs to, so that a read takes no lock.
    cached: Cell<Option<T>>,
    generation: Cell<u64>,
}

/// One field of a published configuration, whatever the type of the root.
trait Follow<T>: Send + Sync {
    /// The value, and the generation it belongs to.
    fn read(&self) -> (T, u64);
    fn changed(&self) -> &Event;
    fn is_stopped(&self) -> bool;
}

struct Followed<C, T, K> {
    published: Arc<Published<C>>,
    field: Field<C, T, K>,
}

impl<C: Reloadable, T, K> Follow<T> for Followed<C, T, K> {
    fn read(&self) -> (T, u64) {
        let snapshot = self.published.load();
        (self.field.read(&snapshot), snapshot.generation())
    }
    fn changed(&self) -> &Event {
        &self.published.changed
    }
    fn is_stopped(&self) -> bool {
        self.published.is_stopped()
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Watch<T> {
    pub(crate) fn new<C: Reloadable, K: 'static>(
        published: Arc<Published<C>>,
        field: Field<C, T, K>,
    ) -> Self {
        let newest = Arc::clone(&published.generation);
        let source = Arc::new(Followed { published, field });
        let (value, generation) = source.read();
        Self {
            source,
            newest,
            noticed: Arc::new(Mutex::new(value.clone())),
            cached: Cell::new(Some(value)),
            generation: Cell::new(generation),
        }
    }

    /// The latest value, which counts as seen: [`changed`](Self::changed) and [`wait`](Self::wait) answer
    /// with the next one.
    #[inline]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        if self.newest.load(Ordering::Relaxed) == self.generation.get()
            && let Some(value) = self.cached.get()
        {
            return value;
        }
        let value = self.refresh();
        self.cached.set(Some(value));
        value
    }

    /// Runs a function on the latest value, which counts as seen, as with [`get`](Self::get).
    pub fn with<O>(&self, read: impl FnOnce(&T) -> O) -> O {
        let fresh = self.newest.load(Ordering::Relaxed) == self.generation.get();
        // Taken out while it is read, so that a nested call, which finds nothing, reads for itself.
        let value = self.cached.take().filter(|_| fresh).unwrap_or_else(|| self.refresh());
        let result = read(&value);
        self.cached.set(Some(value));
        result
    }

    /// Waits until the value differs from the one last shown by this watch, and counts as showing
    /// it. Works with every runtime and without one.
    ///
    /// The future borrows nothing and may be dropped at any time.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) once the reloader has stopped: the value will not change
    /// any more.
    pub fn changed(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let source = Arc::clone(&self.source);
        let noticed = Arc::clone(&self.noticed);
        async move {
            loop {
                let listener = source.changed().listen();
                if let Some(end) = look(&*source, &noticed) {
                    return end;
                }
                listener.await;
            }
        }
    }

    /// Blocks until the value differs from the one last shown by this watch, and counts as showing
    /// it.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) once the reloader has stopped.
    pub fn wait(&self) -> Result<(), Error> {
        loop {
            let listener = self.source.changed().listen();
            if let Some(end) = look(&*self.source, &self.noticed) {
                return end;
            }
            listener.wait();
        }
    }

    /// Blocks as [`wait`](Self::wait) does, but no longer than `timeout`; answers whether the value
    /// changed.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) once the reloader has stopped.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Error> {
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            // Longer than time goes.
            return self.wait().map(|()| true);
        };
        loop {
            let listener = self.source.changed().listen();
            if let Some(end) = look(&*self.source, &self.noticed) {
                return end.map(|()| true);
            }
            if listener.wait_deadline(deadline).is_none() {
                return look(&*self.source, &self.noticed)
                    .map_or(Ok(false), |end| end.map(|()| true));
            }
        }
    }

    fn refresh(&self) -> T {
        // Locked while it reads, as in `look`: what is noticed never becomes an older value.
        let mut noticed = lock_shared(&self.noticed);
        let (value, generation) = self.source.read();
        self.generation.set(generation);
        if *noticed != value {
            noticed.clone_from(&value);
        }
        value
    }
}

/// How a wait ends, if it does: the value differs from what was noticed, or never will again.
fn look<T: Clone + PartialEq>(
    source: &dyn Follow<T>,
    noticed: &Mutex<T>,
) -> Option<Result<(), Error>> {
    // Asked first: the last value before the end is shown before the end is.
    let is_stopped = source.is_stopped();
    let mut noticed = lock_shared(noticed);
    let (value, _) = source.read();
    if *noticed != value {
        *noticed = value;
        return Some(Ok(()));
    }
    is_stopped.then(|| Err(Error::stopped()))
}

impl<T: Clone> Clone for Watch<T> {
    /// Another watch that has noticed what this one has.
    fn clone(&self) -> Self {
        let noticed = lock_shared(&self.noticed).clone();
        Self {
            source: Arc::clone(&self.source),
            newest: Arc::clone(&self.newest),
            noticed: Arc::new(Mutex::new(noticed)),
            cached: Cell::new(None),
            generation: Cell::new(0),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&*lock_shared(&self.noticed)).finish()
    }
}
