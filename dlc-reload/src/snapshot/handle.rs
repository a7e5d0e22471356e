//! Readers of the configuration in force.

use std::{fmt, ops::Deref, sync::Arc};

use super::{
    published::{Published, Snapshot},
    reader::Reader,
    watch::Watch,
};
use crate::{
    section::{Field, Reloadable, Watchable},
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
pub struct Handle<C> {
    published: Arc<Published<C>>,
}

impl<C> Handle<C> {
    pub(crate) const fn new(published: Arc<Published<C>>) -> Self {
        Self { published }
    }

    /// Returns the configuration in force as a short-lived guard, without a lock or an allocation.
    ///
    /// The guard shows one generation for as long as it lives. Do not hold it across an `await` or
    /// keep it in a struct, where it slows other readers down; [`get`](Self::get) is for that.
    pub fn load(&self) -> Guard<C> {
        Guard(self.published.load())
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

impl<C: Reloadable> Handle<C> {
    /// Follows one hot field; see [`Watch`].
    pub fn watch<T, K>(&self, field: Field<C, T, K>) -> Watch<T>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
        K: Watchable,
    {
        Watch::new(Arc::clone(&self.published), field)
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
pub struct Guard<C>(sync::Guard<Arc<Snapshot<C>>>);

impl<C> Guard<C> {
    /// Returns the snapshot that this guard shows.
    pub fn snapshot(&self) -> &Snapshot<C> {
        &self.0
    }
}

impl<C> Deref for Guard<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.config()
    }
}

impl<C: fmt::Debug> fmt::Debug for Guard<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
