//! The membership of a service in a fleet: what its author says about the node.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

#[cfg(feature = "fleet-signed")]
use super::signed::TrustedKey;
use super::{
    settings::Settings,
    source::{Documents, NAME},
    start::Beginning,
    store::Store,
    version::Trust,
    words::check_name,
};
use crate::{
    error::Problem,
    load::Loader,
    place::Origin,
    section::Reloadable,
    source::{Guard, Intake, Notice, Source},
    sync::lock,
};

/// The time over which the nodes spread their reads after a change, unless the author says another one.
const SPLAY: Duration = Duration::from_secs(2);

/// The membership of a service in a fleet, which makes it one of its nodes.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, fleet::{Fleet, MemoryStore}};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let store = MemoryStore::new("coach/test").client();
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-member-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let (file, cache) = (folder.join("coach.yaml"), folder.join("fleet"));
/// # std::fs::write(&file, "rate: 7").unwrap();
///
/// let fleet = Fleet::new(store, "n1").label("region", "eu").cache(&cache).build("1.4.0");
/// let boot = Loader::<Config>::new().file(&file).fleet(&fleet).load()?;
/// let reloader = boot.reloader().fleet(fleet).start()?; // a node from here on
/// # drop(reloader);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// The documents of the fleet's version are a source of the service, at the place in the chain where
/// [`Loader::fleet`](crate::Loader::fleet) is called. They must not set secrets: these stay in sources of the machine.
/// The node takes the version that the pointer of the fleet says, tells the fleet what came of it, and goes on with
/// what it has while the store is away. `docs/fleet/node.md` tells all of it.
#[derive(Clone)]
#[must_use = "give it to `Loader::fleet` and `Builder::fleet`"]
pub struct Fleet {
    pub(super) settings: Arc<Settings>,
    pub(super) documents: Arc<Documents>,
    pub(super) beginning: Arc<Mutex<Option<Beginning>>>,
}

impl Fleet {
    /// Makes the node of this name: letters, digits, `.`, `_` and `-`, 128 at most; loading is refused with another
    /// one. No other process of the fleet may have the name; it stays the same over restarts, as that of a machine or
    /// of a pod of a stateful set does.
    pub fn new(store: impl Store, name: impl Into<String>) -> Self {
        let settings = Settings {
            store: Arc::new(store),
            name: name.into(),
            labels: BTreeMap::new(),
            build: String::new(),
            cache: None,
            splay: SPLAY,
            trust: Trust::default(),
            controls: true,
        };
        let (settings, documents) = (Arc::new(settings), Arc::default());
        Self { settings, documents, beginning: Arc::default() }
    }

    /// Gives the node a label, such as its region, by which a stage of a rollout can choose it.
    pub fn label(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.with(|settings| _ = settings.labels.insert(name, value))
    }

    /// Sets the version of the program, `env!("CARGO_PKG_VERSION")` or a commit. A version of the configuration that
    /// was refused because it killed the process or made it ill is tried again by another build.
    pub fn build(self, version: impl Into<String>) -> Self {
        let version = version.into();
        self.with(|settings| settings.build = version)
    }

    /// Keeps the versions that run, the pointer and the mark of a trial in this directory, in a folder with the name of
    /// the node. Both are made where they are not there.
    ///
    /// Without it, a start without the store has nothing of the fleet, and a version that kills the process is tried at
    /// each start.
    pub fn cache(self, directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        self.with(|settings| settings.cache = Some(directory))
    }

    /// Sets the time over which the nodes spread their reads after a change; 2 seconds by default. The store has to
    /// answer as many reads in this time as there are nodes: a second for each three hundred is a good choice. Nodes
    /// that run what may be taken back wait a tenth of it.
    pub fn splay(self, time: Duration) -> Self {
        self.with(|settings| settings.splay = time)
    }

    /// Refuses versions with a lower number, so that who has the store cannot bring back an old one that is signed but
    /// had a fault.
    pub fn min_version(self, number: u64) -> Self {
        self.with(|settings| settings.trust.min_version = number)
    }

    /// Refuses versions that none of these keys has signed.
    #[cfg(feature = "fleet-signed")]
    pub fn trust(self, keys: impl IntoIterator<Item = TrustedKey>) -> Self {
        self.with(|settings| settings.trust.keys.extend(keys))
    }

    /// Sets whether this node may control the rollouts of the fleet, as it does by default: one of those that may does.
    pub fn control(self, may: bool) -> Self {
        self.with(|settings| settings.controls = may)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Takes what the node has begun with; `None` where no loader has read its documents.
    pub(super) fn take_beginning(&self) -> Option<Beginning> {
        lock(&self.beginning).take()
    }
}

impl<C: Reloadable> Loader<C> {
    /// Adds the documents of the version that a fleet asks this node for.
    ///
    /// The first read waits for the store, for two seconds at most. Where it cannot be reached, the documents are those
    /// of the node's [cache](Fleet::cache), and where that has none either, loading is refused, unless there is a [last
    /// known good](Self::last_known_good). A version that is refused and is not the stable one gives way to that, or to
    /// none where none was promoted yet, and the fleet is told.
    pub fn fleet(self, fleet: &Fleet) -> Self {
        self.source(fleet.clone())
    }
}

impl Source for Fleet {
    fn read(&self, intake: &mut Intake<'_>) {
        if let Err(wrong) = check_name(&self.settings.name) {
            let message = format!("this node of the fleet has a name that does not fit: {wrong}");
            return intake.problem(Problem::error(message).with_origin(Origin::source(NAME)));
        }
        let is_start = intake.is_start();
        if !self.documents.has_begun(is_start) {
            let beginning = Beginning::new(&self.settings, &self.documents, is_start);
            *lock(&self.beginning) = Some(beginning);
        }
        self.documents.read(intake);
    }

    fn gives_way(&self, problems: &[Problem]) -> bool {
        let mut beginning = lock(&self.beginning);
        let gives_way =
            |it: &mut Beginning| it.gives_way(problems, &self.settings, &self.documents);
        beginning.as_mut().is_some_and(gives_way)
    }

    fn watch(&self, notice: Notice) -> Option<Guard> {
        self.documents.watched(Some(notice));
        let documents = Arc::clone(&self.documents);
        Some(Guard::new(Unwatched(documents)))
    }

    fn name(&self) -> Cow<'_, str> {
        NAME.into()
    }
}

/// The end of the watch: nobody is to be told any more.
struct Unwatched(Arc<Documents>);

impl Drop for Unwatched {
    fn drop(&mut self) {
        self.0.watched(None);
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { name, labels, build, cache, splay, controls, .. } = &*self.settings;
        f.debug_struct("Fleet")
            .field("fleet", &self.settings.store.fleet())
            .field("name", name)
            .field("labels", labels)
            .field("build", build)
            .field("cache", cache)
            .field("splay", splay)
            .field("controls", controls)
            .finish_non_exhaustive()
    }
}
