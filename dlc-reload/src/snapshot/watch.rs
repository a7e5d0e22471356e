//! Readers of one field that are woken when it changes.

use std::{
    cell::Cell,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::{Duration, Instant},
};

use super::published::Published;
use crate::{
    error::Error,
    section::{Field, Reloadable},
    sync::{AtomicU64, Event, Listener, Mutex, assert_may_block, lock_shared},
};

/// A reader of one hot field: it returns the latest value at the cost of an atomic load, and is woken
/// when the value changes.
///
/// ```
/// # use std::time::Duration;
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let boot = Loader::<Config>::new().text("yaml", "rate: 100").load()?;
/// # let reloader = boot.reloader().start()?;
/// let rate = reloader.watch(Config::fields().rate());
/// assert_eq!(rate.get(), 100);
///
/// let worker = std::thread::spawn(move || {
///     let mut seen = Vec::new();
///     // In a task: `while rate.changed().await.is_ok()`.
///     while rate.wait().is_ok() {
///         seen.push(rate.get());
///     }
///     seen
/// });
/// reloader.override_field(Config::fields().rate(), 50).for_duration(Duration::from_secs(60)).wait()?;
/// drop(reloader); // which ends the loop
/// assert_eq!(worker.join().unwrap(), [50]);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
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
    /// The value last returned or noticed by a wait, shared with the futures handed out.
    noticed: Arc<Mutex<Noticed<T>>>,
    /// A copy of the value and the generation it belongs to, so that a read takes no lock.
    cached: Cell<Option<T>>,
    generation: Cell<u64>,
}

/// A value that counts as seen, and the generation it was read at. Below the lock only the pointer is cloned, moved
/// and compared: what the value itself does is the author's code, which may read the same watch.
struct Noticed<T> {
    value: Arc<T>,
    generation: u64,
}

impl<T> Clone for Noticed<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), generation: self.generation }
    }
}

/// One field of a published configuration, independent of the type of the root.
trait Follow<T>: Send + Sync {
    /// Returns the value and the generation it belongs to.
    fn read(&self) -> (T, u64);
    fn changed(&self) -> &Event;
    fn is_stopped(&self) -> bool;
    /// Refuses to wait for a change where none can come.
    fn may_be_awaited(&self) -> Result<(), Error>;
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
    fn may_be_awaited(&self) -> Result<(), Error> {
        self.published.may_be_awaited()
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
            noticed: Arc::new(Mutex::new(Noticed { value: Arc::new(value.clone()), generation })),
            cached: Cell::new(Some(value)),
            generation: Cell::new(generation),
        }
    }

    /// Returns the latest value, which counts as seen: [`changed`](Self::changed) and
    /// [`wait`](Self::wait) wait for another one.
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

    /// Runs a function on the latest value, without a copy of it. The value counts as seen, as with
    /// [`get`](Self::get).
    pub fn with<O>(&self, read: impl FnOnce(&T) -> O) -> O {
        let fresh = self.newest.load(Ordering::Relaxed) == self.generation.get();
        // Taken out while it is read, so that a nested call, which finds nothing, reads for itself.
        let value = self.cached.take().filter(|_| fresh).unwrap_or_else(|| self.refresh());
        let result = read(&value);
        self.cached.set(Some(value));
        result
    }

    /// Waits until the value differs from the one last seen through this watch; the new value then
    /// counts as seen. Works with every runtime and without one.
    ///
    /// The future borrows nothing and may be dropped at any time.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) once the reloader has stopped: the value will not change
    /// any more. [`is_reentrant`](Error::is_reentrant) where the reload thread polls it, as a hook that blocks
    /// on it does, and [`is_forked`](Error::is_forked) in a process that was forked after the start: no
    /// change could come.
    pub fn changed(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let source = Arc::clone(&self.source);
        let noticed = Arc::clone(&self.noticed);
        async move {
            loop {
                let mut listener = source.changed().listen();
                if look(&*source, &noticed)? {
                    return Ok(());
                }
                // At every poll, because a future moves from thread to thread.
                poll_fn(|context| match source.may_be_awaited() {
                    Ok(()) => Pin::new(&mut listener).poll(context).map(Ok),
                    Err(error) => Poll::Ready(Err(error)),
                })
                .await?;
            }
        }
    }

    /// Blocks until the value differs from the one last seen through this watch; the new value then
    /// counts as seen.
    ///
    /// # Errors
    ///
    /// As [`changed`](Self::changed).
    ///
    /// # Panics
    ///
    /// With the feature `tokio`, on a thread that runs the tasks of a runtime: await [`changed`](Self::changed) there.
    #[track_caller]
    pub fn wait(&self) -> Result<(), Error> {
        self.wait_until(None).map(|_| ())
    }

    /// Blocks as [`wait`](Self::wait) does, but no longer than `timeout`; returns true if the value
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`changed`](Self::changed).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Error> {
        // There is no deadline where the timeout is longer than time goes.
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// Blocks until the value changed, or until the deadline if there is one; returns true if the value changed.
    #[track_caller]
    fn wait_until(&self, deadline: Option<Instant>) -> Result<bool, Error> {
        loop {
            let listener = self.source.changed().listen();
            if look(&*self.source, &self.noticed)? {
                return Ok(true);
            }
            self.source.may_be_awaited()?;
            assert_may_block();
            match deadline {
                None => listener.wait(),
                Some(deadline) if listener.wait_deadline(deadline).is_some() => {}
                Some(_) => return look(&*self.source, &self.noticed),
            }
        }
    }

    fn refresh(&self) -> T {
        let (value, generation, _) = notice(&*self.source, &self.noticed);
        self.generation.set(generation);
        value
    }
}

/// Returns true if the value differs from the noticed one, which it replaces then.
///
/// # Errors
///
/// [`is_stopped`](Error::is_stopped) if it does not and never will again.
fn look<T: Clone + PartialEq>(
    source: &dyn Follow<T>,
    noticed: &Mutex<Noticed<T>>,
) -> Result<bool, Error> {
    // Read first: a waiter gets the last value before it learns of the end.
    let is_stopped = source.is_stopped();
    let (_, _, differs) = notice(source, noticed);
    if !differs && is_stopped { Err(Error::stopped()) } else { Ok(differs) }
}

/// Returns the latest value with its generation, and true if it differs from the noticed one, which it replaces.
fn notice<T: Clone + PartialEq>(
    source: &dyn Follow<T>,
    noticed: &Mutex<Noticed<T>>,
) -> (T, u64, bool) {
    loop {
        let before = lock_shared(noticed).clone();
        let (value, generation) = source.read();
        if generation == before.generation {
            return (value, generation, false);
        }
        let differs = *before.value != value;
        let latest = if differs { Arc::new(value.clone()) } else { Arc::clone(&before.value) };
        let mut current = lock_shared(noticed);
        // Unless another one has noticed something meanwhile: the noticed value never becomes an older one.
        if current.generation == before.generation {
            *current = Noticed { value: latest, generation };
            // The value of before is still held by `before`, and is dropped without the lock.
            drop(current);
            return (value, generation, differs);
        }
    }
}

impl<T: Clone> Clone for Watch<T> {
    /// Makes another watch that has seen the same value as this one.
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
        let noticed = lock_shared(&self.noticed).clone();
        f.debug_tuple("Watch").field(&*noticed.value).finish()
    }
}
