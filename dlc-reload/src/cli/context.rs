//! The things that all subcommands share.

use serde::Serialize;

use super::{
    load::LoadArgs,
    shared::{
        failure::{Failure, Fault},
        screen::{Fit, Page, To, Tone, print, print_json},
        show::count,
    },
};
use crate::{
    error::{Error, Problem},
    load::{Examined, Loader},
    section::Reloadable,
};

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

/// The result of a check, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Judged<'e> {
    /// True if a service would start with it.
    valid: bool,
    /// The problems and warnings, as in a report.
    problems: &'e [Problem],
}

impl<'e> Judged<'e> {
    pub(super) fn new(valid: bool, found: &'e Error) -> Self {
        Self { valid, problems: found.problems() }
    }
}

impl<C: Reloadable> Context<'_, C> {
    /// Makes the loader that the service would start from.
    pub(super) fn loader(&self) -> Loader<C> {
        (self.loader)(self.load)
    }

    /// Loads the configuration for a look. Where it is refused, that is told, and there is none.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn examined(&self) -> Result<Option<Examined<C>>, Failure> {
        match self.loader().examine() {
            Ok(examined) => Ok(Some(examined)),
            Err(error) => {
                self.refused(&error)?;
                Ok(None)
            }
        }
    }

    /// Tells of a configuration that is refused.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn refused(&self, error: &Error) -> Result<(), Failure> {
        if self.json {
            return json(&Judged::new(false, error));
        }
        excerpts(error)?;
        line(Tone::Bad, &format!("the configuration is refused: {}", counted(error.problems())))
    }

    /// Prints a value as JSON, or a page.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn print(
        &self,
        value: &impl Serialize,
        draw: impl FnOnce(&mut Page, Fit),
    ) -> Result<(), Failure> {
        if self.json {
            return json(value);
        }
        let mut page = Page::default();
        draw(&mut page, To::Output.fit());
        page.print(To::Output)
    }
}

/// Prints a value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    print_json(&text.map_err(|error| Failure::new(Fault::Output, error.to_string()))?)
}

/// Prints problems with the lines that they are about, and an empty line after them.
pub(super) fn excerpts(found: &Error) -> Result<(), Failure> {
    if found.problems().is_empty() {
        return Ok(());
    }
    let drawn = found.excerpts().colored(true).width(To::Output.fit().width());
    print(To::Output, &format!("{drawn}\n\n"))
}

/// Prints a line.
pub(super) fn line(tone: Tone, text: &str) -> Result<(), Failure> {
    let mut page = Page::default();
    page.wrapped(tone, To::Output.fit(), text);
    page.print(To::Output)
}

/// Returns the number of errors and warnings, in words.
pub(super) fn counted(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let parts = [(errors, "error", "errors"), (problems.len() - errors, "warning", "warnings")];
    let parts = parts.into_iter().filter(|(some, ..)| *some > 0);
    let parts: Vec<_> = parts.map(|(some, one, many)| count(some, one, many)).collect();
    parts.join(" and ")
}
