//! Readers of the configuration in force.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use super::{
    published::{Published, Snapshot},
    reader::Reader,
    watch::Watch,
};
use crate::{
    section::{TypedPath, Watchable},
    sync,
};

/// A reader of the configuration in force; cheap to clone and to keep.
///
/// A read takes no lock and never waits for a reload: read at every use instead of keeping a copy. Which read to take:
///
/// - [`load`](Self::load) for a request or a turn of a loop that reads several fields: they belong together.
/// - [`get`](Self::get) for a configuration that is kept across an `await`, or for as long as a request lives.
/// - [`reader`](Self::reader) for a worker that reads very often, and can keep a reader of its own.
/// - [`watch`](Self::watch) for one field: on a hot path, or to be woken when it changes.
///
/// ```
/// # use std::time::Duration;
/// # use dlc_reload::{Handle, Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
/// struct Page {
///     config: Handle<Config>,
/// }
///
/// impl Page {
///     fn render(&self) -> String {
///         format!("<h1>{}</h1>", self.config.load().motd)
///     }
/// }
///
/// # let boot = Loader::<Config>::new().text("yaml", "motd: hello").load()?;
/// # let reloader = boot.reloader().start()?;
/// let page = Page { config: reloader.handle() };
/// assert_eq!(page.render(), "<h1>hello</h1>");
///
/// let motd = Config::fields().motd();
/// reloader.override_field(motd, "goodbye".to_owned()).for_duration(Duration::from_secs(60)).wait()?;
/// assert_eq!(page.render(), "<h1>goodbye</h1>");
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[doc(alias("arc-swap", "CurrentValue", "IOptionsMonitor", "options monitor"))]
pub struct Handle<C> {
    published: Arc<Published<C>>,
}

impl<C> Handle<C> {
    pub(crate) const fn new(published: Arc<Published<C>>) -> Self {
        Self { published }
    }

    /// Returns the configuration in force as a short-lived guard, without a lock or an allocation.
    ///
    /// The guard shows one generation for as long as it lives. It cannot be held across an `await` in a task that may
    /// move to another thread, and should not be kept in a struct, where it slows other readers down;
    /// [`get`](Self::get) is for that.
    pub fn load(&self) -> Guard<C> {
        Guard { snapshot: self.published.load(), stays: PhantomData }
    }

    /// Returns the configuration in force as a snapshot that may be kept for any time.
    pub fn get(&self) -> Arc<Snapshot<C>> {
        self.published.load_full()
    }

    /// Returns a reader for one task or thread that keeps what it read last, and is faster for it; see [`Reader`].
    pub fn reader(&self) -> Reader<C> {
        Reader::new(Arc::clone(&self.published))
    }
}

impl<C: Send + Sync + 'static> Handle<C> {
    /// Follows one hot field, a section or the whole; see [`Watch`].
    pub fn watch<P: TypedPath<C, Class: Watchable>>(&self, part: P) -> Watch<P::Value> {
        Watch::new(Arc::clone(&self.published), part)
    }

    /// Returns a handle of one section, for the code that needs no more than it. That code, and its tests, need not
    /// know the whole.
    ///
    /// ```
    /// # use dlc_reload::{Handle, Loader, Reloadable};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Clone, Serialize, Deserialize, Reloadable)]
    /// struct Http {
    ///     #[reload(hot, live)]
    ///     banner: String,
    /// }
    ///
    /// #[derive(Clone, Serialize, Deserialize, Reloadable)]
    /// struct Config {
    ///     #[reload(nested)]
    ///     http: Http,
    /// }
    ///
    /// fn greeting(http: &Handle<Http>) -> String {
    ///     format!("{}!", http.load().banner)
    /// }
    ///
    /// let whole = Loader::<Config>::new().text("yaml", "http: {banner: hello}").load()?;
    /// assert_eq!(greeting(&whole.handle().section(Config::fields().http())), "hello!");
    ///
    /// let in_a_test = Loader::<Http>::new().text("yaml", "banner: test").load()?;
    /// assert_eq!(greeting(&in_a_test.handle()), "test!");
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// Its generations are those of the whole, and [`Snapshot::origin`] takes keys of the section. The first read after
    /// a reload clones the section, whether it has changed or not. Below an `Option`, it is a handle of an `Option`.
    pub fn section<P: TypedPath<C>>(&self, section: P) -> Handle<P::Value> {
        Handle::new(Arc::new(self.published.part(section)))
    }
}

impl<C> Clone for Handle<C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.published))
    }
}

impl<C: fmt::Debug> fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&*self.load()).finish()
    }
}

/// One generation of the configuration, borrowed from a [`Handle`]; dereferences to it.
///
/// It is not `Send`, so that a task that may move to another thread cannot hold it across an `await`.
pub struct Guard<C> {
    snapshot: sync::Guard<Arc<Snapshot<C>>>,
    /// Keeps it on its thread, while others there may refer to it.
    stays: PhantomData<*const ()>,
}

impl<C> Guard<C> {
    /// Returns the snapshot that this guard shows.
    pub fn snapshot(&self) -> &Snapshot<C> {
        &self.snapshot
    }
}

impl<C> Deref for Guard<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.snapshot.config()
    }
}

impl<C: fmt::Debug> fmt::Debug for Guard<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
