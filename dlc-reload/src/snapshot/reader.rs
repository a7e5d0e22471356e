//! Readers that keep the snapshot they read last.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use super::published::{News, Published, Snapshot};

/// A reader of the whole configuration for one task or thread, which keeps the snapshot that it read last: a read is
/// a load of one number and a comparison, until a reload publishes another one.
///
/// It is the fastest way to the configuration, at the price of a `&mut self` and of one old snapshot that stays in
/// memory until the next read. Made by [`Handle::reader`](crate::Handle::reader):
///
/// ```
/// # use std::time::Duration;
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] limit: usize }
/// # let boot = Loader::<Config>::new().text("yaml", "limit: 2").load()?;
/// # let reloader = boot.reloader().start()?;
/// let mut config = reloader.handle().reader();
/// let worker = std::thread::spawn(move || {
///     let requests = ["a", "bb", "ccc"];
///     requests.iter().filter(|request| request.len() <= config.load().limit).count()
/// });
/// assert_eq!(worker.join().unwrap(), 2);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// Values that one `load` returns belong together. Those of two reads may be of two generations.
pub struct Reader<C> {
    published: Arc<Published<C>>,
    /// The newest generation, counted before it is published. A relaxed load is enough: a reader that looks too early
    /// keeps the generation that it found, and looks again.
    news: Arc<News>,
    snapshot: Arc<Snapshot<C>>,
    /// Those of the snapshot, so that a read follows no pointer to it.
    generation: u64,
    config: Arc<C>,
}

impl<C> Reader<C> {
    pub(super) fn new(published: Arc<Published<C>>) -> Self {
        let (news, snapshot) = (Arc::clone(published.news()), published.load_full());
        let (generation, config) = (snapshot.generation(), Arc::clone(snapshot.shared_config()));
        Self { published, news, snapshot, generation, config }
    }

    /// Returns the configuration in force.
    pub fn load(&mut self) -> &C {
        self.renew_if_older();
        &self.config
    }

    /// Returns the snapshot in force, with its generation and the origins of its values.
    pub fn snapshot(&mut self) -> &Arc<Snapshot<C>> {
        self.renew_if_older();
        &self.snapshot
    }

    fn renew_if_older(&mut self) {
        if self.news.newest.load(Ordering::Relaxed) != self.generation {
            self.renew();
        }
    }

    #[cold]
    fn renew(&mut self) {
        *self = Self::new(Arc::clone(&self.published));
    }
}

impl<C> Clone for Reader<C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.published))
    }
}

impl<C: fmt::Debug> fmt::Debug for Reader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.snapshot).finish()
    }
}
