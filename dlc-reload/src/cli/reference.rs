//! `reference`: the reference of the configuration, as a Markdown page.

use super::{
    context::Context,
    exit::Exit,
    shared::{
        failure::Failure,
        screen::{To, print},
    },
};
use crate::section::Reloadable;

/// The arguments of `reference`.
#[derive(Debug, clap::Args)]
pub(super) struct ReferenceArgs {}

pub(super) fn run<C: Reloadable>(
    _: &ReferenceArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let loader = context.loader();
    if context.json {
        context.print(&loader.outline(), |_, _| {})?;
    } else {
        print(To::Output, &loader.reference())?;
    }
    Ok(Exit::Done)
}
