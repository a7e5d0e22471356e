//! From sources to a checked candidate.

use std::{fmt::Display, marker::PhantomData, path::PathBuf, sync::Arc};

use serde::Serialize;

use crate::{
    boot::Boot,
    document::{Document, Lessons, Limits, Place},
    error::{Error, Problem},
    path::Key,
    probe::{explain, probe, whole},
    reloadable::Reloadable,
    source::{Directory, Env, File, Format, Intake, Overrides, Reading, Source, Text, Watched},
    unknown::{UnknownKeys, unknown_keys},
    validation::validate_whole,
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
        Self {
            sources: Sources {
                layers: Vec::new(),
                overrides: Overrides::default(),
                unknown_keys: UnknownKeys::default(),
                limits: Limits::default(),
                config: PhantomData,
            },
        }
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

    /// Reads all sources and builds the configuration from them.
    ///
    /// # Errors
    ///
    /// An error with every [`Problem`] of every source, if there is any: what cannot be read or
    /// parsed, unknown keys, values that do not fit and what the validation functions find.
    pub fn load(self) -> Result<Boot<C>, Error> {
        let Reading { fingerprint, watched, document } = self.sources.read();
        let document = document.map_err(Error::invalid)?;
        let candidate = self.sources.candidate(&document).map_err(Error::invalid)?;
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

/// A configuration that was built and checked, but not accepted.
pub(crate) struct Candidate<C> {
    pub(crate) config: C,
    /// What is worth a look although nothing was refused.
    pub(crate) warnings: Vec<Problem>,
}

/// The sources of a configuration, in order, to be read as often as wanted.
pub(crate) struct Sources<C> {
    layers: Vec<Box<dyn Source>>,
    overrides: Overrides,
    unknown_keys: UnknownKeys,
    limits: Limits,
    config: PhantomData<fn() -> C>,
}

impl<C: Reloadable> Sources<C> {
    /// Reads all sources. This touches the world; what follows does not.
    pub(crate) fn read(&self) -> Reading {
        let mut intake = Intake::new(C::TABLE, &self.limits);
        for source in &self.layers {
            source.read(&mut intake);
        }
        self.overrides.read(&mut intake);
        intake.finish()
    }

    /// Builds and checks a config. The same document gives the same answer.
    ///
    /// # Errors
    ///
    /// Every problem, warnings included, in the order of the sources.
    pub(crate) fn candidate(&self, document: &Document) -> Result<Candidate<C>, Vec<Problem>> {
        let mut found = unknown_keys(document, C::TABLE, self.unknown_keys);
        let typed = typed::<C>(document, &mut found);
        found.sort_by_key(|(place, _)| place.map(order));
        let mut problems = document.warnings.clone();
        problems.extend(found.into_iter().map(|(_, problem)| problem));
        if let Some(config) = &typed {
            problems.extend(validate_whole(config, document));
        }
        match typed {
            Some(config) if !problems.iter().any(Problem::is_error) => {
                Ok(Candidate { config, warnings: problems })
            }
            _ => Err(problems),
        }
    }
}

/// Builds the config, or finds everything that does not fit.
fn typed<C: Reloadable>(
    document: &Document,
    found: &mut Vec<(Option<Place>, Problem)>,
) -> Option<C> {
    let lessons = Lessons::default();
    if let Ok(config) = whole::<C>(document, &lessons) {
        return Some(config);
    }
    let misfits = probe::<C>(document, &lessons);
    if !misfits.is_empty() {
        found.extend(misfits.iter().map(|misfit| explain(misfit, document, C::TABLE)));
        return None;
    }
    // Every field fits alone: either a `null` only had to be left out, or the struct itself refuses.
    match whole::<C>(document, &lessons) {
        Ok(config) => Some(config),
        Err(misfit) => {
            if !found.iter().any(|(_, problem)| problem.is_error()) {
                found.push(explain(&misfit, document, C::TABLE));
            }
            None
        }
    }
}

const fn order(place: Place) -> (u32, u32, u32) {
    (place.source.0, place.line, place.column)
}
