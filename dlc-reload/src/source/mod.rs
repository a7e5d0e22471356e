//! Sources: the files, variables and texts that a configuration is put together from.

mod aside;
mod canonical;
mod decoded;
mod directory;
mod env;
mod file;
mod files;
mod format;
#[cfg(feature = "cli")]
mod given;
mod handed;
mod intake;
mod interpolated;
#[cfg(feature = "json")]
mod json;
mod named;
mod notice;
mod parsed;
mod permission;
mod reading;
mod reference;
#[cfg(any(feature = "yaml", feature = "toml", feature = "json"))]
mod remedy;
mod set_keys;
mod surroundings;
mod text;
#[cfg(feature = "toml")]
mod toml;
mod untyped;
mod variable;
#[cfg(feature = "testing")]
mod witness;
#[cfg(feature = "yaml")]
mod yaml;

use std::{any::type_name, borrow::Cow};

use crate::error::Problem;

#[cfg(any(feature = "cli", feature = "watch"))]
pub(crate) use self::directory::is_drop_in;
#[cfg(feature = "watch")]
pub(crate) use self::file::open;
#[cfg(feature = "cli")]
pub(crate) use self::given::Given;
#[cfg(feature = "testing")]
pub(crate) use self::witness::{is_witnessed, note, witness};
pub use self::{
    directory::Directory,
    env::Env,
    file::File,
    format::{Format, UnknownFormat},
    handed::HandedOver,
    intake::Intake,
    interpolated::Interpolated,
    notice::{Guard, Notice},
    text::Text,
};
pub(crate) use self::{
    file::{INCLUDE, trusted},
    parsed::Known,
    permission::Permissions,
    reading::{Content, Fingerprint, Freshness, Reading, SourceRead, Watched},
    set_keys::{OVERRIDE, SetKeys, value_node},
    untyped::untyped,
    variable::shared_variables,
};

