//! Snapshots, and the cell that they are published in.

use std::{
    fmt,
    future::{Future, poll_fn},
    ops::Deref,
    pin::Pin,
    sync::{Arc, OnceLock, atomic::Ordering},
    task::Poll,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::writer::Writer;
use crate::{
    document::Document,
    error::Error,
    place::{Key, Origin, SourceVersion},
    section::TypedPath,
    sync::{ArcSwap, AtomicBool, AtomicU64, Event, EventListener, Guard},
};

/// The number of a configuration that is or was in force, counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Generation(pub(crate) u64);

impl Generation {
    pub(crate) const FIRST: Self = Self(1);

    /// Returns the generation that comes after this one.
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One accepted configuration with its generation, the origin of its values, and its time.
///
/// It dereferences to the configuration. It never changes: a reload publishes another one.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
/// # use std::time::Duration;
/// # let boot = Loader::<Config>::new().text("yaml", "motd: hello").load()?;
/// # let reloader = boot.reloader().start()?;
/// let before = reloader.handle().get();
/// assert_eq!(before.motd, "hello");
/// assert_eq!(before.generation(), 1);
/// assert_eq!(before.origin("motd").to_string(), "text:1:7");
///
/// let motd = Config::fields().motd();
/// reloader.override_field(motd, "goodbye".to_owned()).for_duration(Duration::from_secs(60)).wait()?;
/// assert_eq!(reloader.handle().get().generation(), 2);
/// assert_eq!(before.motd, "hello", "a snapshot stays as it is");
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Snapshot<C> {
    /// Shared with all that compares it, so that it is never copied.
    config: Arc<C>,
    generation: Generation,
    accepted_at: SystemTime,
    document: Arc<Document>,
    /// The document of what is in force; `document` has the `restart` values that are asked for.
    in_force: Arc<Document>,
    /// The key below which the document has the values: that of the root, unless this is a part of a snapshot.
    at: Key,
}

impl<C> Snapshot<C> {
    pub(crate) fn new(
        config: Arc<C>,
        generation: Generation,
        accepted_at: SystemTime,
        document: Arc<Document>,
    ) -> Self {
        let in_force = Arc::clone(&document);
        Self { config, generation, accepted_at, document, in_force, at: Key::root() }
    }

    /// Returns the snapshot of one part.
    fn part<P: TypedPath<C>>(&self, part: P) -> Snapshot<P::Value> {
        let (config, document) = (Arc::new(part.read(&self.config)), Arc::clone(&self.document));
        let snapshot = Snapshot::new(config, self.generation, self.accepted_at, document);
        Snapshot { at: self.below(&part.key()), ..snapshot }
    }

    /// Returns a key of this configuration as one of the whole.
    fn below(&self, key: &Key) -> Key {
        self.at.segments().iter().chain(key.segments()).cloned().collect()
    }

    /// Returns the same snapshot, where something of its document waits for a restart.
    pub(crate) fn with_in_force(self, in_force: Arc<Document>) -> Self {
        Self { in_force, ..self }
    }

    /// Returns a copy under another generation.
    pub(crate) fn numbered(&self, generation: Generation) -> Self {
        let (config, document) = (Arc::clone(&self.config), Arc::clone(&self.document));
        Self::new(config, generation, self.accepted_at, document)
    }

    /// Returns the configuration itself; the snapshot dereferences to it.
    pub fn config(&self) -> &C {
        &self.config
    }

    pub(crate) const fn shared_config(&self) -> &Arc<C> {
        &self.config
    }

    pub(crate) const fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// Returns the document from which this very configuration can be built.
    pub(crate) const fn in_force(&self) -> &Arc<Document> {
        &self.in_force
    }

    /// Returns the number of configurations that have been in force, this one included: 1 after the
    /// start, one more with each report whose verdict is `applied`. With a
    /// [history file](crate::Builder::history_file), those of earlier processes count too.
    pub const fn generation(&self) -> u64 {
        self.generation.0
    }

    /// Returns the generation as what it is.
    pub(crate) const fn number(&self) -> Generation {
        self.generation
    }

    /// Returns the time at which it came into force.
    pub const fn accepted_at(&self) -> SystemTime {
        self.accepted_at
    }

    /// Returns the versions of the sources that it was accepted from, of those that
    /// [have one](crate::source::Intake::version).
    pub fn sources(&self) -> &[SourceVersion] {
        &self.document.versions
    }

    /// Returns the place at which the sources of this snapshot set a key.
    ///
    /// For a `restart` field this is the place of its *desired* value, once that differs from the
    /// value in force.
    pub fn origin(&self, key: impl Into<Key>) -> Origin {
        self.document.origin(&self.below(&key.into()))
    }
}

impl<C> Deref for Snapshot<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.config
    }
}

