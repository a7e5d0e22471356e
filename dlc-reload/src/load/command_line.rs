//! The parts of a loader for the command line: arguments, and a look for which nothing is started and nothing is
//! written.

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
    /// Those of [`load`](Self::load), and a leaf that cannot be hot, with which no reloader starts.
    pub(crate) fn examine(mut self) -> Result<Examined<C>, Error> {
        self.last_known_good = None;
        let unfit = self.sources.shape.unfit_for_hot();
        if !unfit.is_empty() {
            return Err(Error::invalid(unfit));
        }
        let (boot, texts) = self.load_with_texts(false)?;
        Ok(Examined { boot, texts })
    }

    /// Returns the files and directories that the sources read, and those that they would read if they existed. Nothing
    /// is checked.
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

#[cfg(test)]
mod tests {
    use std::fs;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Reloadable;

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    #[reload(crate = crate)]
    struct Config {
        #[reload(restart)]
        port: u16,
    }

    #[test]
    fn the_last_known_good_is_not_looked_at_and_nothing_is_written() {
        let folder = std::env::temp_dir().join(format!("dlc-reload-look-{}", std::process::id()));
        // The leftover of a process that had the same number.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let (file, good) = (folder.join("config.yaml"), folder.join("good.json"));
        let loader = || Loader::<Config>::new().file(&file).last_known_good(&good);
        fs::write(&file, "port: 80").unwrap();
        assert_eq!(loader().examine().unwrap().boot.port, 80);
        assert!(!good.exists());
        drop(loader().load().unwrap().reloader().start().unwrap());
        let written = fs::read(&good).unwrap();
        fs::write(&file, "port: http").unwrap();
        assert_eq!(loader().load().unwrap().port, 80, "from the last known good");
        assert!(loader().examine().is_err());
        assert_eq!(fs::read(&good).unwrap(), written);
        fs::remove_dir_all(&folder).unwrap();
    }
}
