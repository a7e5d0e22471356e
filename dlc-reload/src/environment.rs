//! The environment of the service, and its effect on automatic reloading.

use std::{ffi::OsStr, fmt};

/// The variable that names the environment; it is never a key of a configuration.
pub(crate) const VARIABLE: &str = "DLC_ENV";

/// The environment that the service runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// Changes are made on purpose: files are not watched unless that is switched on.
    #[default]
    Production,
    /// Files are edited to see the effect: they are watched by default.
    Development,
}

impl Environment {
    /// Reads the environment variable `DLC_ENV`: `development` or `dev`, in upper or lower case, is
    /// development; all else is production, also where the variable is not set.
    pub fn from_env() -> Self {
        Self::from_var(VARIABLE)
    }

    /// Reads the environment from a variable of another name, in the same way.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// use dlc_reload::Environment;
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # let boot = Loader::<Config>::new().text("yaml", "motd: hello").load()?;
    /// let reloader = boot.reloader().environment(Environment::from_var("BILLING_ENV")).start()?;
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    ///
    /// Where the variables with the prefix `BILLING` are a [source](crate::Loader::env), `BILLING_ENV` is no key of it,
    /// unless the configuration has a field `env`.
    pub fn from_var(name: impl AsRef<OsStr>) -> Self {
        let name = std::env::var(name.as_ref()).unwrap_or_default();
        match name.trim().to_ascii_lowercase().as_str() {
            "development" | "dev" => Self::Development,
            _ => Self::Production,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production => "production",
            Self::Development => "development",
        })
    }
}

/// The environments in which a change of a file reloads by itself.
///
/// It governs nothing else: [`Reloader::reload`](crate::Reloader::reload), signals and admin calls
/// work in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Watching {
    /// Never.
    Off,
    /// In development only; see [`Environment`].
    #[default]
    InDevelopment,
    /// In every environment.
    Always,
}
