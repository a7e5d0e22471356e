//! Readers of one field or section that are woken when it changes.

use std::{
    fmt,
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::published::{News, Published};
use crate::{
    error::Error,
    section::TypedPath,
    sync::{ArcSwap, AtomicCell, Guard, Listener, assert_may_block},
};

/// A reader of one hot field, of a section or of the whole configuration: it returns the latest value, and is woken
/// when the value changes. A `Copy` value costs a few loads of atomics, and no lock.
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
/// let minute = Duration::from_secs(60);
/// reloader.override_field(Config::fields().rate(), 50).for_duration(minute).wait()?;
/// drop(reloader); // which ends the loop
/// assert_eq!(worker.join().unwrap(), [50]);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// It keeps no queue: a slow reader sees the latest value and skips those in between. A clone has seen what the one has
/// that it is made from, and from then on sees for itself: give each task its own. Two watches may differ by a
/// generation for a moment; take one [`Handle::load`] where values belong together.
///
/// Below a section that is an `Option`, the value is an `Option` too.
///
/// [`Handle::load`]: crate::Handle::load
pub struct Watch<T> {
    state: Arc<State<T>>,
}

/// The state of a watch, shared with the futures handed out.
struct State<T> {
    source: Arc<dyn Follow<T>>,
    /// The newest generation, counted before it is published. A relaxed load is enough: the value is
    /// kept with the generation it was really read at, so a watch that reads too early looks again.
    news: Arc<News>,
    /// The value last returned or noticed by a wait. What the value itself does is the author's code, which may read
    /// the same watch: none of it runs under a lock.
    noticed: ArcSwap<Noticed<T>>,
    /// A copy of the value and the generation it belongs to, of a value that is `Copy`.
    copied: AtomicCell<Option<(u64, T)>>,
}

/// A value that counts as seen, and the generation it was read at.
struct Noticed<T> {
    value: T,
    generation: u64,
}

/// One part of a published configuration, independent of the type of the root.
trait Follow<T>: Send + Sync {
    /// Returns the value and the generation it belongs to.
    fn read(&self) -> Noticed<T>;
    fn differ(&self, one: &T, other: &T) -> bool;
}

struct Followed<C, P> {
    published: Arc<Published<C>>,
    part: P,
}

impl<C: Send + Sync, P: TypedPath<C>> Follow<P::Value> for Followed<C, P> {
    fn read(&self) -> Noticed<P::Value> {
        let snapshot = self.published.load();
        Noticed { value: self.part.read(snapshot.config()), generation: snapshot.generation() }
    }

    fn differ(&self, one: &P::Value, other: &P::Value) -> bool {
        P::differ(one, other)
    }
}

impl<T: Send + Sync + 'static> Watch<T> {
    pub(crate) fn new<C, P>(published: Arc<Published<C>>, part: P) -> Self
    where
        C: Send + Sync + 'static,
        P: TypedPath<C, Value = T>,
    {
        let news = Arc::clone(published.news());
        let source = Arc::new(Followed { published, part });
        let noticed = Arc::new(source.read());
        Self::of(source, news, noticed)
    }

    fn of(source: Arc<dyn Follow<T>>, news: Arc<News>, noticed: Arc<Noticed<T>>) -> Self {
        let (noticed, copied) = (ArcSwap::new(noticed), AtomicCell::new(None));
        Self { state: Arc::new(State { source, news, noticed, copied }) }
    }

    /// Returns the latest value, which counts as seen: [`changed`](Self::changed) and
    /// [`wait`](Self::wait) wait for another one.
    #[inline]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        match self.state.copied.load() {
            Some((generation, value)) if self.state.is_newest(generation) => value,
            _ => self.copy_anew(),
        }
    }

    #[cold]
    fn copy_anew(&self) -> T
    where
        T: Copy,
    {
        let latest = self.state.latest();
        self.state.copied.store(Some((latest.generation, latest.value)));
        latest.value
    }

    /// Runs a function on the latest value, without a copy of it. The value counts as seen, as with
    /// [`get`](Self::get).
    pub fn with<O>(&self, read: impl FnOnce(&T) -> O) -> O {
        read(&self.state.latest().value)
    }

    /// Returns true if the latest value differs from the one last seen through this watch. It does not count as seen.
    pub fn has_changed(&self) -> bool {
        let State { source, noticed, .. } = &*self.state;
        let noticed = noticed.load();
        !self.state.is_newest(noticed.generation)
            && source.differ(&noticed.value, &source.read().value)
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
        let state = Arc::clone(&self.state);
        async move {
            loop {
                let listener = state.news.changed.listen();
                if state.look()? {
                    return Ok(());
                }
                state.news.comes(listener).await?;
            }
        }
    }

    /// Waits until the latest value is one that is waited for, and returns it. It counts as seen, and so do those
    /// before it.
    ///
    /// ```
    /// # use dlc_reload::{Error, Loader, Reloadable, Watch};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] workers: u32 }
    /// async fn once_there_are_workers(workers: &Watch<u32>) -> Result<u32, Error> {
    ///     workers.wait_for(|workers| *workers > 0).await
    /// }
    /// # let boot = Loader::<Config>::new().text("yaml", "workers: 4").load()?;
    /// # drop(once_there_are_workers(&boot.handle().watch(Config::fields().workers())));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`changed`](Self::changed).
    pub fn wait_for<F>(
        &self,
        mut wanted: F,
    ) -> impl Future<Output = Result<T, Error>> + Send + use<T, F>
    where
        T: Clone,
        F: FnMut(&T) -> bool + Send,
    {
        let state = Arc::clone(&self.state);
        async move {
            loop {
                let listener = state.news.changed.listen();
                // Read first: a waiter gets the last value before it learns of the end.
                let is_stopped = state.news.is_stopped();
                if let Some(value) = state.latest_if(&mut wanted) {
                    return Ok(value);
                }
                if is_stopped {
                    return Err(Error::stopped());
                }
                state.news.comes(listener).await?;
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
        let State { news, .. } = &*self.state;
        loop {
            let listener = news.changed.listen();
            if self.state.look()? {
                return Ok(true);
            }
            news.may_be_awaited()?;
            assert_may_block();
            match deadline {
                None => listener.wait(),
                Some(deadline) if listener.wait_deadline(deadline).is_some() => {}
                Some(_) => return self.state.look(),
            }
        }
    }
}

#[cfg(feature = "stream")]
impl<T: Send + Sync + 'static> Watch<T> {
    pub(super) fn news(&self) -> &News {
        &self.state.news
    }

    /// Returns true if the value differs from the one last seen, and counts as seen from now on.
    pub(super) fn look(&self) -> Result<bool, Error> {
        self.state.look()
    }
}

