//! The loader: from sources to a checked configuration.

mod boot;
#[cfg(feature = "cli")]
mod command_line;
mod described;
mod first;
mod interpolate;
#[cfg(feature = "testing")]
mod witness;

use std::{
    fmt::{self, Display},
    path::PathBuf,
    sync::Arc,
};

use serde::Serialize;

pub use self::boot::Boot;
pub(crate) use self::boot::Loaded;
#[cfg(feature = "cli")]
pub(crate) use self::command_line::Examined;
use crate::{
    candidate::{Sources, UnknownKeys},
    document::{Limits, SourceId},
    error::{Error, Problem},
    place::Key,
    section::Reloadable,
    source::{Directory, Env, File, Format, OVERRIDE, Reading, Source, Text},
    store::{self, Failed, GoodFile, KnownGood, LastKnownGood},
};

/// The texts of the sources, to quote from.
type Texts = Vec<(SourceId, Arc<str>)>;

/// A list of sources, from which [`load`](Self::load) builds the configuration.
///
/// Sources apply in the order in which they are added and later ones win, key by key; [`set`](Self::set) always wins.
/// An enum is one value: a later source that chooses another variant replaces it, and one that names the same variant,
/// or none, goes over it key by key. All environment variables are one source. A key that no source sets has the
/// default of its field. `null` erases what earlier sources say; if that is a map, a [warning](Boot::warnings) says so.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String, #[reload(restart)] port: u16 }
/// # let path = std::env::temp_dir().join(format!("dlc-reload-loader-{}.yaml", std::process::id()));
/// # std::fs::write(&path, "{motd: hello, port: 80}").unwrap();
/// # let from_arguments = "81";
/// let boot = Loader::<Config>::new()
///     .file(&path)
///     .optional_file("config.local.yaml")
///     .env("BILLING") // BILLING_PORT=82
///     .set("port", from_arguments)
///     .load()?;
/// assert_eq!((boot.motd.as_str(), boot.port), ("hello", 81));
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[must_use = "nothing is read before `load`"]
#[doc(alias("confique", "config-rs", "figment", "read_in_config", "viper"))]
pub struct Loader<C> {
    sources: Sources<C>,
    last_known_good: Option<PathBuf>,
}

impl<C: Reloadable> Loader<C> {
    /// Makes a loader without sources: every field has its default.
    pub fn new() -> Self {
        Self { sources: Sources::new(), last_known_good: None }
    }

