//! The parts of a loader for the command line: arguments, and a look for which nothing is started and nothing is written.

use super::{Boot, Loader, Texts};
use crate::{
    error::{Error, Problem},
    place::Key,
    section::Reloadable,
    source::Watched,
};

/// A configuration that would be accepted, with the texts to quote from.
pub(crate) struct Examined<C> {
    pub(crate) boot: Boot<C>,
    texts: Texts,
}

impl<C: Reloadable> Loader<C> {
    /// Sets one key as [`set_from`](Self::set_from) does, and warns where that makes a secret visible.
    pub(crate) fn set_by_argument(mut self, argument: &str, key: Key, text: &str) -> Self {
        self.sources.set_keys.set_by_argument(argument, key, text);
        self
    }

    /// Loads what the sources say, and never the last known good.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load), and a hot leaf that holds a secret, with which no reloader starts.
    pub(crate) fn examine(mut self) -> Result<Examined<C>, Error> {
        self.last_known_good = None;
        let hot_secrets = self.sources.shape.hot_secrets();
        if !hot_secrets.is_empty() {
            return Err(Error::invalid(hot_secrets));
        }
        let (boot, texts) = self.load_with_texts()?;
        Ok(Examined { boot, texts })
    }

    /// Returns the files and directories that the sources read, and those that they would read if they existed. Nothing is
    /// checked.
    pub(crate) fn watched(&self) -> Vec<Watched> {
        self.sources.read(|_, read| read()).watched
    }
}

impl<C: Reloadable> Examined<C> {
    /// Returns problems with it as an error, which has the lines that they are about.
    pub(crate) fn problems(&self, problems: Vec<Problem>) -> Error {
        let Boot { sources, loaded, .. } = &self.boot;
        sources.refusal(problems, &loaded.document, &self.texts)
    }
}
