//! A configuration that was loaded and does not reload yet.

use std::{fmt, ops::Deref, sync::Arc, time::SystemTime};

use crate::{
    candidate::{Candidate, Sources},
    document::Document,
    error::Problem,
    place::{Key, Origin},
    report::{Explanation, origins},
    section::Reloadable,
    snapshot::{Generation, Handle, Published, Snapshot},
    source::{Fingerprint, SourceRead, Watched},
    store::{Failed, GoodFile, LastKnownGood},
};

/// A configuration that was loaded and does not reload yet; dereferences to the configuration.
///
/// Build the service from it, hand out its [`handle`](Self::handle), then start to reload with
/// [`reloader`](Self::reloader).
///
/// ```
/// # use dlc_reload::{Handle, Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String, #[reload(restart)] port: u16 }
/// # struct Page { config: Handle<Config> }
/// # let text = "{motd: hello, port: 80}";
/// let boot = Loader::<Config>::new().text("yaml", text).load()?;
/// println!("listening on port {}", boot.port);
/// let page = Page { config: boot.handle() };
///
/// let reloader = boot.reloader().start()?;
/// assert_eq!(page.config.load().motd, "hello");
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Boot<C> {
    pub(crate) sources: Arc<Sources<C>>,
    pub(crate) published: Arc<Published<C>>,
    pub(crate) first: Arc<Snapshot<C>>,
    pub(crate) loaded: Loaded<C>,
}

/// The sources as they were read, and the candidate that is accepted.
pub(crate) struct Loaded<C> {
    pub(crate) document: Arc<Document>,
    pub(crate) fingerprint: Fingerprint,
    /// The outcome of reading each source.
    pub(crate) sources: Vec<SourceRead>,
    pub(crate) watched: Vec<Watched>,
    pub(crate) candidate: Candidate<C>,
    /// The reason why the candidate is not what the sources ask for, if it is not.
    pub(crate) degraded: Option<LastKnownGood>,
    /// The content that failed its probation in an earlier process, if the last known good remembers some that counts:
    /// that of the candidate, or of sources that are refused now.
    pub(crate) failed: Option<Failed>,
    /// The file of the last known good, if it is kept.
    pub(crate) good: Option<GoodFile>,
}

impl<C: Reloadable> Boot<C> {
    pub(crate) fn new(mut sources: Sources<C>, loaded: Loaded<C>) -> Self {
        sources.keep_secrets_of(&loaded.document);
        let (config, document) =
            (Arc::clone(&loaded.candidate.config), Arc::clone(&loaded.document));
        let first = Snapshot::new(config, Generation::FIRST, SystemTime::now(), document);
        let published = Arc::new(Published::new(first));
        let first = published.load_full();
        Self { sources: Arc::new(sources), published, first, loaded }
    }
}

impl<C> Boot<C> {
    /// Returns a reader of the configuration in force, now and after every reload. It exists before the
    /// hooks do, so that the parts of a service that hooks act on can already hold one.
    pub fn handle(&self) -> Handle<C> {
        Handle::new(Arc::clone(&self.published))
    }

    /// Returns the warnings about a configuration that was accepted all the same. They are logged when
    /// reloading starts, since logging itself often waits for the configuration.
    pub fn warnings(&self) -> &[Problem] {
        &self.loaded.candidate.warnings
    }

    /// Returns the age of this configuration and the problems of the sources, if those were refused and
    /// it comes from the file of [`Loader::last_known_good`](crate::Loader::last_known_good).
    pub fn last_known_good(&self) -> Option<&LastKnownGood> {
        self.loaded.degraded.as_ref()
    }
}

impl<C: Reloadable> Boot<C> {
    /// Explains the value of a key: what each source says of it, which one wins, and why.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// let boot = Loader::<Config>::new().text("yaml", "port: 80").set("port", 81).load()?;
    /// let expected = "port
    ///     default       shadowed by override
    ///     text:1:7  80  shadowed by override
    ///   > override  81  wins: no later source sets it";
    /// assert_eq!(boot.explain("port").to_string(), expected);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn explain(&self, key: impl Into<Key>) -> Explanation {
        let Loaded { document, candidate, .. } = &self.loaded;
        Explanation::new(document, self.sources.shape, &key.into(), &candidate.config)
    }

    /// Returns the place of every value, in the order of the fields.
    pub fn origins(&self) -> Vec<(Key, Origin)> {
        origins(&self.loaded.document, self.sources.shape)
    }
}

impl<C> Deref for Boot<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.first
    }
}

impl<C: fmt::Debug> fmt::Debug for Boot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Boot").field(&**self).finish()
    }
}
