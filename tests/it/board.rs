//! A source in memory whose text a test replaces.

use std::sync::{Arc, Mutex};

use dlc_reload::{
    Format,
    source::{Intake, Source},
};

/// The text that the next reload will read.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<Mutex<Arc<str>>>);

impl Board {
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.into())))
    }

    /// What the loader is given.
    pub(crate) fn source(&self) -> Self {
        self.clone()
    }

    pub(crate) fn write(&self, text: &str) {
        *self.0.lock().unwrap() = text.into();
    }
}

impl Source for Board {
    fn read(&self, intake: &mut Intake<'_>) {
        let text = Arc::clone(&self.0.lock().unwrap());
        intake.text("board.yaml", Format::Yaml, text.as_bytes());
    }
}
