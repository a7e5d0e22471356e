//! The things that all subcommands share.

use serde::Serialize;

use super::{
    github,
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

/// The form of an output that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// Annotations at the lines of a pull request, and a summary of the job
    Github,
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

    /// Tells of it in a form.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub(super) fn refused_as(&self, form: Form, error: &Error) -> Result<(), Failure> {
        match form {
            Form::Github if !self.json => github::problems(error.problems(), github::REFUSED),
            _ => self.refused(error),
        }
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
    print_json(&to_json(value)?)
}

/// Returns a value as JSON.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map_err(|error| Failure::new(Fault::Output, error.to_string()))
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
    // Beyond a limit, one problem stands for the rest.
    let is_rest = |problem: &&Problem| {
        problem.message.starts_with("and ") && problem.message.ends_with(" more")
    };
    let counted = |is_error: bool, one: &str, many: &str| {
        let of_severity = problems.iter().filter(|problem| problem.is_error() == is_error);
        let (rest, listed): (Vec<_>, Vec<_>) = of_severity.partition(is_rest);
        let rest = rest.iter().map(|rest| format!(" {}", rest.message)).collect::<String>();
        (!listed.is_empty()).then(|| count(listed.len(), one, many) + &rest)
    };
    let parts = [counted(true, "error", "errors"), counted(false, "warning", "warnings")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
