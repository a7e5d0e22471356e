//! Configuration that is already in memory.

use std::{
    borrow::Cow,
    fmt::{self, Display},
    sync::Arc,
};

use super::{Format, Intake, Source};
use crate::{error::Problem, place::Origin};

/// A text in memory, for tests and for configuration that is built into the program.
///
/// It is read under the same limits as a file: see [`Limits`](crate::Limits).
///
/// ```
/// use dlc_reload::{Format, Loader, Reloadable, source::Text};
///
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16 }
/// let built_in = Text::new(Format::Toml, "port = 80").named("built-in defaults");
/// let config = Loader::<Config>::new().source(built_in).load()?;
/// assert_eq!(config.port, 80);
///
/// let built_in = Text::new("toml", "port = -1").named("built-in defaults");
/// let error = Loader::<Config>::new().source(built_in).load().unwrap_err();
/// assert!(error.to_string().contains("built-in defaults:1:8"), "{error}");
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone)]
pub struct Text {
    name: Arc<str>,
    /// The format, or the reason why there is none.
    format: Result<Format, String>,
    text: Arc<str>,
}

impl Text {
    /// Makes a source of a text in a [`Format`], which may be given by name (`"yaml"`); messages
    /// call it `text`.
    ///
    /// A name that no format has is an error of the load.
    pub fn new<F>(format: F, text: impl AsRef<str>) -> Self
    where
        F: TryInto<Format, Error: Display>,
    {
        let format = format.try_into().map_err(|error| error.to_string());
        Self { name: "text".into(), format, text: text.as_ref().into() }
    }

    /// Returns the same text under another name, by which messages call it.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }
}

/// Leaves out the text, which may hold secrets.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Text");
        shown.field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

impl Source for Text {
    fn read(&self, intake: &mut Intake<'_>) {
        match &self.format {
            Ok(format) => {
                intake.text(Arc::clone(&self.name), *format, &*self.text);
            }
            Err(message) => {
                let origin = Origin::source(Arc::clone(&self.name));
                intake.problem(Problem::error(message).with_origin(origin));
            }
        }
    }

    fn name(&self) -> Cow<'_, str> {
        (&*self.name).into()
    }
}