impl<T> State<T> {
    fn is_newest(&self, generation: u64) -> bool {
        generation == self.news.newest.load(Ordering::Relaxed)
    }

    /// Returns the latest value, which counts as seen.
    fn latest(&self) -> Guard<Arc<Noticed<T>>> {
        let noticed = self.noticed.load();
        if self.is_newest(noticed.generation) { noticed } else { self.notice(noticed).0 }
    }

    /// Returns the latest value, if it is one that is wanted; it counts as seen in any case.
    fn latest_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<T>
    where
        T: Clone,
    {
        let latest = self.latest();
        wanted(&latest.value).then(|| latest.value.clone())
    }

    /// Returns true if the value differs from the noticed one, which it replaces then.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) if it does not and never will again.
    fn look(&self) -> Result<bool, Error> {
        // Read first: a waiter gets the last value before it learns of the end.
        let is_stopped = self.news.is_stopped();
        let (_, differs) = self.notice(self.noticed.load());
        if !differs && is_stopped { Err(Error::stopped()) } else { Ok(differs) }
    }

    /// Returns the latest value, and true if it differs from the noticed one, which it replaces.
    fn notice(&self, mut before: Guard<Arc<Noticed<T>>>) -> (Guard<Arc<Noticed<T>>>, bool) {
        loop {
            let latest = self.source.read();
            if latest.generation == before.generation {
                return (before, false);
            }
            let differs = self.source.differ(&before.value, &latest.value);
            let latest = Arc::new(latest);
            let found = self.noticed.compare_and_swap(&*before, Arc::clone(&latest));
            // Unless another one has noticed something meanwhile: the noticed value never becomes an older one.
            if Arc::ptr_eq(&found, &before) {
                return (Guard::from_inner(latest), differs);
            }
            before = found;
        }
    }
}

impl<T: Send + Sync + 'static> Clone for Watch<T> {
    /// Makes another watch that has seen the same value as this one.
    fn clone(&self) -> Self {
        let State { source, news, noticed, .. } = &*self.state;
        Self::of(Arc::clone(source), Arc::clone(news), noticed.load_full())
    }
}

impl<T: fmt::Debug> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.state.noticed.load().value).finish()
    }
}
