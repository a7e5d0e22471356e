//! The environment of the service, and its effect on automatic reloading.

use std::fmt;

/// The variable that names the environment; it is never a key of a configuration.
pub(crate) const VARIABLE: &str = "DLC_ENV";

/// The environment that the service runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
        let name = std::env::var(VARIABLE).unwrap_or_default();
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
pub enum Watching {
    /// Never.
    Off,
    /// In development only; see [`Environment`].
    #[default]
    InDevelopment,
    /// In every environment.
    Always,
}
