//! The output of a command for a fleet: a page for people, or JSON.

use dlc_reload::cli::shared::{
    failure::{Failure, Fault},
    screen::{Fit, Page, clean_json},
};
use serde::Serialize;

/// The output of a command.
pub(super) struct Output<'o> {
    json: bool,
    fit: Fit,
    write: &'o mut dyn FnMut(&str) -> Result<(), Failure>,
}

impl<'o> Output<'o> {
    /// Makes the output of a command, which has this much room.
    pub(super) fn new(
        json: bool,
        fit: Fit,
        write: &'o mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Self {
        Self { json, fit, write }
    }

    /// Returns true if it is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints something: as JSON, or as what `draw` adds to a page.
    pub(super) fn show(
        &mut self,
        shown: &impl Serialize,
        draw: impl FnOnce(&mut Page, Fit),
    ) -> Result<(), Failure> {
        if self.json {
            return self.json(serde_json::to_string_pretty(shown));
        }
        let mut page = Page::default();
        draw(&mut page, self.fit);
        (self.write)(&page.text())
    }

    /// Prints one of many things that come one after another: JSON on one line, or what `draw` adds to a page.
    pub(super) fn follow(
        &mut self,
        shown: &impl Serialize,
        draw: impl FnOnce(&mut Page, Fit),
    ) -> Result<(), Failure> {
        if self.json { self.json(serde_json::to_string(shown)) } else { self.show(shown, draw) }
    }

    fn json(&mut self, text: serde_json::Result<String>) -> Result<(), Failure> {
        let text = text.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
        (self.write)(&clean_json(&text))
    }
}