/// A place that configuration is read from, such as a file or a service.
///
/// Sources are read in the order in which they were added to the [`Loader`](crate::Loader), again
/// at every reload; later ones win key by key. A source hands what it reads to the [`Intake`]: any
/// number of texts and values, and what is wrong.
///
/// ```
/// use std::{borrow::Cow, sync::Mutex, time::SystemTime};
/// use dlc_reload::{Format, Loader, Origin, Problem, Reloadable, source::{Intake, Source}};
///
/// /// A document of a configuration service.
/// struct Remote { url: &'static str, held: Mutex<Option<Held>> }
///
/// struct Held { version: String, text: String, stale: Option<(SystemTime, String)> }
///
/// impl Source for Remote {
///     fn read(&self, intake: &mut Intake<'_>) {
///         match &*self.held.lock().unwrap() {
///             Some(held) => {
///                 intake.version(held.version.as_str());
///                 intake.text(self.url, Format::Json, &held.text).without_secrets();
///                 if let Some((since, reason)) = &held.stale {
///                     intake.stale(*since, reason.as_str());
///                 }
///             }
///             None => {
///                 let problem = Problem::error("cannot be reached, see whether the service is up");
///                 intake.problem(problem.with_origin(Origin::source(self.url)));
///             }
///         }
///     }
///
///     fn name(&self) -> Cow<'_, str> {
///         self.url.into()
///     }
/// }
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let held = Held { version: "42".into(), text: r#"{"rate": 7}"#.into(), stale: None };
/// let held = Mutex::new(Some(held)); // what a thread of its own has fetched
/// let remote = Remote { url: "https://config.example/billing", held };
/// let config = Loader::<Config>::new().source(remote).load()?;
/// assert_eq!(config.rate, 7);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// # Sources that are elsewhere
///
/// `read` is called on the reload thread, up to eight times for one reload where files change meanwhile, and other
/// reloads wait for it. So a source that reaches over a network has a thread of its own, and `read` hands over what
/// that has. Only the first read of a start may wait for it, for a time that has an end. The source says that there may
/// be something new by the [`Notice`] that [`watch`](Self::watch) gets; while it cannot reach its origin, it goes on
/// handing over what it has, and says so by [`Intake::stale`].
///
/// A panic in a source is an error of the load or reload.
#[doc(alias("AddRemoteProvider", "ConfigurationProvider", "Provider", "remote provider"))]
pub trait Source: Send + Sync + 'static {
    /// Reads everything anew and hands it over.
    ///
    /// It may block, but not for long: [other reloads wait](#sources-that-are-elsewhere). It is called by
    /// [`Loader::load`](crate::Loader::load), and on the reload thread.
    fn read(&self, intake: &mut Intake<'_>);

    /// Begins to watch for changes, and returns the guard that ends the watch; `None`, as it does unless it is
    /// implemented, where the source notices none. It is called once, at the [start](crate::Builder::start), whatever
    /// [`Builder::watch`](crate::Builder::watch) says: that is about files, which are named by [`Intake::watch_file`]
    /// and need nothing else.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use dlc_reload::{Format, Loader, Reloadable, Trigger, TriggerKind};
    /// use dlc_reload::source::{Guard, Intake, Notice, Source};
    ///
    /// /// A text that other parts of the program replace.
    /// #[derive(Clone, Default)]
    /// struct Cell(Arc<Mutex<(String, Option<Notice>)>>);
    ///
    /// impl Cell {
    ///     fn set(&self, text: &str) {
    ///         let mut cell = self.0.lock().unwrap();
    ///         cell.0 = text.to_owned();
    ///         if let Some(notice) = &cell.1 {
    ///             notice.changed(Trigger::new(TriggerKind::Remote).detail("cell"));
    ///         }
    ///     }
    /// }
    ///
    /// impl Source for Cell {
    ///     fn read(&self, intake: &mut Intake<'_>) {
    ///         intake.text("cell", Format::Yaml, &self.0.lock().unwrap().0);
    ///     }
    ///
    ///     fn watch(&self, notice: Notice) -> Option<Guard> {
    ///         self.0.lock().unwrap().1 = Some(notice);
    ///         Some(Guard::new(())) // nothing to end: no thread was started
    ///     }
    /// }
    ///
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] rate: u32 }
    /// let cell = Cell::default();
    /// cell.set("rate: 1");
    /// let reloader = Loader::<Config>::new().source(cell.clone()).load()?.reloader().start()?;
    /// let rate = reloader.watch(Config::fields().rate());
    /// cell.set("rate: 2");
    /// rate.wait()?;
    /// assert_eq!(rate.get(), 2);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// A panic in it is an error of the start.
    fn watch(&self, notice: Notice) -> Option<Guard> {
        let _ = notice;
        None
    }

    /// Is asked by [`Loader::load`](crate::Loader::load) when what the sources say is refused for these problems. A
    /// source that has something else to hand over, such as an older version, hands that over from now on and returns
    /// true: all sources are read again then. It returns false unless it is implemented.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use dlc_reload::{Format, Loader, Problem, Reloadable, source::{Intake, Source}};
    ///
    /// /// A text that is new, and one that was good.
    /// #[derive(Default)]
    /// struct Tried { is_refused: AtomicBool }
    ///
    /// impl Source for Tried {
    ///     fn read(&self, intake: &mut Intake<'_>) {
    ///         let is_refused = self.is_refused.load(Ordering::Relaxed);
    ///         intake.text("tried", Format::Yaml, if is_refused { "rate: 7" } else { "rate: many" });
    ///     }
    ///
    ///     fn gives_way(&self, _: &[Problem]) -> bool {
    ///         !self.is_refused.swap(true, Ordering::Relaxed)
    ///     }
    /// }
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] rate: u32 }
    /// assert_eq!(Loader::<Config>::new().source(Tried::default()).load()?.rate, 7);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    fn gives_way(&self, problems: &[Problem]) -> bool {
        let _ = problems;
        false
    }

    /// Returns the prefix of the environment variables that the source reads, with its `_`, as [`Env`] reads them: for
    /// [`Loader::reference`](crate::Loader::reference) and [`Loader::template`](crate::Loader::template). It reads none
    /// unless this is implemented.
    fn variable_prefix(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the name by which the log and the [status](crate::Status::running) call the source while it is read;
    /// that of its type unless it is implemented. It is asked for once, when the source is added; a second source of
    /// the same name has a number after it.
    fn name(&self) -> Cow<'_, str> {
        type_name::<Self>().into()
    }
}
