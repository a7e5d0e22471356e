//! A look at the sources, for which nothing is started and nothing is written.

use super::{Boot, Loader};
use crate::{error::Error, section::Reloadable};

impl<C: Reloadable> Loader<C> {
    /// Loads what the sources say, and never the last known good. With it come the warnings, as an error does with the
    /// lines that they are about.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load), and a hot leaf that holds a secret, with which no reloader starts.
    pub(crate) fn examine(mut self) -> Result<(Boot<C>, Error), Error> {
        self.last_known_good = None;
        let hot_secrets = self.sources.shape.hot_secrets();
        if !hot_secrets.is_empty() {
            return Err(Error::invalid(hot_secrets));
        }
        let (boot, texts) = self.load_with_texts()?;
        let warnings = boot.loaded.candidate.warnings.clone();
        let warnings = boot.sources.refusal(warnings, &boot.loaded.document, &texts);
        Ok((boot, warnings))
    }
}
