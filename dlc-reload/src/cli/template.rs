//! `template`: a file with every key, for an operator to begin with.

use clap::ValueEnum;

use super::{
    context::Context,
    exit::Exit,
    shared::{
        failure::Failure,
        screen::{To, print},
    },
};
use crate::{section::Reloadable, source::Format};

/// The arguments of `template`.
#[derive(Debug, clap::Args)]
pub(super) struct TemplateArgs {
    /// The format of the file; JSON has no comments, and is the values alone
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    Yaml,
    Toml,
    Json,
}

pub(super) fn run<C: Reloadable>(
    args: &TemplateArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let format = match args.format {
        Some(FileFormat::Json) => Format::Json,
        Some(FileFormat::Toml) => Format::Toml,
        Some(FileFormat::Yaml) => Format::Yaml,
        None if context.json => Format::Json,
        None => Format::Yaml,
    };
    print(To::Output, &context.loader().template(format))?;
    Ok(Exit::Done)
}
