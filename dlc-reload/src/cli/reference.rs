//! `reference`: the reference of the configuration, as a Markdown page.

use super::{context::Context, exit::Exit, printed::PrintArgs, shared::failure::Failure};
use crate::section::Reloadable;

/// The arguments of `reference`.
#[derive(Debug, clap::Args)]
pub(super) struct ReferenceArgs {
    #[command(flatten)]
    to: PrintArgs,
}

pub(super) fn run<C: Reloadable>(
    args: &ReferenceArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let loader = context.loader();
    if context.json && args.to.is_to_print() {
        context.print(&loader.outline(), |_, _| {})?;
        return Ok(Exit::Done);
    }
    args.to.put(&loader.reference(), "reference", context)
}
