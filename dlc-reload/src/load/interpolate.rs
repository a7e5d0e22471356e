//! The option of a loader that lets texts refer to variables and files.

use super::Loader;
use crate::{section::Reloadable, source::Interpolated};

impl<C: Reloadable> Loader<C> {
    /// Lets the texts of the source that was added last refer to environment variables and to files: `${NAME}`,
    /// `${NAME:-default}` and `${file:path}`. See [`Interpolated`].
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16, #[reload(hot, live)] motd: String }
    /// # let folder = std::env::temp_dir().join(format!("dlc-reload-interpolate-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("config.yaml");
    /// std::fs::write(&path, "port: ${DLC_EXAMPLE_PORT:-80}\nmotd: ${file:motd.txt}").unwrap();
    /// std::fs::write(folder.join("motd.txt"), "hello\n").unwrap();
    /// let boot = Loader::<Config>::new()
    ///     .file(&path)
    ///     .interpolate()
    ///     .optional_file("config.local.yaml") // here `${` is nothing but text
    ///     .load()?;
    /// assert_eq!((boot.port, boot.motd.as_str()), (80, "hello"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// It is an error of [`load`](Self::load) where no source was added before, or environment variables were.
    pub fn interpolate(mut self) -> Self {
        let last = self.sources.layers.pop();
        let interpolated = Interpolated::of_any(last.map(|(_, source)| source));
        self.source(interpolated)
    }
}