impl<C: fmt::Debug> fmt::Debug for Snapshot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("generation", &self.generation)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The news of a publication, for readers of the whole and of its parts.
pub(crate) struct News {
    /// The generation in force or, for a moment, the one that comes next; for readers that
    /// keep a value and compare its generation.
    pub(crate) newest: AtomicU64,
    /// The event that wakes those who wait for a newer snapshot.
    pub(crate) changed: Event,
    stopped: AtomicBool,
    /// The thread that publishes, from the start of a reloader on.
    writer: OnceLock<Arc<Writer>>,
}

impl News {
    /// Refuses to wait for a newer snapshot where none can come.
    pub(crate) fn may_be_awaited(&self) -> Result<(), Error> {
        self.writer.get().map_or(Ok(()), |writer| writer.may_be_awaited())
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Waits for a newer snapshot, or for the end.
    pub(crate) async fn comes(&self, mut listener: EventListener) -> Result<(), Error> {
        // At every poll, because a future moves from thread to thread.
        poll_fn(|context| match self.may_be_awaited() {
            Ok(()) => Pin::new(&mut listener).poll(context).map(Ok),
            Err(error) => Poll::Ready(Err(error)),
        })
        .await
    }
}

/// The cell that all readers share. The reload thread writes that of the whole; that of a part follows it, and is
/// renewed by those who read it.
pub(crate) struct Published<C> {
    current: ArcSwap<Snapshot<C>>,
    news: Arc<News>,
    /// The whole that this is a part of.
    whole: Option<Box<dyn Whole<C>>>,
}

/// A configuration of which an `S` is a part.
trait Whole<S>: Send + Sync {
    /// Returns the latest snapshot of the part.
    fn part(&self) -> Arc<Snapshot<S>>;
}

impl<C: Send + Sync, P: TypedPath<C>> Whole<P::Value> for (Arc<Published<C>>, P) {
    fn part(&self) -> Arc<Snapshot<P::Value>> {
        let (published, part) = self;
        Arc::new(published.load().part(*part))
    }
}

impl<C> Published<C> {
    pub(crate) fn new(first: Snapshot<C>) -> Self {
        let news = News {
            newest: AtomicU64::new(first.generation()),
            changed: Event::new(),
            stopped: AtomicBool::new(false),
            writer: OnceLock::new(),
        };
        Self { current: ArcSwap::new(Arc::new(first)), news: Arc::new(news), whole: None }
    }

    /// Returns the news of the publication.
    pub(crate) const fn news(&self) -> &Arc<News> {
        &self.news
    }

    pub(crate) fn load(&self) -> Guard<Arc<Snapshot<C>>> {
        let current = self.current.load();
        match &self.whole {
            Some(whole) if !self.is_newest(&current) => self.renew(&**whole, current),
            _ => current,
        }
    }

    pub(crate) fn load_full(&self) -> Arc<Snapshot<C>> {
        match self.whole {
            Some(_) => Arc::clone(&self.load()),
            None => self.current.load_full(),
        }
    }

    fn is_newest(&self, snapshot: &Snapshot<C>) -> bool {
        snapshot.generation() == self.news.newest.load(Ordering::Relaxed)
    }

    /// Takes the part out of the whole, unless another reader has done so meanwhile.
    #[cold]
    fn renew(
        &self,
        whole: &dyn Whole<C>,
        mut current: Guard<Arc<Snapshot<C>>>,
    ) -> Guard<Arc<Snapshot<C>>> {
        loop {
            let latest = whole.part();
            // The count comes before what it counts.
            if latest.generation() <= current.generation() {
                return current;
            }
            let found = self.current.compare_and_swap(&*current, Arc::clone(&latest));
            if Arc::ptr_eq(&found, &current) {
                return Guard::from_inner(latest);
            }
            current = found;
        }
    }

    pub(crate) fn publish(&self, next: Arc<Snapshot<C>>) {
        let generation = next.generation();
        // The count first: a reader that has seen the snapshot, by whatever way, then sees the count too,
        // and does not take the older value that it keeps for the latest.
        self.news.newest.store(generation, Ordering::Relaxed);
        self.current.store(next);
        self.news.changed.notify(usize::MAX);
    }

    /// Names the thread that publishes from now on.
    pub(crate) fn is_written_by(&self, writer: &Arc<Writer>) {
        // A configuration gets one reloader.
        let _ = self.news.writer.set(Arc::clone(writer));
    }

    pub(crate) fn stop(&self) {
        self.news.stopped.store(true, Ordering::Release);
        self.news.changed.notify(usize::MAX);
    }
}

impl<C: Send + Sync + 'static> Published<C> {
    /// Publishes a part of this, which follows it.
    pub(crate) fn part<P: TypedPath<C>>(self: &Arc<Self>, part: P) -> Published<P::Value> {
        let whole: Box<dyn Whole<P::Value>> = Box::new((Arc::clone(self), part));
        let (current, news) = (ArcSwap::new(whole.part()), Arc::clone(&self.news));
        Published { current, news, whole: Some(whole) }
    }
}