    /// Adds a file that has to exist; its extension names the format: `.yaml`, `.yml`, `.toml` or `.json`.
    ///
    /// A relative path, here and wherever a path is given, is taken from the current directory each
    /// time it is read. A service that leaves that directory, as a daemon does, needs an absolute one.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.source(File::required(path))
    }

    /// Adds a file that may be absent. When it appears later, it takes part in the next reload.
    pub fn optional_file(self, path: impl Into<PathBuf>) -> Self {
        self.source(File::optional(path))
    }

    /// Adds a file that has to exist and whose name does not say its format, such as `/run/secrets/app` or
    /// `config.conf`.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// use dlc_reload::Format;
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// # let path = std::env::temp_dir().join(format!("dlc-reload-as-{}.conf", std::process::id()));
    ///
    /// std::fs::write(&path, "port = 80").unwrap();
    /// let boot = Loader::<Config>::new().file_as(&path, Format::Toml).load()?;
    /// assert_eq!(boot.port, 80);
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn file_as(self, path: impl Into<PathBuf>, format: Format) -> Self {
        self.source(File::required(path).format(format))
    }

    /// Adds a file that may be absent and whose name does not say its format, as [`file_as`](Self::file_as) does.
    pub fn optional_file_as(self, path: impl Into<PathBuf>, format: Format) -> Self {
        self.source(File::optional(path).format(format))
    }

    /// Adds the files of a directory, in the order of their names. It may be absent. See [`Directory`].
    ///
    /// Where files are [watched](crate::Builder::watch), they count together: a change of one is looked at
    /// once 30 milliseconds have passed without another one in the directory, or after a second. So a
    /// deploy that writes one after the other, such as `git checkout`, is one reload and never a mixture
    /// of old and new. A deploy that pauses for longer has to replace the directory by a rename, or a
    /// link to it.
    pub fn directory(self, path: impl Into<PathBuf>) -> Self {
        self.source(Directory::new(path))
    }

    /// Adds the environment variables that start with `prefix` and `_`: `DLC_LOGGING__LEVEL` sets
    /// `logging.level` where the prefix is `DLC`, or `DLC_`. See [`Env`].
    pub fn env(self, prefix: impl Into<String>) -> Self {
        self.source(Env::new(prefix))
    }

    /// Adds a text in memory, for tests. The format is a [`Format`] or its name: `"yaml"`, `"toml"`
    /// or `"json"`.
    pub fn text<F>(self, format: F, text: impl AsRef<str>) -> Self
    where
        F: TryInto<Format, Error: Display>,
    {
        self.source(Text::new(format, text))
    }

    /// Adds a source of any kind. A second one of the same [name](Source::name) has a number after it: `store 2`.
    pub fn source(mut self, source: impl Source) -> Self {
        self.sources.add(source);
        self
    }

    /// Sets one key with precedence over all sources, wherever in the chain it is called. A string is turned
    /// into the type of the field as the text of a [variable](Env) is, so that arguments of the command line can be
    /// passed as they are: `a,b` or `["a", "b"]` for a list. Messages call it `override`.
    ///
    /// The key `""` is the whole configuration, and a struct is laid over it field by field, as over any section. A
    /// field without a value sets nothing there, so that the struct of a parser of arguments does, as of `clap`:
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Serialize, Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String, #[reload(restart)] port: u16 }
    /// #[derive(Serialize)] // and `clap::Parser`
    /// struct Arguments {
    ///     /// The file of the configuration, which is not part of it.
    ///     #[serde(skip)]
    ///     config: Option<String>,
    ///     /// The port to listen on.
    ///     port: Option<u16>,
    ///     /// Shown on the front page.
    ///     motd: Option<String>,
    /// }
    ///
    /// let arguments = Arguments { config: None, port: Some(81), motd: None };
    /// let loader = Loader::<Config>::new().text("yaml", "{motd: hello, port: 80}");
    /// let boot = loader.set("", arguments).load()?;
    /// assert_eq!((boot.motd.as_str(), boot.port), ("hello", 81));
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn set(self, key: impl Into<Key>, value: impl Serialize) -> Self {
        self.set_from(OVERRIDE, key, value)
    }

    /// Sets one key as [`set`](Self::set) does, by a name of its own: messages, reports and explanations say whose
    /// value it is.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// let boot = Loader::<Config>::new().set_from("--set", "port", "81").load()?;
    /// assert_eq!(boot.origins()[0].1.to_string(), "--set");
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn set_from(
        mut self,
        name: impl Into<Arc<str>>,
        key: impl Into<Key>,
        value: impl Serialize,
    ) -> Self {
        self.sources.set_keys.set(name.into(), key.into(), value);
        self
    }

    /// Treats environment variables that are empty as not set, whatever their field, those that name no key
    /// included. Otherwise one is an empty text, which many fields and every secret refuse. See [`Env`].
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable, source::Env};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[serde(default)] #[reload(restart)] port: u16 }
    /// let variables = Env::new("BILLING").of([("BILLING_PORT", "")]);
    /// let loader = || Loader::<Config>::new().source(variables.clone());
    ///
    /// assert!(loader().load().is_err());
    /// assert_eq!(loader().ignore_empty_variables().load()?.port, 0);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn ignore_empty_variables(mut self) -> Self {
        self.sources.ignore_empty_variables = true;
        self
    }

    /// Sets the treatment of keys that no field has; they are refused by default.
    pub fn unknown_keys(mut self, treat: UnknownKeys) -> Self {
        self.sources.unknown_keys = treat;
        self
    }

    /// Sets the key by which a [`File`] includes others, or with `None` that no file does. By default
    /// it is `include`; a field of the configuration wins over it.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// struct Config {
    ///     /// The paths that a backup covers, which has nothing to do with other files.
    ///     #[reload(restart)]
    ///     include: Vec<String>,
    /// }
    ///
    /// # let folder = std::env::temp_dir().join(format!("dlc-reload-key-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("config.yaml");
    /// std::fs::write(&path, "imports: [site.yaml]").unwrap();
    /// std::fs::write(folder.join("site.yaml"), "include: [/var]").unwrap();
    /// let boot = Loader::<Config>::new().file(&path).include_key("imports").load()?;
    /// assert_eq!(boot.include, ["/var"]);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn include_key<'k>(mut self, name: impl Into<Option<&'k str>>) -> Self {
        self.sources.include_key = name.into().map(Box::from);
        self
    }

    /// Sets the limits of what the sources may hold together.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.sources.limits = limits;
        self
    }

    /// Refuses a reload in which a file sets no more a share of the values that it set, from 0.0 (any) to 1.0
    /// (all of them): a copy that ended early can often be read all the same.
    ///
    /// Without this, the loss of half of them is a warning of the reload, and of its [plan](crate::Reloader::plan).
    /// Both hold for files that set at least four values. A value is a text, a number or a boolean, those in maps and
    /// lists included; `null` is none. One that another source sets now, and did not before, is not lost. Each file
    /// counts for itself, drop-ins and includes as well, and is compared with what was accepted of it last; one that is
    /// removed as a whole has not shrunk. At a start there is nothing to compare with, and after a start from the [last
    /// known good](Self::last_known_good) there is not either.
    ///
    /// A reload whose trigger has [`confirm_shrinking`](crate::Trigger::confirm_shrinking) accepts it; the guide
    /// (“refuse a file that was cut off”) has an example.
    /// A share that is not between 0.0 and 1.0 is an error of [`load`](Self::load).
    pub fn refuse_shrinking(mut self, share: f64) -> Self {
        self.sources.refuse_shrinking = Some(share);
        self
    }

    /// Trusts files that this user (a numeric id) owns. Otherwise, a file has to belong to root or to
    /// the user of the process, because its owner decides what the service does. The same holds for
    /// [directories](Self::refuse_shared_directories).
    pub fn trust_owner(mut self, user: u32) -> Self {
        self.sources.permissions.owners.push(user);
        self
    }

    /// Switches the checks of files and their directories off: they are read whatever user owns them or can change
    /// them.
    pub fn skip_permission_checks(mut self) -> Self {
        self.sources.permissions.skip = true;
        self
    }

    /// Refuses a load or reload where others can put another file in the place of one that is read. Otherwise it is a
    /// warning.
    ///
    /// Users who may write a directory delete what lies there, put an older version back, or link a name to any file
    /// of root, though they may write none of these files. So the directories count in which a file, a link on the way
    /// to it, or drop-ins lie: each has to belong to root, to the user of the process or to a
    /// [trusted](Self::trust_owner) one, and only its owner and a group of the process may be able to write it. One
    /// with the sticky bit, such as `/tmp`, is as good where the file or link there belongs to one of these users. So
    /// is one on a mount that is read-only, as that of a ConfigMap is.
    ///
    /// Directories further up are not looked at, and neither are access lists.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// # #[cfg(unix)] {
    /// # use std::{fs, os::unix::fs::PermissionsExt};
    /// # let folder = std::env::temp_dir().join(format!("dlc-reload-shared-{}", std::process::id()));
    /// # fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("config.yaml");
    /// # fs::write(&path, "port: 80").unwrap();
    /// fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    /// let loader = || Loader::<Config>::new().file(&path);
    /// assert_eq!(loader().load().unwrap().warnings().len(), 1);
    /// assert!(loader().refuse_shared_directories().load().is_err());
    /// # fs::remove_dir_all(&folder).unwrap();
    /// # }
    /// ```
    pub fn refuse_shared_directories(mut self) -> Self {
        self.sources.permissions.refuse_shared = true;
        self
    }

    /// Switches the warning off about files that hold a secret and that every user can read.
    ///
    /// It is given where the mode of the file lets others read it and so does every directory on its real
    /// path. It is not given for a ConfigMap or Secret of Kubernetes nor below `/run/secrets`, which are
    /// readable by default, belong to one container, and cannot be changed from inside of it (set
    /// `defaultMode: 0400` where users in one container do not trust each other); nor in development
    /// ([`Environment::from_env`](crate::Environment::from_env)), where a checkout is readable too.
    pub fn allow_readable_secrets(mut self) -> Self {
        self.sources.permissions.readable_secrets = true;
        self
    }

    /// Keeps the configuration that was accepted last in this file, and starts from it when the sources
    /// are refused.
    ///
    /// The reloader writes the file whenever it accepts the content of the sources, with the values that wait for this
    /// very restart; after a rollback, it writes what is in force. When the next [`load`](Self::load) has to refuse the
    /// sources, it builds and checks the configuration in the file instead and succeeds: [`Boot::last_known_good`]
    /// returns the reasons, every problem is logged as an error when reloading starts, and [`Status`](crate::Status)
    /// shows it until the sources are accepted again.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// struct Config {
    ///     #[reload(restart)]
    ///     port: u16,
    /// }
    ///
    /// # let folder = std::env::temp_dir().join(format!("dlc-reload-good-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let (config, kept) = (folder.join("config.yaml"), folder.join("last-known-good.json"));
    /// # let loader = || Loader::<Config>::new().file(&config).last_known_good(&kept);
    /// # std::fs::write(&config, "port: 80").unwrap();
    /// let reloader = loader().load()?.reloader().start()?; // writes the file
    /// # drop(reloader);
    ///
    /// // An operator makes a mistake, and the service is started again.
    /// std::fs::write(&config, "port: http").unwrap();
    /// let boot = loader().load()?;
    /// assert_eq!(boot.port, 80);
    /// let old = boot.last_known_good().expect("the sources were refused");
    /// assert!(old.problems[0].message.contains("expected an integer"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// The same happens where the sources say what failed its [probation](crate::Probation) in an earlier process,
    /// which the file remembers.
    ///
    /// The values that the environment and the command line set at the time are part of the file. Secrets
    /// are not: they are taken from the sources as they are now, as far as those can be read; where no
    /// source sets a secret any more, loading fails. A list that holds secrets is taken from the sources
    /// as a whole, and so is a value at a key that the schema does not know, such as an alias inside of a leaf.
    ///
    /// The file can only be read and written by the user of the process, and is refused under the
    /// same rules as a configuration file. Its directory has to exist. A link, or a file that holds
    /// something else, is left alone. A failure to write it is logged as an error and refuses nothing.
    pub fn last_known_good(mut self, path: impl Into<PathBuf>) -> Self {
        self.last_known_good = Some(path.into());
        self
    }

    /// Reads all sources and builds the configuration from them.
    ///
    /// # Errors
    ///
    /// An error with every [`Problem`] of every source: sources that cannot be read or parsed, unknown keys, values
    /// that do not fit, and the findings of validation functions. With a [last known good](Self::last_known_good) only
    /// if that cannot be used either, and one more problem gives the reason.
    pub fn load(self) -> Result<Boot<C>, Error> {
        #[cfg(feature = "testing")]
        witness::witness::<C>();
        self.load_with_texts(true).map(|(boot, _)| boot)
    }

    fn load_with_texts(self, is_start: bool) -> Result<(Boot<C>, Texts), Error> {
        self.sources.check_settings()?;
        let (read, built) = first::first(&self.sources, is_start);
        let Reading { fingerprint, sources, watched, document, texts } = read;
        let mut good = self.last_known_good.map(GoodFile::new);
        let read = |file: &GoodFile| store::read(file.path(), &self.sources, &document);
        let permissions = &self.sources.permissions;
        let remembered = good.as_mut().and_then(|file| file.read_failed(permissions));
        let failed =
            remembered.filter(|failed| built.is_err() || failed.is(&document, self.sources.shape));
        let known = match (&built, &failed) {
            (Ok(_), None) => Ok(None),
            _ => good.as_ref().map_or(Ok(None), read),
        };
        let (document, candidate, degraded) = match (built, known) {
            (built, Ok(Some(KnownGood { accepted_at, path, document, candidate }))) => {
                let refused = || failed.iter().map(Failed::refusal).collect();
                let problems = built.err().unwrap_or_else(refused);
                (document, candidate, Some(LastKnownGood { accepted_at, path, problems }))
            }
            (Ok(mut candidate), known) => {
                candidate.warnings.extend(known.err().map(Problem::into_warning));
                candidate.warnings.extend(failed.as_ref().map(Failed::warning));
                (document, candidate, None)
            }
            (Err(mut problems), known) => {
                problems.extend(known.err());
                return Err(self.sources.refusal(problems, &document, &texts));
            }
        };
        // The fingerprint is that of the sources in any case, so that only other content is tried.
        let loaded =
            Loaded { document, fingerprint, sources, watched, candidate, degraded, failed, good };
        Ok((Boot::new(self.sources, loaded), texts))
    }
}

/// Counts the sources, and names the keys that are set: values may be secrets.
impl<C> fmt::Debug for Loader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Loader");
        shown.field("sources", &self.sources.layers.len()).field("set", &self.sources.set_keys);
        shown.field("last_known_good", &self.last_known_good).finish_non_exhaustive()
    }
}

impl<C: Reloadable> Default for Loader<C> {
    fn default() -> Self {
        Self::new()
    }
}
