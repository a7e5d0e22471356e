//! Configuration that is already in memory.

use std::sync::Arc;

use super::{Format, Intake, Source};

/// A text in memory, for tests and for configuration that is built into the program.
#[derive(Clone)]
pub struct Text {
    name: Arc<str>,
    format: Format,
    text: Arc<str>,
}

impl Text {
    /// A text; messages call it `text`.
    pub fn new(format: Format, text: impl Into<Arc<str>>) -> Self {
        Self { name: "text".into(), format, text: text.into() }
    }

    /// The same text under another name.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl Source for Text {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.text(Arc::clone(&self.name), self.format, &*self.text);
    }
}
