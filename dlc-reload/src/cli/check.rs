//! `check`: every problem of the configuration, and nothing is started.

use serde::Serialize;

use super::{
    context::Context,
    exit::Exit,
    shared::{
        failure::Failure,
        screen::{To, print},
    },
};
use crate::{
    error::{Error, Problem},
    section::Reloadable,
};

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Refuse what has warnings, too
    #[arg(long)]
    deny_warnings: bool,
}

/// The result, as JSON.
#[derive(Serialize)]
struct Checked<'e> {
    /// True if a service would start with it.
    valid: bool,
    problems: &'e [Problem],
}

pub(super) fn run<C: Reloadable>(
    args: &CheckArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let (valid, found) = match context.loader().examine() {
        Ok((_, warnings)) => (true, warnings),
        Err(error) => (false, error),
    };
    tell(valid, &found, context)?;
    let refused = !valid || args.deny_warnings && !found.problems().is_empty();
    Ok(if refused { Exit::Invalid } else { Exit::Done })
}

fn tell<C: Reloadable>(
    valid: bool,
    found: &Error,
    context: &Context<'_, C>,
) -> Result<(), Failure> {
    if !context.json && !found.problems().is_empty() {
        return print(To::Output, &format!("{}\n", found.excerpts().colored(true)));
    }
    context.print(&Checked { valid, problems: found.problems() }, |page| {
        page.marked("the configuration is valid");
    })
}
