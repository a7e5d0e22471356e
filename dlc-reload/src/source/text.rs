//! Configuration that is already in memory.

use std::{fmt::Display, sync::Arc};

use super::{Format, Intake, Source};
use crate::{error::Problem, origin::Origin};

/// A text in memory, for tests and for configuration that is built into the program.
#[derive(Clone)]
pub struct Text {
    name: Arc<str>,
    /// The format, or why there is none.
    format: Result<Format, String>,
    text: Arc<str>,
}

impl Text {
    /// A text in a [`Format`], which may be given by name (`"yaml"`); messages call it `text`.
    ///
    /// A name that no format has is a problem of the load.
    pub fn new<F>(format: F, text: impl AsRef<str>) -> Self
    where
        F: TryInto<Format, Error: Display>,
    {
        let format = format.try_into().map_err(|error| error.to_string());
        Self { name: "text".into(), format, text: text.as_ref().into() }
    }

    /// The same text under another name.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl Source for Text {
    fn read(&self, intake: &mut Intake<'_>) {
        match &self.format {
            Ok(format) => intake.text(Arc::clone(&self.name), *format, &*self.text),
            Err(message) => {
                let origin = Origin::source(Arc::clone(&self.name));
                intake.problem(Problem::error(message).with_origin(origin));
            }
        }
    }
}
