//! The things that all subcommands share.

use serde::Serialize;

use super::{
    load::LoadArgs,
    shared::{
        failure::{Failure, Fault},
        screen::{Page, To, print_json},
    },
};
use crate::{load::Loader, section::Reloadable};

/// The things that all subcommands share.
pub(super) struct Context<'c, C> {
    /// The arguments of the program that say where the configuration comes from.
    pub(super) load: &'c LoadArgs,
    /// The loader of the service for such arguments.
    pub(super) loader: &'c dyn Fn(&LoadArgs) -> Loader<C>,
    /// True if JSON is asked for.
    pub(super) json: bool,
    /// The command line of the whole program.
    pub(super) command: clap::Command,
    /// The words with which a user calls it, such as `coach config`.
    pub(super) program: String,
}

impl<C: Reloadable> Context<'_, C> {
    /// Makes the loader that the service would start from.
    pub(super) fn loader(&self) -> Loader<C> {
        (self.loader)(self.load)
    }

    /// Prints a value as JSON, or else a page.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn print(
        &self,
        json: &impl Serialize,
        page: impl FnOnce(&mut Page),
    ) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string_pretty(json);
            let json = json.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
            return print_json(&json);
        }
        let mut drawn = Page::default();
        page(&mut drawn);
        drawn.print(To::Output)
    }
}
