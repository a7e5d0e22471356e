//! From sources to a checked candidate.

use std::{fmt::Display, path::PathBuf, sync::Arc};

use serde::Serialize;

use crate::{
    boot::Boot,
    candidate::{Candidate, Sources},
    document::{Document, Limits},
    error::Error,
    path::Key,
    reloadable::Reloadable,
    source::{Directory, Env, File, Format, Reading, Source, Text, Watched},
    unknown::UnknownKeys,
};

/// Puts a configuration together from its sources.
///
/// Sources apply in the order in which they are added and later ones win, key by key; what
/// [`set`](Self::set) says always wins. A key that no source sets has the default of its field.
#[must_use = "nothing is read before `load`"]
pub struct Loader<C> {
    sources: Sources<C>,
}

impl<C: Reloadable> Loader<C> {
    /// No sources yet: every field has its default.
    pub fn new() -> Self {
        Self { sources: Sources::new() }
    }

    /// Adds a file that has to exist; its extension names the format: `.yaml`, `.yml`, `.toml` or `.json`.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.source(File::required(path))
    }

    /// Adds a file that may be absent. When it appears later, it takes part in the next reload.
    pub fn optional_file(self, path: impl Into<PathBuf>) -> Self {
        self.source(File::optional(path))
    }

    /// Adds the files of a directory, in the order of their names. It may be absent.
    pub fn directory(self, path: impl Into<PathBuf>) -> Self {
        self.source(Directory::new(path))
    }

    /// Adds the environment variables that start with `prefix` and `_`: `DLC_LOGGING__LEVEL` sets
    /// `logging.level` where the prefix is `DLC`. See [`Env`].
    pub fn env(self, prefix: impl Into<String>) -> Self {
        self.source(Env::new(prefix))
    }

    /// Adds a text in memory, for tests. The format is a [`Format`] or its name: `"yaml"`, `"toml"`
    /// or `"json"`.
    pub fn text<F>(self, format: F, text: impl Into<Arc<str>>) -> Self
    where
        F: TryInto<Format, Error: Display>,
    {
        self.source(Text::new(format, text))
    }

    /// Adds a source of any kind.
    pub fn source(mut self, source: impl Source) -> Self {
        self.sources.layers.push(Box::new(source));
        self
    }

    /// Sets one key above all sources, wherever in the chain this is called. A string becomes what
    /// the field wants, so that arguments of the command line can be passed as they are.
    pub fn set(mut self, key: impl Into<Key>, value: impl Serialize) -> Self {
        self.sources.overrides.set(key.into(), value);
        self
    }

    /// Says what happens to keys that no field knows; they are refused by default.
    pub fn unknown_keys(mut self, treat: UnknownKeys) -> Self {
        self.sources.unknown_keys = treat;
        self
    }

    /// Says how much a source may hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.sources.limits = limits;
        self
    }

    /// Also reads files that this user owns. Otherwise, a file has to belong to root or to the user
    /// of the process, because its owner decides what the service does.
    pub fn trust_owner(mut self, user: u32) -> Self {
        self.sources.permissions.owners.push(user);
        self
    }

    /// Reads files whoever owns them and whoever can change them.
    pub fn skip_permission_checks(mut self) -> Self {
        self.sources.permissions.skip = true;
        self
    }

    /// Does not warn of files that hold a secret and that every user can read.
    pub fn allow_readable_secrets(mut self) -> Self {
        self.sources.permissions.readable_secrets = true;
        self
    }

    /// Reads all sources and builds the configuration from them.
    ///
    /// # Errors
    ///
    /// An error with every [`Problem`](crate::Problem) of every source, if there is any: what cannot be read or
    /// parsed, unknown keys, values that do not fit and what the validation functions find.
    pub fn load(self) -> Result<Boot<C>, Error> {
        let Reading { fingerprint, watched, document, texts } = self.sources.read();
        let candidate = match self.sources.candidate(&document) {
            Ok(candidate) => candidate,
            Err(problems) => return Err(self.sources.refusal(problems, &document, &texts)),
        };
        Ok(Boot::new(self.sources, Loaded { document, fingerprint, watched, candidate }))
    }
}

impl<C: Reloadable> Default for Loader<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// Everything that a look at the sources brought, once it is accepted.
pub(crate) struct Loaded<C> {
    pub(crate) document: Document,
    pub(crate) fingerprint: u64,
    pub(crate) watched: Vec<Watched>,
    pub(crate) candidate: Candidate<C>,
}
